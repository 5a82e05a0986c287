"""The mail that tells somebody of a message. It quotes nothing of it: mail is read on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import override

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation


def notice_send(*, conversation: Conversation, author: User, reader: User) -> None:
    """Write to ``reader``, in their language, that ``author`` wrote to them."""
    with override(reader.locale):
        values = {"author": " ".join(author.public_name.split()), "site": settings.SITE_NAME}
        parts = [_("%(author)s wrote to you.") % values]
        if conversation.subject_label:
            parts.append(_("It is about “%(piece)s”.") % {"piece": conversation.subject_label})
        parts.append(_("Read and answer here:") + f"\n{settings.SITE_URL}/conversations/{conversation.pk}/")
        parts.append(_("You get one mail until you have read what is new."))
        send_mail(_("%(author)s wrote to you on %(site)s") % values, "\n\n".join(parts), None, [reader.email])
