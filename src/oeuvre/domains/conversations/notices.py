"""The mails of conversations. They quote nothing of a message: mail is read on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation, Message, Report


def notice_send(*, conversation: Conversation, message: Message, author: User | None, reader: User) -> None:
    """Write to ``reader``, in their language, that ``author`` wrote to them, or that something happened."""
    with override(reader.locale):
        said = _line(author.public_name) if author else settings.SITE_NAME
        values = {"author": said, "site": settings.SITE_NAME, "what": message.card_label}
        if message.card_label:
            subject = _("%(what)s: %(author)s on %(site)s") if author else _("%(what)s on %(site)s")
            parts = [_("%(author)s: %(what)s") % values]
        else:
            subject = _("%(author)s wrote to you on %(site)s")
            parts = [_("%(author)s wrote to you.") % values]
        if conversation.subject_label:
            parts.append(_("It is about “%(piece)s”.") % {"piece": conversation.subject_label})
        parts.append(_("Read and answer here:") + f"\n{_address(conversation)}")
        parts.append(_("You get one mail until you have read what is new."))
        _send(reader, subject % values, parts)


def digest_send(*, reader: User, waiting: Sequence[tuple[Conversation, User, int]]) -> None:
    """One mail a day about every conversation in which something waits: with whom, about what, and how many."""
    with override(reader.locale):
        total = sum(count for _conversation, _other, count in waiting)
        values = {"count": total, "site": settings.SITE_NAME}
        subject = ngettext("%(count)d new message on %(site)s", "%(count)d new messages on %(site)s", total) % values
        parts = [_("These wait for you:")]
        for conversation, other, count in waiting:
            name = _line(other.public_name)
            about = f"{name}, {conversation.subject_label}" if conversation.subject_label else name
            number = ngettext("%(count)d new", "%(count)d new", count) % {"count": count}
            parts.append(f"{about}: {number}\n{_address(conversation)}")
        _send(reader, subject, parts)


def report_answered_send(*, report: Report, reporter: User) -> None:
    """Say that an operator answered; the answer itself is read on the site."""
    with override(reporter.locale):
        values = {"site": settings.SITE_NAME}
        parts = [
            _("An operator looked at the messages that you reported, and answered you."),
            _("Read the answer here:") + f"\n{_address(report.conversation)}about/",
        ]
        _send(reporter, _("Your report on %(site)s was answered") % values, parts)


def _send(reader: User, subject: str, parts: list[str]) -> None:
    change = f"{settings.SITE_URL}/conversations/preferences/"
    footer = _("Change when you get these mails:") + f"\n{change}"
    send_mail(subject, "\n\n".join([*parts, footer]), None, [reader.email])


def _address(conversation: Conversation) -> str:
    return f"{settings.SITE_URL}/conversations/{conversation.pk}/"


def _line(name: str) -> str:
    """A name fit for a subject, which is one line."""
    return " ".join(name.split())
