"""Sketches of works: what others' outputs are compared with where nobody may read the works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction

from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.portfolio.errors import WorkNotFoundError
from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.domains.portfolio.models import Work, WorkSketch
from oeuvre.domains.portfolio.ports import Sketcher
from oeuvre.domains.portfolio.services_works import work_kept
from oeuvre.domains.portfolio.states import WorkState
from oeuvre.kit.actor import Role
from oeuvre.kit.errors import DomainError
from oeuvre.kit.locks import lock_rows
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from oeuvre.kit.actor import Actor

_log = structlog.get_logger(__name__)


def sketches_complete(*, actor: Actor, modality: str = "") -> int:
    """Make the sketches that accepted works (of one modality, if one is named) lack, or have under a former key; returns
    how many. Safe to repeat.

    A work that was removed meanwhile, or that cannot be read or sketched now, is passed over: one damaged file must not
    keep everybody from training. Raises PermissionDeniedError for anybody but the system.
    """
    actor.require(Role.SYSTEM)
    key_id = port("sketches", Sketcher).key_id()
    sketched = [found.name for found in MODALITIES.values() if found.is_sketched and modality in ("", found.name)]
    accepted = Work.objects.filter(status=WorkState.ACCEPTED, modality__in=sketched)
    lacking = accepted.exclude(sketch__key_id=key_id).order_by("pk")
    made = 0
    for work_id, made_of in list(lacking.values_list("pk", "modality")):
        try:
            hashes = MODALITIES[made_of].sketch(work_kept(actor=actor, work_id=work_id))
        except (WorkNotFoundError, KeyDestroyedError):
            continue
        except DomainError as error:
            _log.warning("work_not_sketched", work=str(work_id), code=error.code)
            continue
        except KeyError:
            _log.error("work_without_content", work=str(work_id))
            continue
        with transaction.atomic():  # against a removal, which holds the row and takes the sketch along
            if lock_rows(Work.objects.filter(pk=work_id, status=WorkState.ACCEPTED)):
                WorkSketch.objects.update_or_create(work_id=work_id, defaults={"key_id": key_id, "hashes": hashes})
                made += 1
    return made
