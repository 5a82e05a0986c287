"""What is made in one piece, as the studio is asked for it: one address and one form of answer for each modality."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oeuvre.domains.creation.errors import StudioRefusedError
from oeuvre.domains.creation.ports import MadeContent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SPOKEN = {"format": "response_format", "speed": "speed", "language": "language", "pronunciations": "pronunciations"}
"""Options of a voice that OpenAI's request, or ours beside it, has a field for."""
_DRAWN = {"format": "output_format", "size": "size"}
SENT = {"guide": "application/octet-stream", "design": "application/json"}
"""Options of a picture that go as the file of a form: a sketch to redraw, or a design to be set in other words."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request: where it goes, and its body as httpx takes it."""

    path: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a version."""

    version: str
    prompt: str
    seed: int
    options: Mapping[str, Any]

    def fields(self, names: Mapping[str, str]) -> dict[str, Any]:
        """The request's fields: options by their ``names`` there, the others together under ``options``."""
        told = {names[name]: value for name, value in self.options.items() if name in names}
        other = {name: value for name, value in self.options.items() if name not in names and name not in SENT}
        return {"model": self.version, "seed": self.seed, **told, **({"options": other} if other else {})}


def _speech(wish: Wish) -> Asking:
    return Asking("/v1/audio/speech", {"json": {"input": wish.prompt, **wish.fields(_SPOKEN)}})


def _picture(wish: Wish) -> Asking:
    fields = {"prompt": wish.prompt, **wish.fields(_DRAWN)}
    sent = next((name for name in SENT if wish.options.get(name)), None)
    if sent is None:
        return Asking("/v1/images/generations", {"json": fields})
    form = {name: json.dumps(value) if name == "options" else str(value) for name, value in fields.items()}
    file = (sent, wish.options[sent], SENT[sent])
    return Asking("/v1/images/edits", {"data": form, "files": {"image": file}})


ASKING: dict[str, Callable[[Wish], Asking]] = {"voice": _speech, "image": _picture}


def read_made(answer: Any) -> MadeContent:
    """What came back. Raises StudioRefusedError for an answer that is none."""
    try:
        content = answer["audio"] if "audio" in answer else answer["data"][0]["b64_json"]
        told = answer["oeuvre"]
        return MadeContent(
            content=base64.b64decode(content, validate=True),
            mime=str(told["mime"]),
            units=max(1, int(told["units"])),
            seed=int(told["seed"]),
            credit=tuple((str(share["work"]), float(share["share"])) for share in told["credit"]),
            facts=dict(told["facts"]),
            preview=base64.b64decode(told.get("preview", ""), validate=True),
            preview_mime=str(told.get("preview_mime", "")),
            beside={str(name): base64.b64decode(file, validate=True) for name, file in told.get("beside", {}).items()},
            design=str(told.get("design", "")),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise StudioRefusedError(
            "The studio's answer cannot be read; is it another release?", reason="unreadable"
        ) from error
