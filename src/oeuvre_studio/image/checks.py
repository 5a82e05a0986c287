"""What every request for pictures is held to before anything of it leaves the studio: what it asks for, what it brings, what
came out.

Whoever asks, the command line or the server: words about a topic that the freelancer refuses, a guide or logo that is unfit, and an
output that is unfit or copies somebody else's work end the request.
"""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from oeuvre_studio.errors import StudioError
from oeuvre_studio.image.copies import PictureIndex, near_copies, open_picture_index
from oeuvre_studio.image.descriptors import describe
from oeuvre_studio.image.designs.render import as_pixels
from oeuvre_studio.image.designs.request import ROLES
from oeuvre_studio.image.designs.scene import Design
from oeuvre_studio.image.moderation import moderate
from oeuvre_studio.image.options import guide_pixels, listed
from oeuvre_studio.image.works import BodyOfPictures
from oeuvre_studio.modalities import GenerateRequest
from oeuvre_studio.protocol import RefusedWork

Embed = Callable[[Sequence[str]], NDArray[np.floating]]

OWN_OPTIONS = ("refused_topics", "others_index", "others_key")
BROUGHT = ("guide", "logo")
TOPIC = 0.42
"""Cosine of all-MiniLM-L6-v2 from which words are about a topic: unrelated pairs of the demonstration's prompts and topics stay
below 0.30, those on a topic lie above 0.45."""
LOOKED_AT = 512
"""Pixels of a design's longer side when it is looked at: the networks see 288."""
_WORD = re.compile(r"\w+")


class TopicRefusedError(StudioError):
    """Words about something that the freelancer does not draw."""

    code = "topic_refused"


class PictureUnfitError(StudioError):
    """A guide, logo or output that is not fit for everybody."""

    code = "picture_unfit"


class CopiesOthersError(StudioError):
    """An output that is a near copy of somebody else's work."""

    code = "copies_others"


@dataclasses.dataclass(frozen=True)
class Checks:
    """The checks of one request; `of` takes their options out of it."""

    models_dir: Path
    refused: tuple[str, ...]
    index: PictureIndex | None

    @staticmethod
    def of(request: GenerateRequest) -> tuple[Checks, GenerateRequest]:
        """The checks that a request asks for, and the request without the options that say so.

        Raises:
            OthersIndexError: the index of others' works or its key cannot be used.
        """
        rest = {name: value for name, value in request.options.items() if name not in OWN_OPTIONS}
        files = [request.options.get(name) for name in ("others_index", "others_key")]
        index, key = (Path(str(file)) if file else None for file in files)
        checks = Checks(
            request.models_dir,
            tuple(listed(request.options.get("refused_topics") or "")),
            open_picture_index(index, key),
        )
        return checks, dataclasses.replace(request, options=rest)

    def words(self, request: GenerateRequest, embed: Embed) -> None:
        """What is asked for in words: the prompt, and what is to stand on a design.

        Raises:
            TopicRefusedError: it is about a refused topic.
        """
        said = "\n".join([request.prompt, *(str(request.options.get(role) or "") for role in ROLES)]).strip()
        if not self.refused or not said:
            return
        words = {word.lower() for word in _WORD.findall(said)}
        vectors = np.asarray(embed([said, *self.refused]), dtype=np.float64)
        for topic, likeness in zip(self.refused, vectors[1:] @ vectors[0], strict=True):
            if likeness >= TOPIC or set(_WORD.findall(topic.lower())) <= words:
                raise TopicRefusedError(f"This model does not draw “{topic}”. Ask for something else.")

    def brought(self, options: Mapping[str, Any]) -> None:
        """A guide and a logo.

        Raises:
            UsageError: one cannot be read.
            PictureUnfitError: one is not fit for everybody.
        """
        for name in BROUGHT:
            if options.get(name):
                (found,) = moderate([Image.fromarray(guide_pixels(options[name], called=name))], self.models_dir)
                if found.fitness == "unfit":
                    raise PictureUnfitError(f"The {name} is not fit for everybody, so that nothing is made of it.")

    def made(self, outputs: Sequence[dict[str, Any]]) -> None:
        """What came out; notes in its facts how it was found.

        Raises:
            PictureUnfitError: a picture is not fit for everybody.
            CopiesOthersError: one is a copy of somebody else's work.
        """
        pictures = [_seen(output) for output in outputs]
        for output, found in zip(outputs, moderate(pictures, self.models_dir), strict=True):
            if found.fitness == "unfit":
                raise PictureUnfitError(
                    "What came out is not fit for everybody, so that it is not shown. Ask for something else."
                )
            output["facts"] |= {"unfit": round(found.score, 4), "fitness": found.fitness}
        if self.index is None:
            return
        for copy in near_copies(describe(pictures, self.models_dir), self.index):
            if copy.verdict == "copy":
                raise CopiesOthersError(
                    "What came out is too much like a work of somebody else, so that it is not shown. Ask for something"
                    " else, or for another seed."
                )
            facts = outputs[copy.picture]["facts"]
            facts["likeness_to_others"] = max(facts.get("likeness_to_others", 0.0), copy.similarity)


def only_fit(body: BodyOfPictures, models_dir: Path) -> BodyOfPictures:
    """A body of works without those that are not fit for everybody.

    Raises:
        ModelUnavailableError: the network was not pulled.
    """
    found = moderate([work.picture for work in body.works], models_dir)
    unfit = [work for work, one in zip(body.works, found, strict=True) if one.fitness == "unfit"]
    refused = tuple(RefusedWork(work.file, "unfit", "It is not fit for everybody.") for work in unfit)
    kept = tuple(work for work in body.works if work not in unfit)
    return dataclasses.replace(body, works=kept, refused=(*body.refused, *refused))


def _seen(output: Mapping[str, Any]) -> Image.Image:
    """An output as it is looked at."""
    if "design" in output:
        return Image.fromarray(np.asarray(as_pixels(Design.from_json(output["design"]), LOOKED_AT)))
    with Image.open(io.BytesIO(output["content"])) as image:
        return image.convert("RGBA")
