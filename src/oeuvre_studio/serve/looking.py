"""Addresses at which workers look at what people bring: descriptors of pictures, and whose voice a recording is."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from oeuvre_studio.serve.errors import RequestError
from oeuvre_studio.serve.forms import read_parts
from oeuvre_studio.serve.leaving import unless_gone
from oeuvre_studio.serve.openai import EmbeddingRequest
from oeuvre_studio.serve.workers import Errand, WorkerEngine

PICTURE_MODEL = "sscd"
"""What pictures are described with, as the name of an embedding model."""

MAX_PICTURES = 16
MAX_RECORDINGS = 64
MAX_PHRASE = 500
"""Characters."""


class Lookers:
    """The addresses."""

    def __init__(self, engine: WorkerEngine) -> None:
        self._engine = engine

    async def pictures(self, http: Request, asked: EmbeddingRequest) -> Response:
        """Embeddings of pictures, which stand in ``input`` as base64 or as ``data:`` addresses; each with its perceptual
        hash under ``oeuvre``.
        """
        if not asked.texts or len(asked.texts) > MAX_PICTURES:
            raise RequestError(f"Between 1 and {MAX_PICTURES} pictures can be looked at at once.", param="input")
        files = {str(number): _content(text) for number, text in enumerate(asked.texts)}
        brought = await unless_gone(
            http, asyncio.ensure_future(self._engine.do(Errand("describe_pictures", {}, files)))
        )
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": row["vector"],
                "oeuvre": {"perceptual_hash": row["perceptual_hash"]},
            }
            for index, row in enumerate(brought.fields["pictures"])
        ]
        used = {"prompt_tokens": 0, "total_tokens": 0}
        return JSONResponse({"object": "list", "model": PICTURE_MODEL, "data": data, "usage": used})

    async def voice(self, http: Request, body: bytes) -> Response:
        """Whether a recording is the phrase that was shown, in the voice of the others: a form with one ``recording``, the
        ``reference`` recordings, perhaps ``earlier`` checks, the ``phrase`` and its ``language``.
        """
        parts = await read_parts(http.headers, body, files=MAX_RECORDINGS)
        fields = {name: str(part) for name, part in parts if not isinstance(part, UploadFile)}
        if set(fields) != {"phrase", "language"} or not 0 < len(fields["phrase"]) <= MAX_PHRASE:
            raise RequestError("Send 'phrase' and 'language', and nothing else beside the recordings.", param="phrase")
        files: dict[str, bytes] = {}
        for number, (name, part) in enumerate(parts):
            if not isinstance(part, UploadFile):
                continue
            if name not in ("recording", "reference", "earlier"):
                raise RequestError(f"{name} is no part of this form.", param=name)
            files[name if name == "recording" else f"{name}-{number}"] = await part.read()
        if "recording" not in files or not any(name.startswith("reference") for name in files):
            raise RequestError("Send one 'recording' and at least one 'reference'.", param="recording")
        brought = await unless_gone(http, asyncio.ensure_future(self._engine.do(Errand("check_voice", fields, files))))
        found: dict[str, Any] = brought.fields
        return JSONResponse(found)


def _content(text: str) -> bytes:
    """A file from its base64, with or without ``data:…;base64,`` before it."""
    if text.startswith("data:"):
        text = text.partition(";base64,")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError("input: a picture is not base64.", param="input") from error
