"""Addresses for what is made in one piece: recordings and pictures, in OpenAI's format."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.datastructures import Headers, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from oeuvre_studio.protocol import Grant
from oeuvre_studio.serve.errors import RequestError, UnsupportedError
from oeuvre_studio.serve.forms import read_parts
from oeuvre_studio.serve.grants import GrantChecker
from oeuvre_studio.serve.hosting import WorkerVersion
from oeuvre_studio.serve.leaving import unless_gone
from oeuvre_studio.serve.library import Library
from oeuvre_studio.serve.metrics import Metrics
from oeuvre_studio.serve.openai import read
from oeuvre_studio.serve.workers import Errand, WorkerEngine

MAX_GUIDE_BYTES = 25 * 1024 * 1024
MAX_SPOKEN = 20_000
"""Characters of a text to speak; OpenAI takes 4,096."""

DESIGN_TYPE = "application/json"
MAX_PICTURES = 4
SIZE = r"^(auto|\d{2,4}x\d{2,4})$"

Options = Annotated[dict[str, JsonValue], Field(max_length=32)]


class Wanted(BaseModel):
    """What every such request has. ``modality`` is the one whose versions answer it."""

    model_config = ConfigDict(extra="forbid")
    modality: ClassVar[str]

    model: str
    seed: int | None = Field(None, ge=0, lt=2**31)
    options: Options | None = None
    """Ours: what else the modality takes."""

    @property
    def wish(self) -> str:
        """What is asked for, in words."""
        raise NotImplementedError

    @property
    def count(self) -> int:
        """How many outputs."""
        return 1

    def chosen(self) -> dict[str, Any]:
        """The modality's options."""
        return dict(self.options or {})


class SpeechRequest(Wanted):
    """``POST /v1/audio/speech``. The model is the voice, so that OpenAI's ``voice`` says nothing more."""

    modality = "voice"

    input: str = Field(min_length=1, max_length=MAX_SPOKEN)
    voice: str | dict[str, JsonValue] | None = None
    response_format: Literal["mp3", "wav", "flac", "opus", "aac", "pcm"] = "mp3"
    speed: float | None = Field(None, ge=0.25, le=4.0)
    instructions: str | None = None
    stream_format: Literal["audio", "sse"] | None = None
    language: str | None = Field(None, max_length=16)
    pronunciations: Annotated[dict[str, str], Field(max_length=500)] | None = None
    """Ours: word → how it is to be said."""

    @property
    def wish(self) -> str:
        """See `Wanted`."""
        return self.input

    def chosen(self) -> dict[str, Any]:
        """See `Wanted`."""
        if self.instructions:
            raise UnsupportedError("A voice here takes no instructions. Leave them out.", param="instructions")
        if self.stream_format == "sse":
            raise UnsupportedError("Recordings are answered whole.", param="stream_format")
        told: dict[str, Any] = {"format": self.response_format, "speed": self.speed, "language": self.language}
        told["pronunciations"] = self.pronunciations
        return super().chosen() | {name: value for name, value in told.items() if value is not None}


class PictureRequest(Wanted):
    """``POST /v1/images/generations``, and the fields of ``/v1/images/edits``."""

    modality = "image"

    prompt: str = Field(max_length=4000)
    n: int = Field(1, ge=1, le=MAX_PICTURES)
    size: str = Field("auto", pattern=SIZE)
    output_format: Literal["png", "webp", "jpeg", "svg", "pdf"] = "png"
    response_format: Literal["b64_json", "url"] | None = None
    quality: Literal["auto"] | None = None
    background: Literal["auto"] | None = None
    moderation: Literal["auto"] | None = None

    @property
    def wish(self) -> str:
        """See `Wanted`."""
        return self.prompt

    @property
    def count(self) -> int:
        """See `Wanted`."""
        return self.n

    def chosen(self) -> dict[str, Any]:
        """See `Wanted`."""
        if self.response_format == "url":
            raise UnsupportedError("Pictures are answered as b64_json; nothing is kept here.", param="response_format")
        told = {"format": self.output_format, **({"size": self.size} if self.size != "auto" else {})}
        return super().chosen() | told


class Makers:
    """The addresses of recordings and pictures."""

    def __init__(self, engine: WorkerEngine, library: Library, grants: GrantChecker, metrics: Metrics) -> None:
        self._engine = engine
        self._library = library
        self._grants = grants
        self._metrics = metrics

    async def speech(self, http: Request, body: object) -> Response:
        """A recording: the file itself, or JSON with what is known of it where that is what the client accepts."""
        asked = read(SpeechRequest, body)
        (made,) = await self._make(http, asked, {})
        if "application/json" in http.headers.get("accept", ""):
            sound = base64.b64encode(made.pop("content")).decode()
            return JSONResponse({"object": "audio.speech", "audio": sound, "oeuvre": made})
        told = {"Oeuvre-Version": made["version"], "Oeuvre-Seed": str(made["seed"]), "Oeuvre-Units": str(made["units"])}
        return Response(made["content"], media_type=made["mime"], headers=told)

    async def pictures(self, http: Request, body: object) -> Response:
        """New pictures."""
        return await self._pictures(http, read(PictureRequest, body), {})

    async def edits(self, http: Request, body: bytes) -> Response:
        """Pictures after one that is sent along: a sketch or photo, or a design as it was answered before (JSON)."""
        fields, files = await read_form(http.headers, body)
        return await self._pictures(http, read(PictureRequest, fields), files)

    async def _pictures(self, http: Request, asked: PictureRequest, files: Mapping[str, bytes]) -> Response:
        made = await self._make(http, asked, files)
        data = [{"b64_json": base64.b64encode(output.pop("content")).decode()} for output in made]
        told = made[0] if len(made) == 1 else made
        return JSONResponse({"created": int(time.time()), "data": data, "oeuvre": told})

    async def _make(self, http: Request, asked: Wanted, more: Mapping[str, bytes]) -> list[dict[str, Any]]:
        grant = self._grants.check(http.headers.get("authorization", ""), scope="generate", subject=asked.model)
        opening = self._library.open(asked.model)
        version = await asyncio.shield(asyncio.wrap_future(opening))  # others may wait for it as well
        if not isinstance(version, WorkerVersion) or version.modality != asked.modality:
            raise RequestError(f"{asked.model} makes something else. Ask for it at another address.", param="model")
        job = self._errand(asked, version, grant, more)
        self._grants.spend(grant)
        self._metrics.models.note(asked.model)
        making = asyncio.ensure_future(self._engine.do(job))
        await asyncio.sleep(0)  # from here on, the engine knows of it
        if not self._library.has(version):  # deleted in between: the engine was told too early
            self._engine.evict(asked.model)
        brought = await unless_gone(http, making)
        files = iter(brought.files)
        outputs: list[dict[str, Any]] = brought.fields["outputs"]
        for output in outputs:
            output["content"] = next(files)
            if "preview_mime" in output:
                output["preview"] = base64.b64encode(next(files)).decode()
            if "beside" in output:
                output["beside"] = {name: base64.b64encode(next(files)).decode() for name in output["beside"]}
        return outputs

    def _errand(self, asked: Wanted, version: WorkerVersion, grant: Grant | None, more: Mapping[str, bytes]) -> Errand:
        seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
        fields = {"prompt": asked.wish, "n": asked.count, "seed": seed, "options": asked.chosen()}
        return Errand("generate", fields, dict(more), version, grant.tenant if grant else "")


async def read_form(headers: Headers, body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The fields of a multipart form as JSON would have them, and its picture under the option that it is: ``guide``, or
    ``design`` where it says that it is JSON.

    Raises:
        RequestError: it is no form, or has not exactly one picture.
        UnsupportedError: it has a mask.
    """
    parts = await read_parts(headers, body, files=3)
    files = {name: part for name, part in parts if isinstance(part, UploadFile)}
    if "mask" in files:
        raise UnsupportedError("A mask is not acted on here. Leave it out.", param="mask")
    guides = [part for name, part in parts if isinstance(part, UploadFile) and name in ("image", "image[]")]
    if len(guides) != 1 or len(files) != 1:
        raise RequestError("Send one picture, as 'image'.", param="image")
    fields = {name: _plain(name, str(part)) for name, part in parts if not isinstance(part, UploadFile)}
    option = "design" if guides[0].content_type == DESIGN_TYPE else "guide"
    return fields, {option: await guides[0].read()}


def _plain(name: str, value: str) -> Any:
    """A form's field as JSON would have it: numbers and objects are written as text there."""
    if name in ("n", "seed"):
        return int(value) if value.isascii() and value.isdigit() else value
    if name == "options":
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            raise RequestError("options: not JSON.", param="options") from error
    return value
