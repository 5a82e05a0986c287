"""Adding works, saying more about them, setting rights, taking them out."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.portfolio import blobs, duplicates
from oeuvre.domains.portfolio.details import Details, details_clean, grounds_check, title_from_filename
from oeuvre.domains.portfolio.errors import (
    AlreadyThereError,
    EncodingError,
    TooManyWorksError,
    WorkNotFoundError,
)
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.domains.portfolio.models import DuplicateMatch, Work, WorkSketch
from oeuvre.domains.portfolio.readers import Reading, file_read
from oeuvre.domains.portfolio.states import MATCH, WORK, MatchState, Rights, WorkState
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.files.naming import printable
from oeuvre.kit.locks import lock_names
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def work_add(
    *,
    actor: Actor,
    filename: str,
    data: bytes,
    title: str = "",
    kind: str = "",
    keywords: Iterable[str] = (),
    year: int | None = None,
    language: str = "",
    rights: str = Rights.OWN,
    evidence: str = "",
    terms: str = "",
) -> Work:
    """Read a file, seal it and its text under the actor's data key, and compare it with everybody's works.

    The result is accepted, or in review where it resembles somebody else's work. A ground that still lacks its evidence
    or terms is no error here: the work is kept, and its verdict says what is missing.

    Raises FileRefusedError's family, WorkInvalidError, AlreadyThereError, TooManyWorksError, PermissionDeniedError.
    """
    actor.require(Role.FREELANCER)
    details = details_clean(
        title=title,
        kind=kind,
        keywords=keywords,
        year=year,
        language=language,
        rights=rights,
        evidence=evidence,
        terms=terms,
    )
    return _store(actor, filename=filename, data=data, reading=file_read(data, filename), details=details)


def work_paste(
    *,
    actor: Actor,
    title: str,
    text: str,
    kind: str = "",
    keywords: Iterable[str] = (),
    year: int | None = None,
    language: str = "",
    rights: str = Rights.OWN,
    evidence: str = "",
    terms: str = "",
) -> Work:
    """Add a work that was pasted as text. Raises what ``work_add`` raises."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise EncodingError(
            _("There are halves of characters in it. Copy the text again from where it came.")
        ) from None
    return work_add(
        actor=actor,
        filename="pasted.txt",
        data=data,
        title=title,
        kind=kind,
        keywords=keywords,
        year=year,
        language=language,
        rights=rights,
        evidence=evidence,
        terms=terms,
    )


def _store(actor: Actor, *, filename: str, data: bytes, reading: Reading, details: Details) -> Work:
    owner_id = _person(actor)
    work = Work(
        id=uuid.uuid4(),
        owner_id=owner_id,
        modality=reading.modality,
        title=details.title or printable(reading.title)[: LIMITS.title].strip() or title_from_filename(filename),
        kind=details.kind or reading.kind,
        keywords=list(details.keywords),
        year=details.year,
        language=details.language,
        filename=printable(filename)[-255:],
        media_type=reading.media_type,
        file_size=len(data),
        size=reading.size,
        facts=reading.facts,
        sha256=hashlib.sha256(data).hexdigest(),
        content_sha256=reading.content_sha256,
        signature=reading.signature,
        rights=details.rights,
        evidence=details.evidence,
        terms=details.terms,
    )
    with blobs.sealing(owner_id) as seal:
        work.file_key = seal(data, blobs.context_of(work.pk))
        work.kept_key = seal(reading.kept, blobs.context_of(work.pk, blobs.KEPT_PART))
        with transaction.atomic():
            lock_names([f"works-of:{owner_id}"])
            duplicates.bands_lock(reading)
            _check_room(work)
            work.full_clean()
            work.save(force_insert=True)
            duplicates.bands_index(work, reading)
            audit.record(actor=actor, code="work.added", subject=work, sha256=work.sha256, size=work.size)
            _compare(actor, work, reading)
    return work


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise WorkNotFoundError(_("Works belong to a person; sign in first."))
    return actor.user_id


def _check_room(work: Work) -> None:
    present = Work.objects.filter(owner_id=work.owner_id).exclude(status=WorkState.REMOVED)
    if twin := present.filter(content_sha256=work.content_sha256).first():
        raise AlreadyThereError(MODALITIES[twin.modality].already_there(twin.title), work=twin)
    if present.count() >= LIMITS.works:
        raise TooManyWorksError(
            _("You have %(limit)d works, which is all there is room for. Remove some first.") % {"limit": LIMITS.works}
        )


def _compare(actor: Actor, work: Work, reading: Reading) -> None:
    """Open a match for every similar work of somebody else's; those among one's own are noted as settled."""
    foreign = False
    for found in duplicates.similar_works(reading, but=work.pk):
        own = found.work.owner_id == work.owner_id
        foreign = foreign or not own
        DuplicateMatch.objects.create(
            work=work,
            other=found.work,
            kind=found.kind,
            similarity=found.similarity,
            status=MatchState.SAME_AUTHOR_OK if own else MatchState.OPEN,
        )
    WORK.transition(work, WorkState.IN_REVIEW if foreign else WorkState.ACCEPTED, actor=actor)


def own_work(actor: Actor, work_id: UUID, *, lock: bool = False) -> Work:
    """The work, where the actor is its owner or the system and it was not removed. Raises WorkNotFoundError."""
    works = Work.objects.exclude(status=WorkState.REMOVED)
    if lock:
        works = works.select_for_update(of=("self",))
    if not actor.is_system:
        works = works.filter(owner_id=actor.user_id) if actor.user_id else works.none()
    work = works.filter(pk=work_id).first()
    if work is None:
        raise WorkNotFoundError(_("There is no such work among yours."), work_id=work_id)
    return work


def work_update(
    *,
    actor: Actor,
    work_id: UUID,
    title: str | None = None,
    kind: str | None = None,
    keywords: Iterable[str] | None = None,
    year: int | None = None,
    language: str | None = None,
    clear_year: bool = False,
) -> Work:
    """Change what is said about a work; what is None stays, but for the year where ``clear_year`` says so.

    Raises WorkNotFoundError, WorkInvalidError.
    """
    given = {"title": title, "kind": kind, "keywords": keywords, "year": year, "language": language}
    fields = {name: value for name, value in given.items() if value is not None or (name == "year" and clear_year)}
    details = details_clean(**fields)  # type: ignore[arg-type]  # each value goes to the parameter of its own name
    with transaction.atomic():
        work = own_work(actor, work_id, lock=True)
        for name in fields:
            value = getattr(details, name)
            setattr(
                work, name, list(value) if name == "keywords" else value or (work.title if name == "title" else value)
            )
        work.full_clean(validate_constraints=False)
        work.save(update_fields=[*fields, "updated_at"])
        audit.record(actor=actor, code="work.updated", subject=work, fields=sorted(fields))
    return work


def work_rights_set(*, actor: Actor, work_id: UUID, rights: str, evidence: str = "", terms: str = "") -> Work:
    """Say on what ground a work may be trained on. The audit keeps digests of evidence and terms, not their text.

    Raises WorkNotFoundError, WorkInvalidError, EvidenceMissingError, TermsMissingError.
    """
    details = details_clean(rights=rights, evidence=evidence, terms=terms)
    grounds_check(details.rights, evidence=details.evidence, terms=details.terms)
    with transaction.atomic():
        work = own_work(actor, work_id, lock=True)
        origin = work.rights
        work.rights, work.evidence, work.terms = details.rights, details.evidence, details.terms
        work.save(update_fields=["rights", "evidence", "terms", "updated_at"])
        audit.record(
            actor=actor,
            code="work.rights_set",
            subject=work,
            **{"from": origin, "to": work.rights},
            evidence_sha256=digest(work.evidence),
            terms_sha256=digest(work.terms),
        )
    return work


def digest(text: str) -> str:
    """SHA-256 of a text in hex; empty for an empty one."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def work_remove(*, actor: Actor, work_id: UUID) -> None:
    """Take a work out: its file, what was read out of it and its fingerprint are deleted, its hashes and title stay for manifests.

    Raises WorkNotFoundError.
    """
    with transaction.atomic():
        remove(actor, own_work(actor, work_id, lock=True))


def remove(actor: Actor, work: Work) -> None:
    """Remove one locked work inside the caller's transaction; the blobs go with a job that the transaction defers."""
    keys = [work.file_key, work.kept_key]
    matches_withdraw(actor, work)
    work.bands.all().delete()
    WorkSketch.objects.filter(work=work).delete()
    WORK.transition(work, WorkState.REMOVED, actor=actor, file_key="", kept_key="", signature=None)
    defer("portfolio.blobs_delete", keys=keys)


def matches_withdraw(actor: Actor, work: Work) -> None:
    """Close what is still open about a work that needs no decision any more."""
    for match in work.matches.filter(status=MatchState.OPEN):
        MATCH.transition(match, MatchState.WITHDRAWN, actor=actor)


def work_kept(*, actor: Actor, work_id: UUID) -> bytes:
    """What was read out of a work (a text in UTF-8, or what pages show of it), for its owner and for the system (which
    trains on it), and for nobody else.

    Raises WorkNotFoundError, KeyDestroyedError.
    """
    return kept_of(own_work(actor, work_id))


def kept_of(work: Work) -> bytes:
    """What was read out of a work that whoever asks may see. Raises KeyDestroyedError."""
    context = blobs.context_of(work.pk, blobs.KEPT_PART)
    return blobs.unseal(owner_id=work.owner_id, key=work.kept_key, context=context)


def work_content(*, actor: Actor, work_id: UUID) -> bytes:
    """The file as it came. Raises what ``work_kept`` raises."""
    work = own_work(actor, work_id)
    return blobs.unseal(owner_id=work.owner_id, key=work.file_key, context=blobs.context_of(work.pk))
