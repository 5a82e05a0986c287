"""Mails about assistants. They say whose enquiry it is and why it waits, and quote nothing: mail is read on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import override

from oeuvre.domains.assistant.engine.labels import label_of
from oeuvre.domains.assistant.states import PauseReason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation


def handed_off(*, conversation: Conversation, aspects: Iterable[str]) -> None:
    """Tell a freelancer that an enquiry waits for them in person and what it is about, in the present transaction."""
    reader = conversation.freelancer
    with override(reader.locale):
        about = ", ".join(label_of(aspect) for aspect in aspects)
        values = {"buyer": _plain(conversation.buyer.public_name), "about": about}
        lines = [_("Your assistant left an enquiry to you. The summary stands in the conversation.")]
        if about:
            lines.append(_("It is about: %(about)s.") % values)
        lines.append(_("Answer here:") + f"\n{settings.SITE_URL}/conversations/{conversation.pk}/")
        _send(reader, _("%(buyer)s waits for your answer") % values, lines)


def human_asked(*, conversation: Conversation) -> None:
    """Tell a freelancer that a buyer wants to talk to them and not to the assistant."""
    reader = conversation.freelancer
    with override(reader.locale):
        values = {"buyer": _plain(conversation.buyer.public_name)}
        lines = [
            _(
                "%(buyer)s asked for you in person. Your assistant is silent in this conversation until you give it back."
            )
            % values,
            _("Answer here:") + f"\n{settings.SITE_URL}/conversations/{conversation.pk}/",
        ]
        _send(reader, _("%(buyer)s wants to talk to you") % values, lines)


def paused(*, freelancer: User, reason: PauseReason) -> None:
    """Tell a freelancer that the site paused their assistant, and what to do."""
    with override(freelancer.locale):
        said = {
            PauseReason.MUST_PASS: _(
                "A case that must pass fails with what you, or your gigs, say now. Until it passes, enquiries wait for you."
            ),
            PauseReason.PLAN: _("Your plan does not include the assistant any more. Enquiries wait for you."),
            PauseReason.SELF: _("Enquiries wait for you."),
        }[reason]
        lines = [said, _("Look at it here:") + f"\n{settings.SITE_URL}/studio/assistant/"]
        _send(freelancer, _("Your assistant is paused"), lines)


def _plain(name: str) -> str:
    return " ".join(name.split())


def _send(reader: User, subject: str, lines: list[str]) -> None:
    if reader.is_active and not reader.deleted_at:
        send_mail(" ".join(subject.split()), "\n\n".join(lines), None, [reader.email])
