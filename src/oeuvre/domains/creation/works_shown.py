"""Works that buyers may look at, small and marked, and choose to begin from. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.creation.errors import GenerationNotFoundError, PromptInvalidError
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.watermark import marked_copy
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio.services import work_kept
from oeuvre.domains.portfolio.states import Rights, WorkState
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from oeuvre.domains.creation.models import CreationModel, ModelVersion

EDGE = 256
"""Pixels of a thumbnail's longer side: enough to tell works apart, too little to use one."""
MOST = 120
"""Thumbnails on a page."""
_SHOWN_RIGHTS = (Rights.OWN, Rights.OWN_RESERVED)
"""What somebody else has rights in was consented to for training, not for being shown."""


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A work as buyers see it: its title, and a small copy under its id."""

    work_id: UUID
    sha256: str
    title: str


def works_shown(*, model: CreationModel) -> list[ShownWork]:
    """Works of the current version by title; none unless the freelancer shows them.

    Only works that are the freelancer's own and still among their works.
    """
    version = model.current_version
    if not model.shows_works or version is None or not MODALITIES[model.modality].works_option:
        return []
    learned = [row["sha256"] for row in version.manifest.get("works", [])]
    rows = portfolio.works_of(actor=Actor.system(), owner_id=model.owner_id, modality=model.modality)
    rows = rows.filter(sha256__in=learned, rights__in=_SHOWN_RIGHTS, status=WorkState.ACCEPTED)
    named = rows.order_by("title", "pk").values_list("pk", "sha256", "title")
    return [ShownWork(pk, sha256, title) for pk, sha256, title in named[:MOST]]


def work_thumbnail(*, model: CreationModel, work_id: UUID) -> bytes:
    """A work that is shown, as WebP of at most ``EDGE`` pixels with words across it. Callers have checked that the
    model's page is open to whoever asks.

    Raises GenerationNotFoundError for every other work.
    """
    if work_id not in {work.work_id for work in works_shown(model=model)}:
        raise GenerationNotFoundError(_("There is no such work to see."))
    small = work_kept(actor=Actor.system(), work_id=work_id)
    return marked_copy(small, words=model.owner.public_name, edge=EDGE, reader="WEBP")


def works_check(*, model: CreationModel, version: ModelVersion, actor: Actor, works: Collection[str]) -> None:
    """Whether somebody may name these works: buyers those that are shown, the owner all of the version's.

    Raises PromptInvalidError.
    """
    if not works:
        return
    if actor.user_id == model.owner_id:
        known = {row["sha256"] for row in version.manifest.get("works", [])}
    else:
        known = {work.sha256 for work in works_shown(model=model)}
    if set(works) - known:
        raise PromptInvalidError(
            _("One of the works that you chose is not shown any more. Choose again."),
            field=MODALITIES[model.modality].works_option,
        )
