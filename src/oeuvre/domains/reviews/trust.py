"""Whom the site trusts: freelancers whose level says so (port ``trust``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.reviews.levels.rules import level_rules
from oeuvre.domains.reviews.models import FreelancerLevel

if TYPE_CHECKING:
    from uuid import UUID


class LevelTrust:
    """Their earnings clear sooner. The level is the one that everybody sees; nothing is counted here."""

    def is_trusted(self, *, freelancer_id: UUID) -> bool:
        row = FreelancerLevel.objects.filter(freelancer_id=freelancer_id).first()
        return row is not None and level_rules().by_key(row.level).clears_sooner
