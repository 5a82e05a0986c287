"""Keeping the guide's vectors up to date with the catalogue. Imported through ``briefs.services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction

from oeuvre.domains.briefs.guiding import knowledge_now
from oeuvre.domains.briefs.models import GuideVector
from oeuvre.domains.briefs.ports import Embeddings
from oeuvre.domains.search.errors import EmbeddingsUnavailableError
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = structlog.get_logger(__name__)
AT_ONCE = 64
"""Texts of one request to the studio, and of one transaction."""


def guide_refresh() -> int:
    """Embed what the catalogue says now and has no vector yet, and forget what it no longer says; returns how many are new.

    Each batch is kept as it comes, so a run that is cut short, or a studio that goes away, loses one batch. Where nobody
    answers it gives up quietly: the guide works by words meanwhile, and the next run comes by itself.
    """
    wanted = {text.sha256: text.text for text in knowledge_now().texts()}
    there = set(GuideVector.objects.values_list("sha256", flat=True))
    GuideVector.objects.filter(sha256__in=there - set(wanted)).delete()
    missing = {key: text for key, text in wanted.items() if key not in there}
    keys = list(missing)
    done = 0
    for start in range(0, len(keys), AT_ONCE):
        try:
            done += _embed({key: missing[key] for key in keys[start : start + AT_ONCE]})
        except EmbeddingsUnavailableError as error:
            _log.warning("guide_embeddings_away", reason=error.context.get("reason", ""), left=len(keys) - done)
            break
    return done


def _embed(texts: Mapping[str, str]) -> int:
    vectors = port("embeddings", Embeddings).embed(list(texts.values()), patient=True)
    rows = [GuideVector(sha256=key, vector=vector) for key, vector in zip(texts, vectors, strict=True)]
    with transaction.atomic():
        GuideVector.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
