"""Pictures: how long they take, and new shapes beside plain resizing and seam carving, in the same run.

For every artist a version is made and put to the release gate against all the others; then, for one of them, once more with a work
of another artist among the works, which the gate has to refuse. New shapes are measured by bidirectional similarity
(`image_measures`), at a size at which three methods and four measures take seconds.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import seam_carving

from oeuvre_studio.bench.bars import at_least, at_most
from oeuvre_studio.bench.image_measures import bidirectional, mean, stretch
from oeuvre_studio.bench.outcome import Outcome, Table
from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.measures import CREDIT_ERROR, LARGEST_COPY, SECONDS
from oeuvre_studio.image.measures import at_most as within
from oeuvre_studio.image.modality import IMAGE
from oeuvre_studio.image.patch.credit import largest_copy, shares
from oeuvre_studio.image.patch.modes import MODES
from oeuvre_studio.image.patch.modes.aspect import ROOM
from oeuvre_studio.image.patch.pieces import Piece, Pixels, make_piece, resize
from oeuvre_studio.image.patch.wish import Wish
from oeuvre_studio.image.works import SUFFIXES, read_folder
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import Reporter, SilentReporter
from oeuvre_studio.protocol import Bar, TrainResult

PARTS = ("time", "shapes", "gate")
REFERENCES = 6
SHAPES = {"banner 1200x628": (157, 300), "story 1080x1920": (288, 162), "header 1500x500": (110, 330)}
"""Formats, and the height and width at which they are measured."""
WORKING = 200
"""Pixels of a work's longer edge there."""
WORKS = 4
"""Works of each artist that are put into new shapes, evenly spread, scenes first."""
ROOMS = (1.0, ROOM)
"""Sizes of the work that a picture is compared with, the more like one counting: drawing it smaller as a whole is no harm."""
OURS, PLAIN, SEAMS = "ours", "plain resize (Pillow)", "seam carving"
SIDES = tuple(SECONDS)


def bench_image(
    *, corpora: Path, names: Sequence[str], models_dir: Path, reporter: Reporter, parts: Sequence[str] = ()
) -> Outcome:
    """All of `PARTS`, or some.

    Raises:
        UsageError: there are not two artists in ``corpora``, or no such part.
    """
    artists = [path for path in sorted(corpora.iterdir()) if path.is_dir() and (not names or path.name in names)]
    if len(artists) < 2:
        raise UsageError(f"Two artists are needed to tell them apart; {corpora} has {len(artists)}.")
    if unknown := set(parts) - set(PARTS):
        raise UsageError(f"There is no part {', '.join(sorted(unknown))}. There is: {', '.join(PARTS)}.")
    bars: list[Bar] = []
    tables: dict[str, Table] = {}
    wanted = parts or PARTS
    pieces = {path.name: _pieces(path) for path in artists}
    if "time" in wanted:
        reporter.say("Timing the ways to make a picture")
        timed = _times(next(iter(pieces.values())))
        bars += _time_bars(timed)
        tables["Seconds of one core, six references"] = timed
    if "shapes" in wanted:
        shaped = [row for name, found in pieces.items() for row in _shapes(name, found, reporter)]
        bars += _shape_bars(shaped)
        tables["New shapes"] = _by_method(shaped)
    if "gate" in wanted:
        gates = [_gated(path, artists, models_dir, reporter) for path in artists]
        bars += _gate_bars(artists, gates, _planted(artists, models_dir, reporter))
        tables |= _gate_tables(artists, gates)
    return Outcome(bars=tuple(bars), tables=tables)


def _gate_tables(artists: Sequence[Path], gates: Sequence[TrainResult]) -> dict[str, Table]:
    return {
        "Release gate": [
            {"artist": path.name, "status": found.status, "seconds": found.seconds, "works": found.works}
            | {bar.name.replace("_", " "): bar.value for bar in found.bars if not bar.name.startswith("style")}
            for path, found in zip(artists, gates, strict=True)
        ],
        "Whose hand: distance of outputs to own unseen works, and what it has to stay under": [
            {"artist": path.name, "other": bar.name.removeprefix("style_"), "distance": bar.value, "bar": bar.bar}
            for path, found in zip(artists, gates, strict=True)
            for bar in found.bars
            if bar.name.startswith("style_")
        ],
    }


def _pieces(folder: Path) -> list[Piece]:
    body = read_folder(folder)
    return [make_piece(work.picture, key=work.sha256, title=work.title) for work in body.works]


def _times(pieces: Sequence[Piece]) -> list[dict[str, float | str | int]]:
    """Every way at both sizes: seconds of processor time, credit and the largest copy; the kernels are compiled before."""
    chosen = _spread(pieces, REFERENCES)
    guide = np.ascontiguousarray(pieces[-1].on((255, 255, 255)))
    MODES["variation"].make(Wish(tuple(chosen), 96, 96))
    rows: list[dict[str, float | str | int]] = []
    for mode in MODES:
        for side in SIDES:
            if mode == "extend" and max(chosen[0].size) > side:
                continue
            started = time.process_time()
            picture = MODES[mode].make(Wish(tuple(chosen), side, side, guide=guide))
            taken = time.process_time() - started
            parts = shares(picture, len(chosen))
            rows.append(
                {
                    "way": mode,
                    "pixels a side": side,
                    "seconds": round(taken, 2),
                    "credit off by": float(abs(parts.sum() - 1)),
                    "largest copy": round(largest_copy(picture)[0], 4),
                    "asked to copy": "yes" if MODES[mode].keeps(chosen[0]) else "no",
                }
            )
    return rows


def _spread(pieces: Sequence[Piece], count: int) -> list[Piece]:
    places = np.linspace(0, len(pieces) - 1, min(count, len(pieces))).round().astype(int)
    return [pieces[int(place)] for place in places]


def _shapes(artist: str, pieces: Sequence[Piece], reporter: Reporter) -> list[dict[str, float | str]]:
    reporter.say(f"New shapes for works of {artist}")
    scenes = [piece for piece in pieces if piece.scene]
    chosen = [*scenes, *_spread([piece for piece in pieces if not piece.scene], WORKS)][:WORKS]
    rows: list[dict[str, float | str]] = []
    for piece in chosen:
        factor = WORKING / max(piece.size)
        small = piece.scaled(*(max(round(n * factor), 16) for n in piece.size))
        source = small.on(small.ground)
        for shape, (height, width) in SHAPES.items():
            for method, made in (
                (OURS, MODES["aspect"].make(Wish((small,), height, width)).rgb),
                (PLAIN, resize(source, height, width)),
                (SEAMS, _carved(source, height, width)),
            ):
                references = [_fitted(source, height, width, room) for room in ROOMS]
                apart, missing = min((bidirectional(made, one) for one in references), key=sum)
                kind = "scene" if piece.scene else "motif"
                rows.append(
                    {"artist": artist, "work": piece.title, "kind": kind, "shape": shape, "method": method}
                    | {"incoherence": apart, "incompleteness": missing, "stretch": stretch(made, references[0])}
                )
    return rows


def _carved(source: Pixels, height: int, width: int) -> Pixels:
    """Seam carving from the work scaled so that it has to grow one way only."""
    carved: Pixels = seam_carving.resize(_fitted(source, height, width, 1.0), (width, height))
    return carved


def _fitted(source: Pixels, height: int, width: int, room: float) -> Pixels:
    """The work, unstretched, as large as fits into a share of a shape."""
    fit = room * min(height / source.shape[0], width / source.shape[1])
    return resize(source, *(max(round(n * fit), 16) for n in source.shape[:2]))


def _by_method(rows: Sequence[dict[str, float | str]]) -> list[dict[str, float | str | int]]:
    found: list[dict[str, float | str | int]] = []
    for kind in ("motif", "scene"):
        for method in (OURS, PLAIN, SEAMS):
            some = [row for row in rows if row["method"] == method and row["kind"] == kind]
            if some:
                found.append(
                    {"works": kind, "method": method, "pictures": len(some)}
                    | {name: round(_mean(some, name), 3) for name in ("incoherence", "incompleteness", "stretch")}
                )
    return found


def _mean(rows: Sequence[dict[str, float | str]], name: str) -> float:
    return mean([float(row[name]) for row in rows])


def _time_bars(rows: Sequence[dict[str, float | str | int]]) -> list[Bar]:
    bars = [
        at_most(
            f"slowest way, {side} pixels a side, {REFERENCES} references",
            max(float(row["seconds"]) for row in rows if row["pixels a side"] == side),
            "s",
            SECONDS[side],
        )
        for side in SIDES
    ]
    bars.append(
        within("credit adds up to 1, off by", max(float(row["credit off by"]) for row in rows), CREDIT_ERROR, "")
    )
    free = [float(row["largest copy"]) for row in rows if row["asked to copy"] == "no"]
    return [*bars, within("largest copy where none was asked for", max(free), LARGEST_COPY, "share")]


def _shape_bars(rows: Sequence[dict[str, float | str]]) -> list[Bar]:
    """Ours beside the better of the peers, over all works and shapes."""
    by = {method: [row for row in rows if row["method"] == method] for method in (OURS, PLAIN, SEAMS)}

    def both(method: str) -> float:
        return _mean(by[method], "incoherence") + _mean(by[method], "incompleteness")

    peers = min(both(PLAIN), both(SEAMS))
    stretched = min(_mean(by[PLAIN], "stretch"), _mean(by[SEAMS], "stretch"))
    return [
        at_most("bidirectional dissimilarity in new shapes, of the better peer's", both(OURS) / max(peers, 1e-9), "share", 1.0),
        at_most("stretch in new shapes, octaves (the less stretching peer's is the bar)", _mean(by[OURS], "stretch"), "octaves", round(stretched, 3)),
    ]  # fmt: skip


def _train(works: Path, others: Sequence[Path], models_dir: Path, out: Path) -> TrainResult:
    request = TrainRequest(
        works=str(works),
        out=out,
        name=works.name,
        models_dir=models_dir,
        base=None,
        held_out=0.15,
        seed=0,
        max_minutes=None,
        others=tuple(others),
        signing_key=None,
        resume=False,
        cancelled=lambda: False,
    )
    return IMAGE.train(request, SilentReporter())


def _gated(artist: Path, artists: Sequence[Path], models_dir: Path, reporter: Reporter) -> TrainResult:
    reporter.say(f"Release gate for {artist.name}")
    with tempfile.TemporaryDirectory() as folder:
        return _train(artist, [other for other in artists if other != artist], models_dir, Path(folder))


def _planted(artists: Sequence[Path], models_dir: Path, reporter: Reporter) -> TrainResult:
    """The first artist's works with one of the second's among them."""
    reporter.say("Release gate with a planted work of another artist")
    first, second = artists[:2]
    with tempfile.TemporaryDirectory() as folder:
        works = Path(folder) / "works"
        works.mkdir()
        for file in sorted(path for path in first.iterdir() if path.suffix in SUFFIXES):
            shutil.copy(file, works / file.name)
        stolen = sorted(path for path in second.iterdir() if path.suffix in SUFFIXES)[0]
        shutil.copy(stolen, works / f"planted-{stolen.name}")
        return _train(works, [second], models_dir, Path(folder) / "out")


def _gate_bars(artists: Sequence[Path], gates: Sequence[TrainResult], planted: TrainResult) -> list[Bar]:
    passed = sum(found.status == "passed" for found in gates)
    likeness = next(bar.value for bar in planted.bars if bar.name == "likeness_to_others")
    return [
        at_least("artists that pass the release gate", passed, "artists", len(artists)),
        at_least("likeness of a planted foreign work, refused from", likeness, "cosine", 0.75),
    ]
