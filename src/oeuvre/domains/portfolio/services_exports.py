"""Taking a whole body of work away, and destroying it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.accounts.services import DeletionEffect
from oeuvre.domains.audit import services as audit
from oeuvre.domains.portfolio.archives import WORKS_LIST
from oeuvre.domains.portfolio.errors import WorkNotFoundError
from oeuvre.domains.portfolio.models import Work
from oeuvre.domains.portfolio.services_works import remove, work_content
from oeuvre.domains.portfolio.states import WorkState
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.db.models import QuerySet


def _present(actor: Actor, owner_id: UUID) -> QuerySet[Work]:
    if not actor.is_system and actor.user_id != owner_id:
        raise WorkNotFoundError(_("Only their owner can take works away."))
    return Work.objects.filter(owner_id=owner_id).exclude(status=WorkState.REMOVED).order_by("created_at", "pk")


class _Pipe(io.RawIOBase):
    """Takes what a writer writes and gives it out in pieces; it has no beginning to go back to."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        chunk = bytes(data)  # type: ignore[call-overload]  # the zipfile module writes bytes-like objects only
        self._written += chunk
        return len(chunk)

    def taken(self) -> bytes:
        chunk = bytes(self._written)
        self._written.clear()
        return chunk


def works_export(*, actor: Actor, owner_id: UUID) -> Iterator[bytes]:
    """A ZIP file of every work as it came, with a ``works.json`` that says the rest, in pieces.

    ``works_add_many`` takes it in again elsewhere. Raises WorkNotFoundError for anybody else's works.
    """
    works = list(_present(actor, owner_id).select_related("owner"))
    if works:
        audit.record(actor=actor, code="works.exported", subject=works[0].owner, works=len(works))
    return _zipped(actor, works)


def _zipped(actor: Actor, works: list[Work]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _files(actor, works):
            archive.writestr(name, data)
            yield pipe.taken()
    yield pipe.taken()


def _files(actor: Actor, works: list[Work]) -> Iterator[tuple[str, bytes]]:
    """Every work under a name of its own, then the ``works.json``."""
    listed = []
    for number, work in enumerate(works, start=1):
        name = f"{number:04d}-{PurePosixPath(work.filename).name}"
        yield name, work_content(actor=actor, work_id=work.pk)
        listed.append(
            {
                "file": name,
                "title": work.title,
                "kind": work.kind,
                "keywords": work.keywords,
                "year": work.year,
                "language": work.language,
                "rights": work.rights,
                "evidence": work.evidence,
                "terms": work.terms,
                "sha256": work.sha256,
                "status": work.status,
                "added": work.created_at.isoformat(),
            }
        )
    yield WORKS_LIST, json.dumps({"works": listed}, ensure_ascii=False, indent=1).encode()


def works_account_files(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """The actor's works as files, for the copy of a whole account; none where there are no works."""
    works = list(_present(actor, actor.user_id)) if actor.user_id else []
    return _files(actor, works) if works else iter(())


def works_account_erase(actor: Actor) -> None:
    """Destroy the actor's works with the account."""
    if actor.user_id:
        works_destroy(actor=actor, owner_id=actor.user_id)


def works_account_effects(actor: Actor) -> list[DeletionEffect]:
    """What that will do."""

    def deleted(count: int) -> str:
        return ngettext(
            "Your %(count)d work is deleted: its file, text and fingerprint.",
            "Your %(count)d works are deleted: their files, texts and fingerprints.",
            count,
        ) % {"count": count}

    return [DeletionEffect(_present(actor, actor.person_id), deleted)]


def works_destroy(*, actor: Actor, owner_id: UUID) -> int:
    """Remove all works of an account that is deleted, with all that was said about them; returns how many.

    Hashes stay, since manifests that were signed name them. Safe to repeat. Raises WorkNotFoundError.
    """
    with transaction.atomic():
        works = lock_rows(_present(actor, owner_id))
        for work in works:
            remove(actor, work)
        Work.objects.filter(owner_id=owner_id).update(
            title="", filename="", kind="", keywords=[], evidence="", terms="", refusal=""
        )
    return len(works)
