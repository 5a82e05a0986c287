"""The port ``reader``: the studio reads a message beside what may settle it, for a worker who can wait a moment."""

from __future__ import annotations

import logging
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from oeuvre.domains.assistant.engine.types import Judgement
from oeuvre.integrations.studio_client.keys import load_key
from oeuvre_studio.protocol import mint_grant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

READER_MODEL = "oeuvre-reader"
MOST_TEXTS = 24
log = logging.getLogger(__name__)


class StudioReader:
    """Asks the studio at ``url``, with a fresh grant for every request; connections are kept and shared between threads."""

    def __init__(self, *, url: str, grant_key_path: str, patience: float = 8.0) -> None:
        """``patience``: seconds for an answer, after which the assistant goes on without it and hands off more."""
        self._key_path = Path(grant_key_path)
        self._http = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(patience, connect=2.0),
            trust_env=False,  # what buyers write takes no way round through somebody's proxy
        )

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return load_key(self._key_path)

    def judge(self, question: str, texts: Sequence[str]) -> Judgement | None:
        """See the port. What is beyond ``MOST_TEXTS`` counts as settling nothing."""
        grant = mint_grant(key=self._key, subject="*", scope="embed")
        body = {"model": READER_MODEL, "query": question, "documents": list(texts[:MOST_TEXTS])}
        try:
            answer = self._http.post("/v1/rerank", json=body, headers={"Authorization": f"Bearer {grant}"})
            answer.raise_for_status()
            return _judgement(answer.json(), len(texts))
        except (httpx.HTTPError, ValueError, KeyError, TypeError, IndexError) as error:
            log.warning("The studio does not read at present: %s", type(error).__name__)
            return None


def _judgement(found: dict[str, Any], count: int) -> Judgement:
    settles, touches = [0.0] * count, [0.0] * count
    for row in found["results"]:
        settles[row["index"]] = float(row["relevance_score"])
        touches[row["index"]] = float(row["oeuvre"]["touches"])
    kinds = {str(kind): float(share) for kind, share in found["oeuvre"]["kinds"].items()}
    return Judgement(tuple(settles), tuple(touches), kinds)
