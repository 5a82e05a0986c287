"""Writing down demand.

No actor is taken and nothing is audited, on purpose: an audit record names a person, and a demand event must not lead
to one, by way of its id or of its time either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.demand.errors import DemandInvalidError
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.demand.selectors import prices_forget
from oeuvre.domains.demand.states import DemandKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.kit.money import Money


def demand_record(
    *,
    kind: DemandKind | str,
    category: str = "",
    use_case: str = "",
    skills: Sequence[str] = (),
    language: str = "",
    amount: Money | None = None,
    days: int | None = None,
) -> DemandEvent:
    """Count one thing that somebody wanted today, in the caller's transaction.

    ``category``, ``use_case`` and ``skills`` are keys of the catalogue, never words of a person; ``days`` are whole days.
    Raises DemandInvalidError for an unknown kind, a key that is none, or an amount or time below zero.
    """
    if kind not in DemandKind.values:
        raise DemandInvalidError(_("%(kind)s is no kind of demand.") % {"kind": kind}, kind=kind)
    keys = [category, use_case, language, *skills]
    if any(len(key) > 60 or len(key.split()) > 1 for key in keys):
        raise DemandInvalidError(_("Demand is counted by the catalogue's keys, which have no spaces."), keys=keys)
    if (amount is not None and amount.amount < 0) or (days is not None and days < 0):
        raise DemandInvalidError(_("A price and a time are not below zero."), amount=amount, days=days)
    if kind == DemandKind.COMPLETED:
        prices_forget()
    return DemandEvent.objects.create(
        kind=kind,
        day=timezone.now().date(),
        category=category,
        use_case=use_case,
        skills=sorted(set(skills)),
        language=language,
        currency=amount.currency if amount is not None else "",
        amount=amount.amount if amount is not None else None,
        days=days,
    )
