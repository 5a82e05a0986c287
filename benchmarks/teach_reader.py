"""Teach the assistants' reader anew, and write what it learnt into ``src/oeuvre_studio/text/reader.safetensors``.

It learns from ``data/assistant_training``, but for the contexts that are kept for weighing its word (``fitting``); ``data/assistant``
measures. About 90 minutes a round on two cores that multiply bf16. The weights by which the engine takes its word are fitted
afterwards: ``python benchmarks/assistant.py --fit``.

    python benchmarks/teach_reader.py [--rounds 1]
"""

from __future__ import annotations

import argparse
import sys

from assistant import sources_keep
from assisting.contexts import context_read, lesson_paths
from assisting.embedding import EmbeddedVectors
from assisting.teaching import learnt_of, lessons_of, teach
from django.conf import settings
from safetensors.torch import save_file

from oeuvre_studio.errors import ModelUnavailableError
from oeuvre_studio.text.reading import KINDS, LEARNT, untaught


def main() -> None:
    """Read the lessons, teach, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="times that all lessons are gone through")
    options = parser.parse_args()
    if not settings.configured:
        settings.configure(USE_I18N=False)
    try:
        network, tokenizer = untaught()
    except ModelUnavailableError as error:
        sys.exit(f"{error} Pull it: studio models pull --default")
    taught, _ = lesson_paths()
    contexts = [context_read(path) for path in taught]
    vectors = EmbeddedVectors()
    sources_keep(contexts, vectors)
    lessons = lessons_of(contexts, vectors)

    def keep() -> None:
        save_file(learnt_of(network), LEARNT, metadata={"kinds": " ".join(KINDS), "lessons": str(len(lessons))})

    teach(network, tokenizer, lessons, options.rounds, keep)


if __name__ == "__main__":
    main()
