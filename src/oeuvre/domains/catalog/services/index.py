"""Keeping the search index what the catalogue says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oeuvre.domains.catalog.common import gig_locked
from oeuvre.domains.catalog.documents import (
    findable,
    freelancer_document_sync,
    gig_document_sync,
    gig_documents_put,
)
from oeuvre.domains.catalog.models import FreelancerSkill

if TYPE_CHECKING:
    from uuid import UUID


def gig_document_refresh(*, gig_id: UUID) -> None:
    """Push a gig again after something changed that a domain above adds to its document. Raises GigNotFoundError."""
    with transaction.atomic():
        gig_document_sync(gig_locked(gig_id))


def freelancer_document_refresh(*, owner_id: UUID) -> None:
    """Push a freelancer again after the profile changed."""
    with transaction.atomic():
        freelancer_document_sync(owner_id)


def documents_refresh() -> int:
    """Push every gig and freelancer again, in batches; returns how many gigs. Safe to repeat."""
    count = gig_documents_put(findable())
    owners = set(findable().values_list("owner_id", flat=True).distinct())
    owners |= set(FreelancerSkill.objects.values_list("freelancer_id", flat=True).distinct())
    for owner_id in sorted(owners):
        freelancer_document_refresh(owner_id=owner_id)
    return count
