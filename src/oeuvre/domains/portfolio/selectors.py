"""Reading the portfolio."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from oeuvre.domains.portfolio.errors import MatchNotFoundError, WorkNotFoundError
from oeuvre.domains.portfolio.modalities.base import Refusal
from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.domains.portfolio.models import DuplicateMatch, Work, WorkSketch
from oeuvre.domains.portfolio.ports import DeliveryConsents, Sketcher
from oeuvre.domains.portfolio.services_works import digest
from oeuvre.domains.portfolio.states import MatchState, WorkState
from oeuvre.domains.portfolio.verdicts import verdicts
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from uuid import UUID

    from django.db.models import QuerySet

__all__ = [
    "Body",
    "PortfolioSummary",
    "Refusal",
    "bodies_of",
    "dataset_manifest",
    "duplicate_get",
    "duplicates_open",
    "manifest_sha256",
    "portfolio_summary",
    "refusals",
    "similar_own_works",
    "size_label",
    "size_number",
    "size_said",
    "sketches_of_others",
    "trainable_works",
    "verdicts",
    "work_get",
    "works_named",
    "works_of",
    "works_without_consent",
]


@dataclass(frozen=True, slots=True)
class Body:
    """The works of one modality that can be trained on."""

    modality: str
    works: int
    size: float
    """Of all of them, in the modality's unit."""

    @property
    def size_said(self) -> str:
        """For people: ``1,240 words``."""
        return MODALITIES[self.modality].said(self.size)


@dataclass(frozen=True, slots=True)
class PortfolioSummary:
    """A body of work in numbers."""

    works: int
    trainable: int
    bodies: tuple[Body, ...]
    """What is trainable, modality by modality: all that this installation takes, the empty ones too."""
    refused_by: dict[str, int]
    """How many works each refusal's code keeps out; one work may have several."""

    @property
    def size_said(self) -> str:
        """What is trainable, for people: ``1,240 words``."""
        found = [body for body in self.bodies if body.works] or list(self.bodies[:1])
        return ", ".join(body.size_said for body in found)

    @property
    def main(self) -> Body:
        """The modality that most of the trainable works have."""
        return max(self.bodies, key=lambda body: body.works)


def works_of(
    *,
    actor: Actor,
    owner_id: UUID,
    status: str = "",
    rights: str = "",
    kind: str = "",
    query: str = "",
    modality: str = "",
) -> QuerySet[Work]:
    """A freelancer's works that are not removed, newest first: for the owner and the system; nobody else sees any.

    ``query`` is looked for in titles, file names, kinds and keywords.
    """
    works = Work.objects.exclude(status=WorkState.REMOVED).order_by("-created_at", "pk")
    if not actor.is_system and actor.user_id != owner_id:
        return works.none()
    works = works.filter(owner_id=owner_id)
    if status:
        works = works.filter(status=status)
    if rights:
        works = works.filter(rights=rights)
    if kind:
        works = works.filter(kind=kind)
    if modality:
        works = works.filter(modality=modality)
    if query:
        works = works.filter(
            Q(title__icontains=query)
            | Q(filename__icontains=query)
            | Q(kind__icontains=query)
            | Q(keywords__icontains=query)
        )
    return works


def work_get(*, actor: Actor, work_id: UUID) -> Work:
    """One work of the actor's. Raises WorkNotFoundError."""
    work = Work.objects.exclude(status=WorkState.REMOVED).filter(pk=work_id).first()
    if work is None or not (actor.is_system or (actor.user_id is not None and work.owner_id == actor.user_id)):
        raise WorkNotFoundError(_("There is no such work among yours."), work_id=work_id)
    return work


def refusals(work: Work) -> list[Refusal]:
    """Why a work is not trained on; empty when it can be."""
    return verdicts([work])[work.pk]


def trainable_works(*, actor: Actor, owner_id: UUID, modality: str) -> list[Work]:
    """The works that a model of the modality may be trained on now, oldest first; for the owner and the system."""
    accepted = works_of(actor=actor, owner_id=owner_id, status=WorkState.ACCEPTED, modality=modality)
    works = list(accepted.order_by("created_at", "pk"))
    found = verdicts(works)
    return [work for work in works if not found[work.pk]]


def portfolio_summary(*, actor: Actor, owner_id: UUID) -> PortfolioSummary:
    """Counts of a body of work, for its owner, the system, and operators (who vet by it)."""
    reader = Actor.system() if actor.is_operator else actor
    works = list(works_of(actor=reader, owner_id=owner_id).defer("signature"))
    found = verdicts(works)
    trainable = [work for work in works if not found[work.pk]]
    return PortfolioSummary(
        works=len(works),
        trainable=len(trainable),
        bodies=bodies_of(trainable),
        refused_by=dict(Counter(refusal.code for reasons in found.values() for refusal in reasons)),
    )


def size_said(modality: str, size: float) -> str:
    """A size of works, or of what was made from them, for people: ``1,240 words``."""
    return MODALITIES[modality].said(size)


def size_number(modality: str, size: float) -> str:
    """The same under a heading that names the unit: ``1,240``."""
    return MODALITIES[modality].number(size)


def size_label(modality: str) -> str:
    """That heading: ``Words``."""
    return str(MODALITIES[modality].size_label)


def bodies_of(works: Iterable[Work]) -> tuple[Body, ...]:
    """Works counted by modality, in the order of the table."""
    listed = list(works)
    return tuple(
        Body(name, len(of_it), sum(work.size for work in of_it))
        for name in MODALITIES
        for of_it in [[work for work in listed if work.modality == name]]
    )


def similar_own_works(*, actor: Actor, work: Work) -> list[tuple[Work, float]]:
    """The owner's other works that resemble this one, with the similarity (0 to 1), most similar first."""
    if not actor.is_system and actor.user_id != work.owner_id:
        return []
    pairs = DuplicateMatch.objects.filter(
        Q(work=work, other__owner_id=work.owner_id) | Q(other=work, work__owner_id=work.owner_id)
    ).select_related("work", "other")
    found = [(pair.other if pair.work_id == work.pk else pair.work, pair.similarity) for pair in pairs]
    present = [(other, value) for other, value in found if other.status != WorkState.REMOVED]
    return sorted(present, key=lambda item: -item[1])


def works_without_consent(*, actor: Actor, owner_id: UUID, sha256s: Collection[str]) -> frozenset[str]:
    """Those of the files (by their hashes) that were delivered to a buyer who does not agree to training on them.

    Of removed works too: their hashes stay. Raises PermissionDeniedError for anybody but the system.
    """
    actor.require(Role.SYSTEM)
    if not sha256s:
        return frozenset()
    # The same file may have come, gone and come again; what is in it tells it too.
    contents = {row.sha256: row.content_sha256 for row in Work.objects.filter(owner_id=owner_id, sha256__in=sha256s)}
    asked = frozenset(sha256s) | frozenset(contents.values())
    refused = port("deliveries", DeliveryConsents).without_consent(asked)
    return frozenset(value for value in sha256s if not refused.isdisjoint((value, contents.get(value, value))))


def sketches_of_others(*, actor: Actor, owner_id: UUID, modality: str) -> Iterator[tuple[UUID, bytes]]:
    """``(work, sketch)`` of every accepted work of a modality, of everybody but one freelancer, in the order of their ids.

    Left out is what an operator let stand beside one of the freelancer's own works: it is theirs too, or no copy. Works
    in review or refused are no measure of anybody. Raises PermissionDeniedError for anybody but the system.
    """
    actor.require(Role.SYSTEM)
    stand = DuplicateMatch.objects.filter(status__in=[MatchState.SAME_AUTHOR_OK, MatchState.NOT_A_COPY])
    sketches = (
        WorkSketch.objects.filter(key_id=port("sketches", Sketcher).key_id(), work__status=WorkState.ACCEPTED)
        .filter(work__modality=modality)
        .exclude(work__owner_id=owner_id)
        .exclude(work__in=stand.filter(other__owner_id=owner_id).values("work"))
        .exclude(work__in=stand.filter(work__owner_id=owner_id).values("other"))
        .order_by("work_id")
    )
    rows = sketches.values_list("work_id", "hashes").iterator(chunk_size=100)
    return ((work_id, bytes(hashes)) for work_id, hashes in rows)


def works_named(*, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, Work]:
    """Works by id with their owners, for operators, who see whose a repeated work is; empty for anybody else."""
    works = Work.objects.filter(pk__in=list(ids)).select_related("owner")
    return {work.pk: work for work in works} if actor.has(Role.OPERATOR, Role.SYSTEM) else {}


def duplicates_open(*, actor: Actor) -> QuerySet[DuplicateMatch]:
    """The operator's queue of undecided matches, oldest first; empty for anybody else."""
    matches = DuplicateMatch.objects.select_related("work__owner", "other__owner").order_by("created_at", "pk")
    return matches.filter(status=MatchState.OPEN) if actor.has(Role.OPERATOR, Role.SYSTEM) else matches.none()


def duplicate_get(*, actor: Actor, match_id: UUID) -> DuplicateMatch:
    """One match, decided or not, for operators. Raises MatchNotFoundError."""
    matches = DuplicateMatch.objects.select_related("work__owner", "other__owner", "decided_by")
    match = matches.filter(pk=match_id).first() if actor.has(Role.OPERATOR, Role.SYSTEM) else None
    if match is None:
        raise MatchNotFoundError(_("There is no such match."))
    return match


def dataset_manifest(
    *, actor: Actor, owner_id: UUID, modality: str, works: Iterable[Work] | None = None
) -> dict[str, Any]:
    """What a model is trained on, without showing any of it: hashes, titles and rights of ``works`` (by default, of all
    trainable ones of the modality), and digests of the evidence. ``sha256`` is ``manifest_sha256`` of the rest.

    Version 1, of which older runs have one, counts ``words`` where this says ``size`` and ``unit``.
    """
    if works is None:
        works = trainable_works(actor=actor, owner_id=owner_id, modality=modality)
    chosen = list(works)
    if any(work.owner_id != owner_id or work.modality != modality for work in chosen):
        raise WorkNotFoundError(_("A manifest lists the works of one freelancer and one modality."))
    entries = [
        {
            "sha256": work.sha256,
            "content_sha256": work.content_sha256,
            "title": work.title,
            "kind": work.kind,
            "year": work.year,
            "language": work.language,
            "size": work.size,
            "rights": work.rights,
            "evidence_sha256": digest(work.evidence),
            "terms_sha256": digest(work.terms),
        }
        for work in sorted(chosen, key=lambda work: (work.sha256, str(work.pk)))
    ]
    manifest: dict[str, Any] = {
        "type": "dataset_manifest",
        "version": 2,
        "freelancer": str(owner_id),
        "modality": modality,
        "unit": MODALITIES[modality].unit,
        "size": sum(work.size for work in chosen),
        "works": entries,
    }
    return {**manifest, "sha256": manifest_sha256(manifest)}


def manifest_sha256(manifest: dict[str, Any]) -> str:
    """SHA-256 of a manifest as canonical JSON (sorted keys, no spaces, UTF-8), its own ``sha256`` left out."""
    content = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()
