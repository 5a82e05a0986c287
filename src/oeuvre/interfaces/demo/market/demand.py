"""Sales of other days, counted without anybody: what gigs of a category cost and how long they took.

The orders of the demo are too few to give a range of prices; each package of a gig on show counts as a few sales at its
own price, on days of the last half year that follow from its place alone.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from oeuvre.domains.catalog.models import GigVersion
from oeuvre.domains.catalog.states import GigState
from oeuvre.domains.demand import services as demand
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.demand.states import DemandKind

SALES = {"basic": 3, "standard": 2, "premium": 1}
"""Of each package."""
STEP = 11
"""Days between two sales of one gig."""


def sales_count() -> int:
    """Count them; returns how many. Runs in the caller's transaction."""
    today, number = timezone.now().date(), 0
    shown = GigVersion.objects.filter(gig__status=GigState.LIVE, gig__published=F("pk"), category__isnull=False)
    for version in shown.select_related("category").prefetch_related("packages"):
        category = version.category.key if version.category else ""
        language = version.languages[0] if version.languages else ""
        sold = [package for package in version.packages.all() for _sale in range(SALES[package.key])]
        for place, package in enumerate(sold, start=1):
            number += 1
            event = demand.demand_record(
                kind=DemandKind.COMPLETED,
                category=category,
                language=language,
                amount=package.price,
                days=package.days,
            )
            day = today - timedelta(days=place * STEP + number % STEP)
            DemandEvent.objects.filter(pk=event.pk).update(day=day)
    return number
