"""What accounts ask of search when a person takes their data away, or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.search.documents import documents_withdraw
from oeuvre.domains.search.models import SavedSearch, SearchDocument, SearchStanding
from oeuvre.domains.search.saved import saved_searches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oeuvre.kit.actor import Actor


def export(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """One file with the searches that the person keeps."""
    found = [
        {
            "name": saved.name,
            "params": saved.query.to_params(),
            "notify": str(saved.notify),
            "created": saved.created_at.isoformat(),
        }
        for saved in saved_searches(actor=actor)
    ]
    yield "saved-searches.json", json.dumps(found, ensure_ascii=False, indent=1).encode()


def erase(actor: Actor) -> None:
    """Forget the person's searches, and take what they offer out of the index."""
    owner_id = actor.person_id
    SavedSearch.objects.filter(owner_id=owner_id).delete()
    refs = list(SearchDocument.objects.filter(owner_id=owner_id).values_list("ref_id", flat=True))
    documents_withdraw(owner_id=owner_id)
    SearchStanding.objects.filter(ref_id__in=[*refs, owner_id]).delete()


def effects(actor: Actor) -> Iterator[str]:
    if SavedSearch.objects.filter(owner_id=actor.person_id).exists():
        yield _("Your saved searches are deleted, and their mails end.")
    if SearchDocument.objects.filter(owner_id=actor.person_id).exists():
        yield _("What you offer is taken out of the search at once.")
