"""Who gets how much of an order, for people and for the drawing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.interfaces.site.market.split import Part, parts
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from oeuvre.domains.orders.selectors import Quote


def of_quote(quote: Quote) -> list[Part]:
    """The parts of a total; nothing of it goes to compute, which is a matter of models."""
    found = parts(
        freelancer=quote.freelancer,
        platform=quote.platform,
        compute=Money.zero(quote.price.currency),
        tax=quote.tax,
        total=quote.total,
    )
    return [part for part in found if part.key != "compute"]
