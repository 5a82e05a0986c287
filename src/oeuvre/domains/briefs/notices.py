"""Mails about briefs. They name the category and quote nothing: mail is read on the way.

What happens to offers is shown as a card in the conversation, and conversations mail that, as each person chose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import override

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.briefs.models import Brief


def invited(*, brief: Brief, freelancer: User, category: str) -> None:
    """Tell a freelancer that a buyer asks them for an offer, in the present transaction."""
    with override(freelancer.locale):
        values = {"category": category, "site": settings.SITE_NAME}
        lines = [_("A buyer chose you and asks for an offer. It is about: %(category)s.") % values]
        if brief.budget_to is not None:
            lines.append(_("Budget: up to %(budget)s.") % {"budget": brief.budget_to})
        lines.append(_("Read the brief, and answer or decline, here:") + f"\n{address(brief)}")
        _send(freelancer, _("You are asked for an offer on %(site)s: %(category)s") % values, lines)


def changed(*, brief: Brief, freelancer: User, category: str) -> None:
    """Tell a freelancer whose offer waits that the brief says something else now."""
    with override(freelancer.locale):
        values = {"category": category, "site": settings.SITE_NAME}
        lines = [
            _("The buyer changed the brief that you made an offer on: %(category)s.") % values,
            _("Your offer still stands as it is. Look whether it still fits:") + f"\n{address(brief)}",
        ]
        _send(freelancer, _("A brief was changed on %(site)s: %(category)s") % values, lines)


def expired(*, brief: Brief, buyer: User, category: str, offers: int) -> None:
    """Tell a buyer that the time of their brief passed."""
    with override(buyer.locale):
        values = {"category": category, "site": settings.SITE_NAME, "count": offers}
        lines = [
            _("The time of your brief passed: %(category)s. It had %(count)d offers.") % values,
            _("Make a new one from it here:") + f"\n{address(brief)}",
        ]
        _send(buyer, _("Your brief on %(site)s has expired: %(category)s") % values, lines)


def address(brief: Brief) -> str:
    """Where the brief is read."""
    return f"{settings.SITE_URL}/briefs/{brief.pk}/"


def _send(reader: User, subject: str, lines: list[str]) -> None:
    if reader.is_active and not reader.deleted_at:
        send_mail(" ".join(subject.split()), "\n\n".join(lines), None, [reader.email])
