"""Learning what the engine ships: discriminants of aspects, and the weights of its regressions, with and without a reader."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assisting.contexts import situation_of
from oeuvre.domains.assistant.engine import planning, retrieval, understanding
from oeuvre.domains.assistant.engine.looking import look
from oeuvre.domains.assistant.engine.phrases import FOLDER, fingerprint, phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assisting.contexts import Context
    from assisting.embedding import EmbeddedReader, EmbeddedVectors
    from oeuvre.domains.assistant.engine.looking import View

    Numbers = NDArray[np.float64]

STAGES = {False: ("finds", "unread"), True: ("settles", "hands_off")}
"""What weighs a unit and what decides, by whether a reader read."""
RIDGE = {"finds": 3.0, "unread": 0.3, "settles": 3.0, "hands_off": 0.5}
"""How far weights are drawn to 0, chosen with each development context left out in turn."""
COUNTS = {"answerable": 1.0, "task": 1.0, "hand_off": 1.6, "trap": 0.3, "not_for_us": 0.0}
"""How much a message of each label counts in learning when to hand off."""
SEEN = "indirect.toml"
"""Phrases that were written with sight of the development part: weights are fitted without them, for on messages that are
new they help less."""
WRONG = 0.35
"""How much a unit that does not settle a question counts: there are twenty of them for one that does."""
WEIGHTS = Path(retrieval.__file__).with_name("data") / "weights.toml"


@dataclasses.dataclass
class Case:
    """A message, looked at by a mind that knows no phrase that was written with sight of it."""

    slug: str
    message: dict[str, Any]
    view: View


def learn(vectors: EmbeddedVectors) -> None:
    """Write the discriminants of the phrases as they are."""
    texts = [phrase.english for phrase in phrases()]
    vectors.keep(texts)
    mind = understanding.Mind(phrases(), np.array(vectors.of(texts), dtype=np.float32))
    assert mind.learnt is not None
    weights, offsets = mind.learnt
    np.savez_compressed(
        understanding.LEARNT,
        weights=weights.astype(np.float16),
        offsets=offsets.astype(np.float32),
        fingerprint=np.array(fingerprint()),
    )


def unseen_mind(vectors: EmbeddedVectors) -> understanding.Mind:
    """A mind without the phrases of ``SEEN``."""
    seen = tomllib.loads((FOLDER / SEEN).read_text(encoding="utf-8"))
    lines = {line for entry in seen.values() for text in entry.values() for line in text.strip().splitlines()}
    learnt = [phrase for phrase in phrases() if phrase.text not in lines]
    texts = [phrase.english for phrase in learnt]
    vectors.keep(texts)
    return understanding.Mind(learnt, np.array(vectors.of(texts), dtype=np.float32))


def cases_of(contexts: Sequence[Context], vectors: EmbeddedVectors, reader: EmbeddedReader | None) -> list[Case]:
    """Every message of these contexts, looked at; with ``reader`` also read."""
    understanding.mind_set(unseen_mind(vectors))
    try:
        return [_looked_at(message, context, vectors, reader) for context in contexts for message in context.messages]
    finally:
        understanding.mind_set(None)


def _looked_at(
    message: dict[str, Any], context: Context, vectors: EmbeddedVectors, reader: EmbeddedReader | None
) -> Case:
    situation = situation_of(message, context)
    view = look(
        message["text"],
        knowledge=context.knowledge,
        rules=context.rules,
        situation=situation,
        vectors=vectors,
        reader=reader,
    )
    return Case(context.slug, message, view)


def regress(
    rows: Sequence[dict[str, float]], right: Sequence[bool], counts: Sequence[float], ridge: float
) -> dict[str, float]:
    """A logistic regression by Newton's method; weights by name, ``bias`` among them."""
    names = sorted({name for row in rows for name in row})
    x = np.array([[*(row.get(name, 0.0) for name in names), 1.0] for row in rows])
    y, w = np.array(right, dtype=float), np.array(counts)
    b = np.zeros(x.shape[1])
    penalty = np.eye(len(b)) * ridge
    penalty[-1, -1] = 1e-3
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        step = np.linalg.solve((x * (w * p * (1 - p))[:, None]).T @ x + penalty, x.T @ (w * (p - y)) + penalty @ b)
        b -= step
        if abs(step).max() < 1e-6:
            break
    return {name: round(float(value), 3) for name, value in zip([*names, "bias"], b, strict=True)}


def fit_settles(cases: Sequence[Case], stage: str) -> dict[str, float]:
    """What tells whether a unit settles a question."""
    rows, right, counts = [], [], []
    for case in cases:
        if case.message["label"] == "trap":
            continue
        wanted = set(case.message.get("sources", ()))
        for question in case.view.questions:
            for one in question.found:
                rows.append(dict(one.features))
                right.append(one.unit.source in wanted)
                counts.append(1.0 if right[-1] else WRONG)
    return regress(rows, right, counts, RIDGE[stage])


def reweighed(view: View, settles: dict[str, float]) -> View:
    """The view with its units weighed anew."""

    def sure(features: Any) -> float:
        return retrieval.logistic(features, "settles", settles)

    return dataclasses.replace(
        view,
        questions=tuple(
            dataclasses.replace(
                question,
                found=sorted(
                    (dataclasses.replace(one, sure=sure(one.features)) for one in question.found),
                    key=lambda one: -one.sure,
                ),
            )
            for question in view.questions
        ),
    )


def fit_hands_off(cases: Sequence[Case], settles_without: dict[str, dict[str, float]], stage: str) -> dict[str, float]:
    """What tells whether a person should answer. ``settles_without``: for each context the weights learnt from the others,
    so that sureness is as unsure here as it is on a context that was never seen."""
    rows, right, counts = [], [], []
    for case in cases:
        label = case.message["label"]
        if not COUNTS[label]:
            continue
        view = reweighed(case.view, settles_without[case.slug])
        settled = [planning.settle_question(question, view) for question in view.questions]
        rows.append(planning.gate_features(view, settled, planning.routine(view)))
        right.append(label in {"hand_off", "trap"})
        counts.append(COUNTS[label])
    return regress(rows, right, counts, RIDGE[stage])


def fit(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Both regressions, for cases that were all read or all not."""
    weighs, decides = STAGES[any(case.view.judged for case in cases)]
    slugs = {case.slug for case in cases}
    without = {slug: fit_settles([case for case in cases if case.slug != slug], weighs) for slug in slugs}
    return {weighs: fit_settles(cases, weighs), decides: fit_hands_off(cases, without, decides)}


def write(fitted: dict[str, dict[str, float]]) -> None:
    """Put the weights into the engine's file; its head and its limits stay."""
    head = WEIGHTS.read_text(encoding="utf-8").partition("[finds]")[0]
    told = [
        f"[{kind}]\n" + "".join(f"{name} = {value}\n" for name, value in row.items()) for kind, row in fitted.items()
    ]
    WEIGHTS.write_text(head + "\n".join(told), encoding="utf-8")
