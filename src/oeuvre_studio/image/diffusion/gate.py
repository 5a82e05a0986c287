"""The release gate of a version over a diffusion base: does it learn, does it copy, does it repeat others."""

from __future__ import annotations

import base64
import dataclasses
import io
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from oeuvre_studio.errors import RunCancelledError
from oeuvre_studio.image.descriptors import COPY, Descriptor, describe
from oeuvre_studio.image.diffusion.base import DiffusionBase
from oeuvre_studio.image.diffusion.dataset import caption, trigger
from oeuvre_studio.image.diffusion.draw import Drawing, draw
from oeuvre_studio.image.gate import SHOWN_EDGE
from oeuvre_studio.image.measures import MEASURES as PICTURES
from oeuvre_studio.image.measures import below, foreign_bar
from oeuvre_studio.image.moderation import UNFIT, moderate
from oeuvre_studio.image.others import OtherArtist, nearest
from oeuvre_studio.image.works import ImageWork
from oeuvre_studio.measures import Measure
from oeuvre_studio.progress import Reporter, Stopwatch
from oeuvre_studio.protocol import (
    Bar,
    CreditShare,
    LossPoint,
    Media,
    Passage,
    ProgressEvent,
    RefusedWork,
    Report,
    Sample,
)
from oeuvre_studio.protocol.image import ForeignPicture, ImageDetails, Timing, WorkUse

SAMPLES = 6
NEAREST = 3
SHARPNESS = 20.0
"""Of the softmax that turns likenesses into estimated shares: 0.05 nearer is worth e times as much."""

MEASURES = (
    Measure(
        "held_out_loss",
        "Unseen works",
        "Ho et al. 2020",
        "ratio",
        {"held_out_loss_ratio": "Loss on unseen works, beside the base's"},
        "How much better than the base it foresees the noise on works that it was not trained on; 1 is no better.",
    ),
    Measure(
        "likeness_to_own",
        "Copies of its own works",
        "Somepalli et al. 2023, with SSCD (Pizzi et al. 2022)",
        "cosine",
        {"likeness_to_own": "Likeness of an output to a work it learned from"},
        "The most alike pair of an output and a training work; from 0.75 on it is a copy.",
    ),
    Measure(
        "unfit",
        "Fit for everybody",
        "Yahoo's open_nsfw (2016)",
        "probability",
        {"unfit": "An output is not fit for everybody"},
        "The highest score of the outputs that were made for this report.",
    ),
    *(measure for measure in PICTURES if measure.module == "foreign"),
)


@dataclasses.dataclass(frozen=True)
class DiffusionSubject:
    """What is put to the gate. ``loss_ratio``: held-out loss of the version over the base's."""

    model: str
    tensors: Mapping[str, Tensor]
    training: tuple[ImageWork, ...]
    held_out: tuple[ImageWork, ...]
    refused: tuple[RefusedWork, ...]
    curve: tuple[LossPoint, ...]
    loss_ratio: float


class DiffusionGate:
    """Measures one subject; `report` is the whole of it."""

    def __init__(
        self,
        base: DiffusionBase,
        subject: DiffusionSubject,
        *,
        models_dir: Path,
        steps: int,
        reporter: Reporter,
        cancelled: Callable[[], bool],
    ) -> None:
        """``steps``: of each drawing."""
        self._base = base
        self._subject = subject
        self._models_dir = models_dir
        self._steps = steps
        self._reporter = reporter
        self._cancelled = cancelled
        self._watch = Stopwatch()

    def report(self, others: Sequence[OtherArtist], *, seed: int) -> Report:
        """Everything, in order.

        Raises:
            RunCancelledError: asked to stop between two pictures.
        """
        subject = self._subject
        started = time.process_time()
        wishes = [caption(work, subject.model) for work in subject.held_out][:SAMPLES]
        wishes += [f"a drawing, number {n}" for n in range(len(wishes), SAMPLES)]
        wishes = [wish.removesuffix(f", {trigger(subject.model)}") for wish in wishes]
        pictures = [self._picture(wish, seed + number, number) for number, wish in enumerate(wishes)]
        seconds = (time.process_time() - started) / len(pictures)
        own = describe([work.picture for work in subject.training], self._models_dir)
        made = describe(pictures, self._models_dir)
        likeness = np.stack([one.vector for one in made]) @ np.stack([one.vector for one in own]).T
        foreign = self._foreign(wishes, made, others)
        unfit = max(one.score for one in moderate(pictures, self._models_dir))
        bars = (
            below("held_out_loss_ratio", subject.loss_ratio, 1.0, "ratio"),
            below("likeness_to_own", float(likeness.max()), COPY, "cosine"),
            below("unfit", unfit, UNFIT, "probability"),
            *([foreign_bar(foreign[0].similarity)] if foreign else ()),
        )
        credit = [self._credit(row) for row in likeness]
        samples = tuple(
            self._sample(wish, seed + number, pictures[number], likeness[number], credit[number])
            for number, wish in enumerate(wishes)
        )
        return self._told(bars, samples, foreign, credit, seconds)

    def _told(
        self,
        bars: tuple[Bar, ...],
        samples: tuple[Sample, ...],
        foreign: Sequence[ForeignPicture],
        credit: Sequence[Sequence[CreditShare]],
        seconds: float,
    ) -> Report:
        shares: dict[tuple[str, str], float] = {}
        for row in credit:
            for part in row:
                shares[part.work, part.title] = shares.get((part.work, part.title), 0.0) + part.share / len(credit)
        ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
        return Report(
            modality="image",
            model=self._subject.model,
            status="passed" if all(bar.met for bar in bars) else "rejected",
            bars=bars,
            samples=samples,
            curve=self._subject.curve,
            refused=self._subject.refused,
            details=ImageDetails(
                motifs=0,
                scenes=len(self._subject.training),
                modes=(),
                timings=(Timing(self._base.edge, 0, round(seconds, 2)),),
                works=tuple(WorkUse(work, title, round(share, 5)) for (work, title), share in ranked),
                styles=(),
                foreign=tuple(foreign[:SAMPLES]),
            ),
            notes=("Credit is an estimate here: it is read from how alike an output and a work are.",),
        )

    def _picture(self, wish: str, seed: int, number: int) -> Image.Image:
        if self._cancelled():
            raise RunCancelledError("Stopped while evaluating. Go on with --resume.")
        left = self._watch.left(number, SAMPLES)
        self._reporter.progress(ProgressEvent(phase="evaluating", step=number, steps=SAMPLES, eta_seconds=left))
        edge = self._base.edge
        return draw(
            self._base, self._subject.tensors, self._subject.model, Drawing(wish, edge, edge, self._steps), seed=seed
        )

    def _foreign(
        self, wishes: Sequence[str], made: Sequence[Descriptor], others: Sequence[OtherArtist]
    ) -> list[ForeignPicture]:
        if not others:
            return []
        found = [
            (nearest(descriptor, others), wish, n)
            for n, (wish, descriptor) in enumerate(zip(wishes, made, strict=True))
        ]
        pictures = [
            ForeignPicture(other, file, wish, round(likeness, 4), n) for (likeness, other, file), wish, n in found
        ]
        return sorted(pictures, key=lambda one: -one.similarity)

    def _credit(self, likeness: NDArray[np.float32]) -> tuple[CreditShare, ...]:
        return estimated_credit([(work.sha256, work.title) for work in self._subject.training], likeness)

    def _sample(
        self,
        wish: str,
        seed: int,
        picture: Image.Image,
        likeness: NDArray[np.float32],
        credit: tuple[CreditShare, ...],
    ) -> Sample:
        works = self._subject.training
        near = [int(n) for n in np.argsort(-likeness, kind="stable")[:NEAREST]]
        return Sample(
            prompt=wish,
            seed=seed,
            text="",
            nearest=tuple(Passage(works[n].file, works[n].title, "", round(float(likeness[n]), 4)) for n in near),
            credit=credit,
            media=_media(picture),
        )


def estimated_credit(works: Sequence[tuple[str, str]], likeness: NDArray[np.float32]) -> tuple[CreditShare, ...]:
    """Shares of works, ``(sha256, title)`` each, by the likeness of their descriptors to an output's; largest first."""
    weights = np.exp(SHARPNESS * (likeness - likeness.max()))
    shares = weights / weights.sum()
    order = np.argsort(-shares, kind="stable")
    return tuple(CreditShare(*works[int(n)], share=float(shares[n])) for n in order)


def _media(picture: Image.Image) -> Media:
    small = picture.copy()
    small.thumbnail((SHOWN_EDGE, SHOWN_EDGE))
    target = io.BytesIO()
    small.save(target, "WEBP", quality=88)
    return Media("image/webp", base64.b64encode(target.getvalue()).decode())
