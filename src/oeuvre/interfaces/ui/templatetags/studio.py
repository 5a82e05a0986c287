"""Small filters of the studio's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.terms import EDIT, licence_uses

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import Licence
    from oeuvre.kit.money import Money

register = template.Library()


@register.filter
def duration(seconds: float | None) -> str:
    """A rough time for people: ``40 s``, ``4 min``, ``1 h 20 min``."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    if whole < 60:
        return _("%(seconds)d s") % {"seconds": whole}
    minutes = round(whole / 60)
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)02d min") % {"hours": minutes // 60, "minutes": minutes % 60}


@register.filter
def amount(licence: Licence, field: str) -> Money:
    """One of a licence's amounts: ``price``, ``compute``, ``commission``, ``freelancer_share``, ``tax``, ``total``."""
    return licence.money(field)


@register.filter
def use_label(use: str) -> str:
    """What a use is called."""
    if use == EDIT:
        return _("Edit")
    return licence_uses()[use].label if use in licence_uses() else use


POSTINGS = {
    "licence.sold": gettext_lazy("A licence was sold"),
    "licence.reversed": gettext_lazy("A sale was taken back"),
    "licence.unearned": gettext_lazy("Paid for a model that was off by then; it goes back to the buyer"),
    "order.paid": gettext_lazy("An order was paid; the money is held"),
    "order.released": gettext_lazy("Work was accepted; your part of it clears"),
    "order.reopened": gettext_lazy("Accepted work is held again"),
    "order.cleared": gettext_lazy("An order cleared; it is owed to you"),
    "order.uncleared": gettext_lazy("A cleared order was taken back"),
    "order.refunded": gettext_lazy("Part of an order was given back to the buyer"),
    "order.refunded_outside": gettext_lazy("Part of an order was paid back to the buyer by hand"),
    "order.charged_back": gettext_lazy("The buyer's bank took an order's payment back"),
    "plan.paid": gettext_lazy("A plan was paid"),
    "plan.refunded": gettext_lazy("A plan was given back"),
    "plan.charged_back": gettext_lazy("The bank took a plan's payment back"),
    "payout.sent": gettext_lazy("Paid out to you"),
}
"""What each kind of posting is called; a test walks all that the domains make."""


@register.filter
def posting(code: str) -> str:
    """What a posting of the ledger is about, for its account's owner."""
    return str(POSTINGS.get(code) or code.replace(".", ": ").replace("_", " ").capitalize())


@register.filter
def took(run: object) -> str:
    """How long a run has taken, from its start to its end."""
    started, finished = getattr(run, "started_at", None), getattr(run, "finished_at", None)
    return duration((finished - started).total_seconds()) if started and finished else ""
