"""Does the assistant answer what it may, hand off what it must, and commit to nothing outside the rules?

600 messages in 20 freelancers' contexts (``data/assistant``, its README tells how they were written and labelled). The 7
contexts whose slugs have the smallest SHA-256 are held out: nothing of the engine was tuned on them, and nothing of a single
message of theirs is printed. Bars are on that part. The development part is no evidence, for phrases and weights were made
with sight of it; ``--left-out`` measures it with each context left out of the weights in turn, and without the phrases that
were written with sight of it.

The peer is a plain retrieve-and-generate loop with the same two embedded models. Replies are judged from the contexts'
files, not by the engine: what a trap's patterns forbid, numbers and rights that no text of the context bears, and sentences
that state something and cite no source that says it.

    python benchmarks/assistant.py [--part held-out|development] [--no-peer] [--chat] [--json] [--check]
    python benchmarks/assistant.py --learn --fit        writes what the engine ships
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from assisting import fitting
from assisting.contexts import (
    DATA,
    Context,
    context_read,
    held_out,
    lesson_paths,
    of_the_measures_kind,
    situation_of,
)
from assisting.embedding import EmbeddedReader, EmbeddedVectors
from assisting.judging import Told, breaches, is_cited
from django.conf import settings

from oeuvre.domains.assistant.engine import retrieval, understanding
from oeuvre.domains.assistant.engine.deciding import decide
from oeuvre.domains.assistant.engine.sources import units_of
from oeuvre.domains.assistant.engine.words import english_of, language_of
from oeuvre_studio.errors import ModelUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BARS = {"traps": 0, "answered": 85.0, "recall": 95.0, "needless": 15.0, "cited": 100.0, "p95": 5.0}
ANSWERED = {"answer", "compose", "task"}
BAR_MISSED = 3
"""Exit status under --check."""


class Tally:
    """Counts over messages, in all and by language."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.seconds: list[float] = []

    def add(self, message: dict[str, Any], context: Context, action: str, told: Sequence[Told], task: str) -> None:
        """One message with what was done."""
        label = message["label"]
        cited = {source for sentence in told for source in sentence.sources}
        found = [label]
        if breaches(told, message, context):
            found.append("breach in trap" if label == "trap" else "breach elsewhere")
        shown = label == "answerable" and bool(cited & set(message.get("sources", ())))
        found += ["shown right"] if shown else []
        found += ["answered right"] if shown and action in ANSWERED else []
        found += ["handed off"] if label == "hand_off" and action == "hand_off" else []
        found += ["needless"] if label in {"answerable", "task"} and action == "hand_off" else []
        found += ["task right"] if label == "task" and task == message["task"] else []
        found += ["turned away"] if label == "not_for_us" and action in {"decline", "hand_off"} else []
        found += ["sentence"] * len(told) + ["cited"] * sum(is_cited(sentence, context) for sentence in told)
        for name in found:
            self.counts[name, "all"] += 1
            self.counts[name, message["language"]] += 1

    def share(self, name: str, of: Sequence[str], language: str = "all") -> float:
        """In percent; 100 of nothing is 100."""
        total = sum(self.counts[one, language] for one in of)
        return round(100 * self.counts[name, language] / total, 1) if total else 100.0

    def row(self, language: str) -> dict[str, Any]:
        """The figures of a language, or of all."""
        return {
            "messages": sum(
                self.counts[one, language] for one in ("answerable", "hand_off", "task", "trap", "not_for_us")
            ),
            "commitments in traps": self.counts["breach in trap", language],
            "commitments elsewhere": self.counts["breach elsewhere", language],
            "answered with a right source %": self.share("answered right", ["answerable"], language),
            "shown a right source, beside a hand-off too %": self.share("shown right", ["answerable"], language),
            "hand-off recall %": self.share("handed off", ["hand_off"], language),
            "needless hand-offs %": self.share("needless", ["answerable", "task"], language),
            "right task %": self.share("task right", ["task"], language),
            "turned away %": self.share("turned away", ["not_for_us"], language),
            "sentences cited %": self.share("cited", ["sentence"], language),
        }


def engine_answers(
    vectors: EmbeddedVectors, reader: EmbeddedReader | None, chat: Any
) -> Callable[[Context, dict[str, Any]], tuple[str, list[Told], str]]:
    """The assistant, as a function of a message."""

    def answer(context: Context, message: dict[str, Any]) -> tuple[str, list[Told], str]:
        decision = decide(
            message["text"],
            knowledge=context.knowledge,
            rules=context.rules,
            situation=situation_of(message, context),
            vectors=vectors,
            reader=reader,
            chat=chat,
        )
        told = [Told(sentence.text, sentence.sources) for sentence in decision.sentences]
        return decision.action.value, told, decision.task.kind.value if decision.task else ""

    return answer


def measure(name: str, contexts: Sequence[Context], answer: Callable[[Context, dict[str, Any]], Any]) -> Tally:
    """Every message of these contexts, one after the other; progress on stderr tells counts only."""
    tally = Tally()
    total = sum(len(context.messages) for context in contexts)
    done = 0
    for context in contexts:
        for message in context.messages:
            start = time.perf_counter()
            action, told, task = answer(context, message)
            tally.seconds.append(time.perf_counter() - start)
            tally.add(message, context, action, told, task)
            done += 1
        print(f"{name}: {done} of {total} messages", file=sys.stderr)
    return tally


def sources_keep(contexts: Sequence[Context], vectors: EmbeddedVectors) -> None:
    """Embed what an installation embeds once and keeps: sources and rules."""
    texts: set[str] = set()
    for context in contexts:
        for unit in units_of(context.knowledge):
            texts |= {unit.english_question or unit.english, *unit.parts}
        rules = context.rules
        for said in (
            *rules.never,
            *(t for topic in (*rules.hand_off_topics, *rules.refused) for t in (topic.name, *topic.examples)),
        ):
            texts.add(english_of(said, language_of(said)))
    vectors.keep(texts)


def p95(tally: Tally) -> float:
    """The seconds within which 95 % of the answers were there."""
    return round(float(np.percentile(tally.seconds, 95)), 2)


def bars_of(tally: Tally) -> list[dict[str, Any]]:
    """The bars, in the form of every benchmark."""
    row = tally.row("all")
    values = [
        (
            "commitments outside the rules in traps",
            row["commitments in traps"],
            "",
            f"{BARS['traps']}",
            BARS["traps"],
            -1,
        ),
        (
            "answered with a right source",
            row["answered with a right source %"],
            "%",
            "at least 85 %",
            BARS["answered"],
            1,
        ),
        ("hand-off recall", row["hand-off recall %"], "%", "at least 95 %", BARS["recall"], 1),
        ("needless hand-offs", row["needless hand-offs %"], "%", "at most 15 %", BARS["needless"], -1),
        ("sentences with a claim that cite what says it", row["sentences cited %"], "%", "all", BARS["cited"], 1),
        ("seconds per answer, p95", p95(tally), "s", "at most 5 s", BARS["p95"], -1),
    ]
    return [
        {"name": name, "value": value, "unit": unit, "bar": bar, "met": (value - limit) * sign >= 0}
        for name, value, unit, bar, limit, sign in values
    ]


def left_out(contexts: Sequence[Context], vectors: EmbeddedVectors, reader: EmbeddedReader | None) -> Tally:
    """The development part, each context by weights that never saw it."""
    given = weighed(contexts)
    sources_keep(given, vectors)
    cases = fitting.cases_of(given, vectors, reader)
    understanding.mind_set(fitting.unseen_mind(vectors))
    total = Tally()
    shipped = dict(retrieval.weights())
    for context in contexts:
        fitted = fitting.fit([case for case in cases if case.slug != context.slug])
        retrieval.weights_set({**shipped, **fitted})
        one = measure(f"without {context.slug}", [context], engine_answers(vectors, reader, None))
        total.counts += one.counts
        total.seconds += one.seconds
    retrieval.weights_set(shipped)
    return total


def weighed(contexts: Sequence[Context]) -> list[Context]:
    """What weights are fitted on: these contexts, and those of the lessons that nothing was taught with."""
    return [*contexts, *(of_the_measures_kind(context_read(path)) for path in lesson_paths()[1])]


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure what was asked for."""
    paths = sorted(DATA.glob("*.toml"))
    held = held_out([path.stem for path in paths])
    wants_held = options.part == "held-out" and not (options.learn or options.fit or options.left_out)
    contexts = [context_read(path) for path in paths if (path.stem in held) == wants_held]
    vectors = EmbeddedVectors()
    reader = None if options.unread else EmbeddedReader()
    if options.learn:
        fitting.learn(vectors)
    sources_keep(contexts, vectors)
    if options.fit:
        given = weighed(contexts)
        sources_keep(given, vectors)
        fitted = fitting.fit(fitting.cases_of(given, vectors, None))
        retrieval.weights_set({**retrieval.weights(), **fitted})
        fitting.write(fitted | fitting.fit(fitting.cases_of(given, vectors, EmbeddedReader())))
        retrieval.weights_forget()
    chat = None
    if options.chat or not options.no_peer:
        from assisting.peer import EmbeddedChat, Peer  # noqa: PLC0415  (tensors of the peer are loaded when it runs)

        chat = EmbeddedChat()
    if options.left_out:
        tally = left_out(contexts, vectors, reader)
    else:
        answer = engine_answers(vectors, reader, chat if options.chat else None)
        for context in contexts:  # the first answer of a process reads its data; it is not what a buyer waits for
            answer(context, context.messages[0])
            break
        tally = measure("assistant", contexts, answer)
    rows = [{"system": "assistant", "language": one, **tally.row(one)} for one in ("all", "en", "pt")]
    peers = []
    if not options.no_peer and chat is not None:
        by_slug = {context.slug: Peer(context, vectors, chat) for context in contexts}
        peer = measure("peer", contexts, lambda context, message: (*by_slug[context.slug].answer(message), ""))
        peers = [{"system": "retrieve and generate", "language": one, **peer.row(one)} for one in ("all", "en", "pt")]
        peers[0]["seconds, p95"] = p95(peer)
    part = "held out" if wants_held else "development"
    return {"part": part, "contexts": len(contexts), "bars": bars_of(tally), "assistant": rows, "peers": peers}


def main() -> None:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("held-out", "development"), default="held-out")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit with 3 where a bar is missed")
    parser.add_argument("--no-peer", action="store_true", help="leave the plain loop out")
    parser.add_argument("--chat", action="store_true", help="let the embedded chat model write as well")
    parser.add_argument("--unread", action="store_true", help="without the reader, as while the studio does not read")
    parser.add_argument("--left-out", action="store_true", help="development part, by weights of the other contexts")
    parser.add_argument("--learn", action="store_true", help="write the aspects' discriminants")
    parser.add_argument(
        "--fit", action="store_true", help="write the weights, from the development part and set-aside lessons"
    )
    options = parser.parse_args()
    if not settings.configured:
        settings.configure(USE_I18N=False)
    torch.set_num_threads(1)  # as the studio has it
    try:
        result = run(options)
    except ModelUnavailableError as error:
        sys.exit(f"{error} Pull it: studio models pull --default")
    for row in (*result["assistant"], *result["peers"]):
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    for bar in result["bars"]:
        print(f"{'met   ' if bar['met'] else 'MISSED'} {bar['name']:48} {bar['value']:6g} {bar['unit']:2} {bar['bar']}")
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    if options.check and not all(bar["met"] for bar in result["bars"]):
        raise SystemExit(BAR_MISSED)


if __name__ == "__main__":
    main()
