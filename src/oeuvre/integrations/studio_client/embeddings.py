"""The port ``embeddings``: the studio's vectors, for somebody who waits, or for a worker who can."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from oeuvre.domains.search.errors import EmbeddingsUnavailableError
from oeuvre.integrations.studio_client.http import EMBEDDING_BATCH, EMBEDDING_MODEL
from oeuvre.integrations.studio_client.keys import load_key
from oeuvre_studio.protocol import mint_grant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class StudioEmbeddings:
    """Asks the studio at ``url``, with a fresh grant for every request; connections are kept and shared between threads."""

    def __init__(self, *, url: str, grant_key_path: str, timeout: float = 0.8, patient_timeout: float = 120.0) -> None:
        """Time-outs are in seconds: for a search, which goes on by words alone, and for a worker."""
        self._key_path = Path(grant_key_path)
        self._timeouts = {False: httpx.Timeout(timeout), True: httpx.Timeout(patient_timeout, connect=3.0)}
        self._http = httpx.Client(
            base_url=url,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=False,  # what people search for takes no way round through somebody's proxy
        )

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return load_key(self._key_path)

    def embed(self, texts: Sequence[str], *, patient: bool = False) -> list[list[float]]:
        """See the port."""
        vectors: list[list[float]] = []
        for start in range(0, len(texts), EMBEDDING_BATCH):
            vectors += self._embed(list(texts[start : start + EMBEDDING_BATCH]), self._timeouts[patient])
        return vectors

    def _embed(self, texts: list[str], timeout: httpx.Timeout) -> list[list[float]]:
        grant = mint_grant(key=self._key, subject="*", scope="embed")
        body = {"model": EMBEDDING_MODEL, "input": texts, "encoding_format": "float"}
        try:
            answer = self._http.post(
                "/v1/embeddings", json=body, headers={"Authorization": f"Bearer {grant}"}, timeout=timeout
            )
            answer.raise_for_status()
            rows: list[dict[str, Any]] = sorted(answer.json()["data"], key=lambda row: row["index"])
            vectors = [[float(number) for number in row["embedding"]] for row in rows]
        except httpx.HTTPError as error:
            raise _away(type(error).__name__) from error
        except (ValueError, KeyError, TypeError) as error:
            raise _away("unreadable") from error
        if len(vectors) != len(texts):
            raise _away("unreadable")
        return vectors


def _away(reason: str) -> EmbeddingsUnavailableError:
    return EmbeddingsUnavailableError("The studio does not embed texts at present.", reason=reason)
