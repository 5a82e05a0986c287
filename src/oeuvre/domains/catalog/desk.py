"""What operators read of gigs: why a version waits, and every gig there is. Imported through ``catalog.selectors``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, CharField, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When

from oeuvre.domains.catalog.models import Gig, GigVersion
from oeuvre.domains.catalog.states import OPEN_VERSION, OVER, GigState, VersionState, WaitReason
from oeuvre.kit.actor import Actor, Role

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

_WORDS = 6
"""Words of a search; more would only make it slow."""


def _because() -> Combinable:
    """Why a version needs an operator, as things stand now; the rules are those of ``services.gigs.needs_review``."""
    known = Gig.objects.filter(owner_id=OuterRef("gig__owner_id"), published__isnull=False)
    return Case(
        When(gig__published__isnull=False, category=F("gig__category"), then=Value(WaitReason.EVERY)),
        When(gig__published__isnull=False, then=Value(WaitReason.CATEGORY)),
        When(Exists(known), then=Value(WaitReason.EVERY)),
        default=Value(WaitReason.FIRST),
        output_field=CharField(),
    )


def review_queue(*, actor: Actor, because: WaitReason | None = None) -> QuerySet[GigVersion]:
    """Versions that wait for an operator, oldest first, with gig, owner and category.

    Each row says in ``because`` why it waits (a value of WaitReason); with ``because``, only those.
    """
    actor.require(Role.OPERATOR)
    rows = GigVersion.objects.filter(status=VersionState.IN_REVIEW).annotate(because=_because())
    if because is not None:
        rows = rows.filter(because=because)
    return rows.select_related("gig__owner__profile", "gig__published", "gig__category", "category__parent").order_by(
        "submitted_at", "pk"
    )


def versions_unread(*, actor: Actor) -> QuerySet[GigVersion]:
    """Versions that buyers see and that went live without an operator, latest first, with gig, owner and category.

    The rule is that of ``services.gigs.needs_review``; the system decided on them, and no person.
    """
    actor.require(Role.OPERATOR)
    rows = GigVersion.objects.filter(status=VersionState.PUBLISHED, decided_by=None)
    return rows.select_related("gig__owner__profile", "category__parent").order_by("-published_at", "pk")


def versions_unfinished(*, actor: Actor) -> list[GigVersion]:
    """Of the actor's gigs the newest versions that wait for them: drafts, and what was sent back; latest change first.

    With ``gig`` and ``based_on``, which tells of a draft whether it is a copy of what was sent back. One query.
    """
    if actor.user_id is None:
        return []
    newer = GigVersion.objects.filter(gig=OuterRef("gig"), number__gt=OuterRef("number"))
    rows = GigVersion.objects.filter(
        ~Exists(newer), gig__owner_id=actor.user_id, status__in=[VersionState.DRAFT, VersionState.RETURNED]
    ).exclude(gig__status__in=[str(state) for state in OVER])
    return list(rows.select_related("gig", "based_on").order_by("-updated_at", "pk"))


def gigs_all(*, actor: Actor, status: GigState | None = None, text: str = "") -> QuerySet[Gig]:
    """Every gig there is, what changed last first, with owner, category and what it says; for operators.

    ``text`` looks for each of its words in titles, code, category, and the owner's name, handle and address of mail.
    Gigs that were never published have a draft (``drafts``) and no ``published``.
    """
    actor.require(Role.OPERATOR)
    rows = Gig.objects.all() if status is None else Gig.objects.filter(status=status)
    for word in text.split()[:_WORDS]:
        titled = GigVersion.objects.filter(gig=OuterRef("pk"), title__icontains=word).filter(
            Q(status=VersionState.PUBLISHED) | Q(status__in=[str(state) for state in OPEN_VERSION])
        )
        rows = rows.filter(
            Exists(titled)
            | Q(code__iexact=word)
            | Q(category__name__icontains=word)
            | Q(owner__display_name__icontains=word)
            | Q(owner__email__icontains=word)
            | Q(owner__profile__handle__icontains=word)
        )
    opened = GigVersion.objects.filter(status__in=[str(state) for state in OPEN_VERSION]).select_related("category")
    return (
        rows.select_related("owner__profile", "category__parent", "published")
        .prefetch_related(Prefetch("versions", opened, to_attr="drafts"))
        .order_by("-updated_at", "pk")
    )
