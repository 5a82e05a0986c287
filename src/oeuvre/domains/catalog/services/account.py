"""What the catalogue does when a person takes their data away or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import ngettext

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.services import DeletionEffect
from oeuvre.domains.catalog.content import content_json, content_of
from oeuvre.domains.catalog.models import FreelancerSkill, Gig, GigImage, GigSample, GigVersion
from oeuvre.domains.catalog.services.images import image_context
from oeuvre.domains.catalog.services.running import close
from oeuvre.domains.catalog.states import OVER, GigState
from oeuvre.domains.search.services import documents_withdraw
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oeuvre.kit.actor import Actor


def account_files(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """The actor's gigs with every version as JSON, their pictures, and the skills on their profile."""
    for gig in Gig.objects.filter(owner_id=actor.person_id).order_by("created_at"):
        yield f"{gig.code}.json", _json(_gig(gig))
    for image in GigImage.objects.filter(owner_id=actor.person_id).order_by("created_at"):
        data = accounts.blob_open(owner_id=image.owner_id, key=image.blob_key, context=image_context(image.pk))
        yield f"pictures/{image.pk}.webp", data
    held = FreelancerSkill.objects.filter(freelancer_id=actor.person_id).select_related("skill")
    skills = [
        {"skill": one.skill.key, "evidence": list(one.evidence.values("kind", "ref_id"))}
        for one in held.prefetch_related("evidence")
    ]
    if skills:
        yield "skills.json", _json(skills)


def _gig(gig: Gig) -> dict[str, Any]:
    versions = gig.versions.select_related("category").prefetch_related("packages", "extras", "samples")
    return {
        "code": gig.code,
        "status": gig.status,
        "created": gig.created_at,
        "live_since": gig.live_since,
        "accepting_orders": gig.accepting_orders,
        "orders_at_once": gig.orders_at_once,
        "paused_until": gig.paused_until,
        "removed_reason": gig.removed_reason,
        "versions": [
            {
                "number": version.number,
                "status": version.status,
                "submitted": version.submitted_at,
                "published": version.published_at,
                "reasons": version.reasons,
                "content": content_json(content_of(version)),
            }
            for version in versions.order_by("number")
        ],
    }


def _json(value: object) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False).encode()


def account_erase(actor: Actor) -> None:
    """Close the actor's gigs and delete all but what buyers may have ordered: versions that were published.

    Of those, samples and answered questions go too; title, description, packages and terms stay with the orders.
    """
    mine = Gig.objects.filter(owner_id=actor.person_id)
    for gig in lock_rows(mine.exclude(status=GigState.CLOSED)):
        close(actor, gig)
    mine.update(removed_reason="")
    versions = GigVersion.objects.filter(gig__owner_id=actor.person_id)
    versions.filter(published_at=None).delete()
    versions.update(faq=[], reasons="")
    mine.filter(published=None).update(slug="")
    GigSample.objects.filter(version__gig__owner_id=actor.person_id).delete()
    images = GigImage.objects.filter(owner_id=actor.person_id)
    for blob_key, small_key in images.values_list("blob_key", "small_key"):
        accounts.blobs_delete_later(keys=[blob_key, small_key])
    images.delete()
    FreelancerSkill.objects.filter(freelancer_id=actor.person_id).delete()
    documents_withdraw(owner_id=actor.person_id)


def account_effects(actor: Actor) -> list[DeletionEffect]:
    """What that will do."""

    def closed(count: int) -> str:
        return ngettext(
            "Your %(count)d gig is closed. Buyers keep the terms under which they ordered it.",
            "Your %(count)d gigs are closed. Buyers keep the terms under which they ordered them.",
            count,
        ) % {"count": count}

    over = [str(state) for state in OVER]
    return [DeletionEffect(Gig.objects.filter(owner_id=actor.person_id).exclude(status__in=over), closed)]
