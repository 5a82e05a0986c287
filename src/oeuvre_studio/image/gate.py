"""The release gate of an image version: what is measured before it may be offered to anybody, in order."""

from __future__ import annotations

import base64
import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from oeuvre_studio.errors import RunCancelledError
from oeuvre_studio.image.descriptors import Descriptor, describe
from oeuvre_studio.image.measures import CREDIT_ERROR, LARGEST_COPY, SECONDS, at_most, below, foreign_bar, seam_bar
from oeuvre_studio.image.options import GenerateOptions
from oeuvre_studio.image.others import OtherArtist, nearest
from oeuvre_studio.image.painter import Painted, Painter, credit_of, encoded
from oeuvre_studio.image.patch.credit import largest_copy, overlay
from oeuvre_studio.image.patch.modes import MODES
from oeuvre_studio.image.patch.pieces import make_piece
from oeuvre_studio.image.patch.seams import seams_of
from oeuvre_studio.image.style import compare, style_of
from oeuvre_studio.image.works import ImageWork
from oeuvre_studio.progress import Reporter, Stopwatch
from oeuvre_studio.protocol import Bar, CreditShare, Media, Passage, ProgressEvent, RefusedWork, Report, Sample
from oeuvre_studio.protocol.image import (
    ForeignPicture,
    ImageDetails,
    ModeScore,
    StyleComparison,
    Timing,
    WorkUse,
)

VARIATIONS = 12
"""Outputs that style is read from."""
STYLE_SIZE = 288
REFERENCES = 6
SHOWN_EDGE = 384
"""Pixels of a sample's longer edge in the report."""
SHOWN_VARIATIONS = 2
NEAREST = 3
FOREIGN = 8
"""Most alike pairs that the report lists."""


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is put to the gate."""

    model: str
    painter: Painter
    held_out: tuple[ImageWork, ...]
    refused: tuple[RefusedWork, ...]
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Output:
    """A picture that the gate had made, with the wish for it."""

    wish: str
    seed: int
    painted: Painted


class Gate:
    """Measures one subject; `report` is the whole of it."""

    def __init__(
        self,
        subject: Subject,
        *,
        models_dir: Path,
        reporter: Reporter,
        cancelled: Callable[[], bool],
        sizes: Sequence[int] = tuple(SECONDS),
    ) -> None:
        self._subject = subject
        self._models_dir = models_dir
        self._reporter = reporter
        self._cancelled = cancelled
        self._sizes = sizes
        self._watch = Stopwatch()
        self._done = 0
        self._works = subject.painter.portfolio.works

    def report(self, others: Sequence[OtherArtist], *, seed: int) -> Report:
        """Everything, in order. The same inputs give the same report, but for the times.

        Raises:
            RunCancelledError: asked to stop between two pictures.
        """
        order = [int(n) for n in np.random.Generator(np.random.PCG64(seed)).permutation(len(self._works))]
        leads = order[: max(min(VARIATIONS, len(order) // 2), 1)]
        axis = order[len(leads) :]
        variations = [
            self._made(f"Another drawing of {self._works[lead].title}", seed + number, lead, mode="variation")
            for number, lead in enumerate(leads)
        ]
        outputs = [*variations, *self._shown(leads, seed)]
        timings = tuple(self._timing(size, order, seed) for size in self._sizes)
        descriptors = describe([Image.fromarray(output.painted.picture.rgb) for output in outputs], self._models_dir)
        styles = self._styles(variations, [self._works[n].sha256 for n in axis], others, seed)
        foreign = self._foreign(outputs, descriptors, others)
        modes = _modes(outputs)
        bars = (
            *self._own_bars(outputs, timings, modes),
            *_style_bars(styles),
            *([foreign_bar(foreign[0].similarity)] if foreign else ()),
        )
        motifs = sum(not work.piece.scene for work in self._works)
        shown = [*range(min(SHOWN_VARIATIONS, len(variations))), *range(len(variations), len(outputs))]
        return Report(
            modality="image",
            model=self._subject.model,
            status="passed" if all(bar.met for bar in bars) else "rejected",
            bars=bars,
            samples=(*(self._sample(outputs[n], descriptors[n]) for n in shown), self._overlaid(outputs[-1])),
            curve=(),
            refused=self._subject.refused,
            details=ImageDetails(
                motifs=motifs,
                scenes=len(self._works) - motifs,
                modes=modes,
                timings=timings,
                works=_uses(outputs),
                styles=styles,
                foreign=tuple(
                    dataclasses.replace(one, sample=shown.index(one.sample) if one.sample in shown else -1)
                    for one in foreign[:FOREIGN]
                ),
            ),
            notes=self._subject.notes,
        )

    def _advance(self) -> None:
        if self._cancelled():
            raise RunCancelledError("Stopped while evaluating. Start it again.")
        steps = VARIATIONS + len(MODES) + len(self._sizes)
        self._done = min(self._done + 1, steps)
        left = self._watch.left(self._done, steps)
        self._reporter.progress(ProgressEvent(phase="evaluating", step=self._done, steps=steps, eta_seconds=left))

    def _step(self, _share: float) -> None:
        if self._cancelled():
            raise RunCancelledError("Stopped while evaluating. Start it again.")

    def _made(self, wish: str, seed: int, lead: int, *, mode: str, size: str = "", layout: str = "") -> Output:
        """One picture that starts from a work, or shows what is like it."""
        self._advance()
        work = self._works[lead]
        with_it = [work.sha256] if mode not in ("tile", "compose") else []
        if mode == "palette" and len(self._works) > 1:
            with_it.append(self._works[(lead + 1) % len(self._works)].sha256)
        options = GenerateOptions(
            mode=mode, size=size or f"{STYLE_SIZE}x{STYLE_SIZE}", works=with_it, layout=layout, strength=0.5
        )
        painted = self._subject.painter.paint(work.words, options, seed=seed, step=self._step)
        return Output(wish, seed, painted)

    def _shown(self, leads: Sequence[int], seed: int) -> list[Output]:
        """One of each of the other ways; what needs a motif or a scene takes the first there is."""
        motifs = [n for n in leads if not self._works[n].piece.scene] or list(leads)
        scenes = [n for n, work in enumerate(self._works) if work.piece.scene] or list(leads)
        title = [self._works[n].title for n in range(len(self._works))]
        first, last = motifs[0], motifs[-1]
        found = [
            self._made(f"A banner with {title[scenes[0]]}", seed, scenes[0], mode="aspect", size="384x200"),
            self._made(f"A story with {title[first]}", seed, first, mode="aspect", size="216x384"),
            self._made(f"A seamless pattern about {title[first]}", seed, first, mode="tile", size="320x320"),
            self._made(f"{title[last]} in other colours", seed, last, mode="palette", size="256x256"),
        ]
        if any(not work.piece.scene for work in self._works):
            wreath = f"A wreath about {title[last]}"
            found.append(self._made(wreath, seed, last, mode="compose", size="320x320", layout="wreath"))
        return found

    def _timing(self, size: int, order: Sequence[int], seed: int) -> Timing:
        """Seconds of processor time for a variation with as many references as there are, up to six."""
        self._advance()
        works = [self._works[n].sha256 for n in order[:REFERENCES]]
        options = GenerateOptions(mode="variation", size=f"{size}x{size}", works=works)
        started = time.process_time()
        self._subject.painter.paint("", options, seed=seed, step=self._step)
        return Timing(size, len(works), round(time.process_time() - started, 2))

    def _styles(
        self, variations: Sequence[Output], axis: Sequence[str], others: Sequence[OtherArtist], seed: int
    ) -> tuple[StyleComparison, ...]:
        measured = [other for other in others if other.styles]
        if not measured:
            return ()
        seen = [style_of(work.piece) for work in self._works if work.sha256 in set(axis)]
        unseen = [style_of(make_piece(work.picture, key=work.sha256)) for work in self._subject.held_out]
        made = [
            style_of(make_piece(Image.fromarray(output.painted.picture.rgb), key=output.wish)) for output in variations
        ]
        compared = [
            compare(other.name, seen=seen, unseen=unseen, other=other.styles, outputs=made, seed=seed)
            for other in measured
        ]
        return tuple(one for one in compared if one is not None)

    def _foreign(
        self, outputs: Sequence[Output], descriptors: Sequence[Descriptor], others: Sequence[OtherArtist]
    ) -> list[ForeignPicture]:
        """Outputs and held works beside others' works, most alike first."""
        portfolio = self._subject.painter.portfolio
        pairs = [
            (output.wish, descriptor, number)
            for number, (output, descriptor) in enumerate(zip(outputs, descriptors, strict=True))
        ]
        pairs += [(work.title, portfolio.descriptor(number), -1) for number, work in enumerate(self._works)]
        found = []
        for title, descriptor, sample in pairs if others else ():
            likeness, other, file = nearest(descriptor, others)
            found.append(ForeignPicture(other, file, title, round(likeness, 4), sample))
        return sorted(found, key=lambda one: -one.similarity)

    def _own_bars(self, outputs: Sequence[Output], timings: Sequence[Timing], modes: Sequence[ModeScore]) -> list[Bar]:
        bars = [at_most(f"seconds_{one.pixels}", one.seconds, SECONDS.get(one.pixels, 40.0), "s") for one in timings]
        off = max(abs(sum(part["share"] for part in credit_of(output.painted)) - 1) for output in outputs)
        bars.append(at_most("credit_error", off, CREDIT_ERROR, ""))
        worst = max((mode.largest_copy for mode in modes if not mode.copies), default=0.0)
        bars.append(at_most("largest_copy", worst, LARGEST_COPY, "share"))
        tiles = [output.painted.picture.rgb for output in outputs if output.painted.mode == "tile"]
        bars += [seam_bar(max(max(seams_of(tile)) for tile in tiles))] if tiles else []
        return bars

    def _sample(self, output: Output, descriptor: Descriptor) -> Sample:
        portfolio = self._subject.painter.portfolio
        likeness = portfolio.descriptors @ descriptor.vector
        near = [int(n) for n in np.argsort(-likeness, kind="stable")[:NEAREST]]
        copied, of_drawing = largest_copy(output.painted.picture)
        return Sample(
            prompt=output.wish,
            seed=output.seed,
            text="",
            nearest=tuple(
                Passage(self._works[n].file, self._works[n].title, "", round(float(likeness[n]), 4)) for n in near
            ),
            credit=tuple(CreditShare(**part) for part in credit_of(output.painted)),
            media=media(output.painted.picture.rgb),
            facts={
                "mode": output.painted.mode,
                "layout": output.painted.layout,
                "largest_copy": round(copied, 4),
                "largest_copy_of_drawing": round(of_drawing, 4),
            },
        )

    def _overlaid(self, output: Output) -> Sample:
        """The last sample again, tinted by the works that its pixels come from."""
        shown = overlay(output.painted.picture, output.painted.pieces)
        return Sample(
            prompt=f"{output.wish}: which pixel comes from which work",
            seed=output.seed,
            text="",
            nearest=(),
            credit=tuple(CreditShare(**part) for part in credit_of(output.painted)),
            media=media(shown),
            facts={"mode": output.painted.mode, "overlay": "yes"},
        )


def media(rgb: np.ndarray) -> Media:
    """Pixels for a report: small, as WebP."""
    image = Image.fromarray(rgb)
    image.thumbnail((SHOWN_EDGE, SHOWN_EDGE))
    return Media("image/webp", base64.b64encode(encoded(np.asarray(image), None, "webp")).decode())


def _modes(outputs: Sequence[Output]) -> tuple[ModeScore, ...]:
    copies: dict[tuple[str, bool], list[float]] = {}
    for output in outputs:
        painted = output.painted
        asked = MODES[painted.mode].keeps(painted.pieces[0])
        copies.setdefault((painted.mode, asked), []).append(largest_copy(painted.picture)[0])
    return tuple(ModeScore(mode, len(found), round(max(found), 4), asked) for (mode, asked), found in copies.items())


def _style_bars(styles: Sequence[StyleComparison]) -> list[Bar]:
    return [
        below(f"style_{one.other}", abs(one.outputs - one.own), abs(one.outputs - one.others), "distance")
        for one in styles
    ]


def _uses(outputs: Sequence[Output]) -> tuple[WorkUse, ...]:
    totals: dict[tuple[str, str], float] = {}
    for output in outputs:
        for part in credit_of(output.painted):
            key = (str(part["work"]), str(part["title"]))
            totals[key] = totals.get(key, 0.0) + float(part["share"]) / len(outputs)
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return tuple(WorkUse(work, title, round(share, 5)) for (work, title), share in ranked)
