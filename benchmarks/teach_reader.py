"""Teach the assistants' reader anew, and write what it learnt into ``src/oeuvre_studio/text/reader.safetensors``.

It learns from ``data/assistant_training`` alone; ``data/assistant`` measures. About 40 minutes on one core. The weights by which the
engine takes its word are fitted afterwards: ``python benchmarks/assistant.py --fit``.

    python benchmarks/teach_reader.py [--rounds 2]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from assistant import sources_keep
from assisting.contexts import context_read
from assisting.embedding import EmbeddedVectors
from assisting.teaching import Pupil, learnt_of, lessons_of, teach
from django.conf import settings
from safetensors.torch import save_file

from oeuvre_studio.errors import ModelUnavailableError
from oeuvre_studio.text.reading import LEARNT, PairNetwork, untaught

LESSONS = Path(__file__).with_name("data") / "assistant_training"


def main() -> None:
    """Read the lessons, teach, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2, help="times that all lessons are gone through")
    options = parser.parse_args()
    if not settings.configured:
        settings.configure(USE_I18N=False)
    torch.set_num_threads(1)  # two wait for each other longer than they compute
    try:
        usual, tokenizer = untaught(PairNetwork)
        pupil, _ = untaught(Pupil)
    except ModelUnavailableError as error:
        sys.exit(f"{error} Pull it: studio models pull --default")
    contexts = [context_read(path) for path in sorted(LESSONS.glob("*.toml"))]
    vectors = EmbeddedVectors()
    sources_keep(contexts, vectors)
    lessons = lessons_of(contexts, vectors)

    def keep() -> None:
        save_file(learnt_of(pupil, usual), LEARNT, metadata={"lessons": str(len(lessons))})

    teach(pupil, tokenizer, lessons, options.rounds, keep)


if __name__ == "__main__":
    main()
