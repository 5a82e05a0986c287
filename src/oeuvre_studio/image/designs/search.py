"""Many candidates laid out and judged, and the best kept that look different."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from oeuvre_studio.image.designs.colour import to_hex
from oeuvre_studio.image.designs.cutout import Motif
from oeuvre_studio.image.designs.errors import CopyTooLongError, CopyUnusableError
from oeuvre_studio.image.designs.fonts import PAIRS, Pair
from oeuvre_studio.image.designs.layouts.kit import Kit
from oeuvre_studio.image.designs.layouts.registry import LAYOUTS
from oeuvre_studio.image.designs.prepare import Job
from oeuvre_studio.image.designs.scene import Design, Picture
from oeuvre_studio.image.designs.schemes import Scheme
from oeuvre_studio.image.designs.score import Score, judge
from oeuvre_studio.image.designs.sizes import Format
from oeuvre_studio.image.designs.stack import Composed, compose

VARIANTS = 3
"""Candidates of each layout."""


Look = tuple[str, str, str]
"""Scheme, pair and hero: what the sizes of one alternative have in common."""


@dataclasses.dataclass(frozen=True, eq=False)
class Candidate:
    design: Design
    composed: Composed
    score: Score
    look: Look


def candidates(job: Job, made: Format, look: Look | None) -> list[Candidate]:
    """Every layout in a few variants, those without a fault; where every one has, the one with the fewest. A small
    banner that does not hold every text goes without the lesser ones.

    Raises:
        CopyTooLongError: no layout holds the texts.
    """
    roles = [role for role in made.roles if role in job.texts]
    spare = [role for role in made.dispensable if role in roles]
    while True:
        good, faulty, too_long = _tried(job, made, look, tuple(roles))
        if good or (faulty and not spare):
            return good or [min(faulty, key=lambda one: (len(one.score.faults), -one.score.total))]
        if not spare:
            break
        roles.remove(spare.pop(0))
    if too_long:
        often = [error.role for error in too_long]
        raise max(too_long, key=lambda error: often.count(error.role))
    raise CopyUnusableError(f"No layout suits {made.name} with these works. Choose another size or other works.")


def _tried(
    job: Job, made: Format, look: Look | None, roles: tuple[str, ...]
) -> tuple[list[Candidate], list[Candidate], list[CopyTooLongError]]:
    """Candidates without and with faults, and what did not fit."""
    good: list[Candidate] = []
    faulty: list[Candidate] = []
    too_long: list[CopyTooLongError] = []
    for name in LAYOUTS:
        for variant in range(VARIANTS):
            try:
                one = candidate(job, made, name, variant, look, roles)
            except CopyTooLongError as error:
                too_long.append(error)
                continue
            if one is not None:
                (faulty if one.score.faults else good).append(one)
    return good, faulty, too_long


def candidate(
    job: Job, made: Format, layout: str, variant: int, look: Look | None, roles: tuple[str, ...]
) -> Candidate | None:
    """A layout in one variant, composed and judged; ``None`` where it does not suit the size or the works.

    Raises:
        CopyTooLongError: a text does not fit.
    """
    rng = np.random.default_rng([job.seed, zlib.crc32(f"{layout} {made.name} {variant}".encode())])
    hero = job.heroes[int(rng.integers(len(job.heroes)))]
    options = job.schemes[hero.work.sha256]
    scheme = options[int(rng.choice(len(options), p=_falling(len(options), 0.8)))]
    pair = job.pairs[int(rng.choice(len(job.pairs), p=_falling(len(job.pairs), 0.5)))]
    if look is not None:
        scheme, pair, hero = _look(job, look)
    texts = {role: job.texts[role] for role in roles}
    order = (hero, *(motif for motif in job.motifs if motif is not hero))
    logo = job.logo if made.height > 60 else None
    if logo is not None:
        texts.pop("brand", None)
    kit = Kit(
        made, job.style, scheme, pair, texts, order, job.assets, rng,
        flip=bool(rng.random() < 0.4), rim=bool(rng.random() < 0.6), stress=bool(rng.random() < 0.65), logo=logo,
    )  # fmt: skip
    plan = LAYOUTS[layout](kit)
    if plan is None:
        return None
    names = {node.asset for node in plan.nodes if isinstance(node, Picture)}
    design = Design(
        made.name,
        plan.ground,
        plan.nodes,
        plan.frames,
        {name: job.assets[name] for name in sorted(names)},
        texts,
        _facts(job, texts, layout, scheme, pair, hero),
    )
    composed = compose(design)
    return Candidate(
        design, composed, judge(design, composed, job.style), (_scheme_key(scheme), pair.name, hero.work.sha256)
    )


def _falling(count: int, ratio: float) -> list[float]:
    """Chances that fall by a ratio from one to the next."""
    weights = [ratio**index for index in range(count)]
    return [weight / sum(weights) for weight in weights]


def _scheme_key(scheme: Scheme) -> str:
    return f"{scheme.name} {to_hex(scheme.ground)} {to_hex(scheme.shape)}"


def _look(job: Job, look: Look) -> tuple[Scheme, Pair, Motif]:
    scheme = next(one for one in job.schemes[look[2]] if _scheme_key(one) == look[0])
    hero = next(motif for motif in job.heroes if motif.work.sha256 == look[2])
    return scheme, PAIRS[look[1]], hero


def _facts(job: Job, texts: dict[str, str], layout: str, scheme: Scheme, pair: Pair, hero: Motif) -> dict[str, Any]:
    return {
        "layout": layout,
        "scheme": scheme.name,
        "pair": pair.name,
        "fonts": ", ".join(dict.fromkeys(face.family for face in pair.faces)),
        "hero": hero.work.title,
        "seed": job.seed,
        "left_out": ", ".join(role for role in job.texts if role not in texts and not (role == "brand" and job.logo)),
    }


def chosen(candidates: Sequence[Candidate], n: int) -> list[Candidate]:
    """The best, then each time the best of those that look different enough from what is chosen."""
    kept: list[Candidate] = []
    left = sorted(candidates, key=lambda one: (-one.score.total, one.design.facts["layout"], one.look))
    while left and len(kept) < n:
        worth = [(one.score.total - max((_alike(one, other) for other in kept), default=0.0), one) for one in left]
        value, best = max(worth, key=lambda pair: pair[0])
        if value < -0.5:
            break
        kept.append(best)
        left = [one for one in left if one is not best]
    return kept


def _alike(one: Candidate, other: Candidate) -> float:
    """What a candidate loses for looking like one that is chosen; 2 for a duplicate."""
    apart = float(np.linalg.norm(one.score.thumbnail - other.score.thumbnail, axis=2).mean())
    if apart < 0.05:
        return 2.0
    same = 0.16 * (one.design.facts["layout"] == other.design.facts["layout"])
    same += 0.10 * (one.look[0] == other.look[0]) + 0.04 * (one.look[1] == other.look[1])
    return float(same + 0.10 * max(0.0, 1 - apart / 0.2))
