"""What publishing a version does, whoever decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from oeuvre.domains.catalog.common import slug_of
from oeuvre.domains.catalog.documents import gig_document_sync
from oeuvre.domains.catalog.models import GigVersion
from oeuvre.domains.catalog.states import GIG, GIG_VERSION, GigState, VersionState

if TYPE_CHECKING:
    from oeuvre.domains.catalog.models import Gig
    from oeuvre.kit.actor import Actor


def publish(*, actor: Actor, gig: Gig, version: GigVersion) -> None:
    """Make a version in review the one that buyers see, inside a transaction that holds the gig's lock.

    The one before is superseded; orders that were made on it keep it. A paused gig stays paused.
    """
    now = timezone.now()
    for former in GigVersion.objects.filter(gig=gig, status=VersionState.PUBLISHED):
        GIG_VERSION.transition(former, VersionState.SUPERSEDED, actor=actor)
    GIG_VERSION.transition(
        version,
        VersionState.PUBLISHED,
        actor=actor,
        decided_at=now,
        decided_by_id=actor.user_id,
        published_at=now,
    )
    gig.published = version
    gig.category = version.category
    gig.slug = slug_of(version.title)
    gig.live_since = gig.live_since or now
    gig.save(update_fields=["published", "category", "slug", "live_since", "updated_at"])
    if gig.status == GigState.IN_REVIEW:
        GIG.transition(gig, GigState.LIVE, actor=actor)
    gig_document_sync(gig)
