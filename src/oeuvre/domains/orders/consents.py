"""Which files were delivered to buyers who do not agree to training on them (the portfolio's port ``deliveries``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from oeuvre.domains.orders.models import DeliveryFile
from oeuvre.domains.orders.states import ConsentState, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection


class OrderDeliveries:
    """Everything that was handed over counts, whatever became of the order: what a buyer told is in it.

    A file is known by its bytes, by those that left with credentials inside, and by its words. One that went to several
    buyers needs the consent of each.
    """

    def without_consent(self, sha256s: Collection[str]) -> frozenset[str]:
        asked = frozenset(sha256s)
        if not asked:
            return frozenset()
        handed_over = DeliveryFile.objects.exclude(delivery__status=DeliveryState.DRAFT)
        withheld = handed_over.exclude(delivery__order__consent__status=ConsentState.GRANTED).filter(
            Q(sha256__in=asked) | Q(signed_sha256__in=asked) | Q(text_sha256__in=asked)
        )
        found = withheld.values_list("sha256", "signed_sha256", "text_sha256")
        return asked & frozenset(value for row in found for value in row)
