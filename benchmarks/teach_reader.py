"""Teach the assistants' reader anew, and write what it learnt into ``src/oeuvre_studio/text/reader.safetensors``.

It learns from ``data/assistant_training``, but for the contexts that are kept for weighing its word (``fitting``); ``data/assistant``
measures. About 90 minutes a round on two cores that multiply bf16. The weights by which the engine takes its word are fitted
afterwards: ``python benchmarks/assistant.py --fit``.

    python benchmarks/teach_reader.py [--rounds 1]
    python benchmarks/teach_reader.py --go-on 12        from what is known, with the last 12 messages of each context

Going on takes one message in sixteen of the earlier ones again, and keeps the mean of what was known before and after.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from assistant import sources_keep
from assisting.contexts import Context, context_read, lesson_paths, of_the_measures_kind
from assisting.embedding import EmbeddedVectors
from assisting.teaching import RATE, Lesson, blank_of, lessons_of, mean_of, teach
from django.conf import settings
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from oeuvre_studio.errors import ModelUnavailableError
from oeuvre_studio.text.reading import KINDS, LEARNT, untaught

AGAIN = 16
"""Of so many earlier messages one is gone through again, so that it is not forgotten."""


def main() -> None:
    """Read the lessons, teach, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="times that all lessons are gone through")
    parser.add_argument("--go-on", type=int, metavar="MESSAGES", help="learn so many of each context, not anew")
    parser.add_argument("--write", type=Path, default=LEARNT, help="where to, if not into the package")
    options = parser.parse_args()
    if not settings.configured:
        settings.configure(USE_I18N=False)
    try:
        network, tokenizer = untaught()
    except ModelUnavailableError as error:
        sys.exit(f"{error} Pull it: studio models pull --default")
    contexts = [context_read(path) for path in lesson_paths()[0]]
    vectors = EmbeddedVectors()
    sources_keep(contexts, vectors)
    if options.go_on is None:
        lessons, earlier = lessons_of(contexts, vectors), 0
        learnt = teach(network, tokenizer, lessons, known=blank_of(network), rounds=options.rounds)
    else:
        known = load_file(LEARNT)
        with safe_open(LEARNT, "pt") as file:
            earlier = int(file.metadata()["lessons"])
        lessons = _newest(contexts, vectors, options.go_on)
        after = teach(network, tokenizer, lessons, known=known, rate=RATE / 2, rounds=options.rounds)
        learnt = mean_of(known, after)
    save_file(learnt, options.write, metadata={"kinds": " ".join(KINDS), "lessons": str(earlier + len(lessons))})


def _newest(contexts: list[Context], vectors: EmbeddedVectors, count: int) -> list[Lesson]:
    """The last messages of each context, and some of those before them that were written as the measure's were."""
    chosen = []
    for place, context in enumerate(contexts):
        before = of_the_measures_kind(replace(context, messages=context.messages[:-count])).messages
        chosen.append(replace(context, messages=[*context.messages[-count:], *before[place % AGAIN :: AGAIN]]))
    return lessons_of(chosen, vectors)


if __name__ == "__main__":
    main()
