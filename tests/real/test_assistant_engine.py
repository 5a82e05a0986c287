"""The assistant's engine with the real vectors, on a few messages that share hardly a word with their sources."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from oeuvre.domains.assistant.engine.deciding import decide
from oeuvre.domains.assistant.engine.types import (
    Action,
    FaqFacts,
    GigFacts,
    Knowledge,
    PackageFacts,
    Profile,
    Rules,
    Situation,
)
from oeuvre.domains.assistant.engine.understanding import LEARNT, mind_of
from oeuvre.kit.money import Money

pytestmark = pytest.mark.real

KNOWLEDGE = Knowledge(
    Profile("Tove"),
    (
        GigFacts(
            "maps",
            "A hand-drawn map of your town",
            "A map in ink, drawn for you.",
            packages=(PackageFacts("basic", "One street", Money(9000, "EUR"), 7, 1, "One street."),),
            faq=(
                FaqFacts("Which paper do you draw on?", "Cotton paper of 300 grams, which does not yellow."),
                FaqFacts("Do you ship the original?", "Yes, rolled in a tube, within the European Union."),
            ),
            rights="You may print it for yourself, not for sale.",
        ),
    ),
)


@pytest.fixture(scope="module")
def vectors():
    from oeuvre_studio.text.embeddings import load_embedder

    embedder = load_embedder()

    class Embedded:
        def of(self, texts):
            return embedder.embed(list(texts)).tolist()

    return Embedded()


@pytest.fixture(scope="module")
def reader():
    from oeuvre.domains.assistant.engine.types import Judgement
    from oeuvre_studio.text.reading import load_reader

    taught = load_reader()

    class Embedded:
        def judge(self, question, texts):
            found = taught.judge(question, texts)
            return Judgement(tuple(found.settles), tuple(found.touches), found.kinds)

    return Embedded()


def decided(message, vectors, reader=None):
    rules = Rules(languages=("en", "pt"))
    where = Situation(datetime(2026, 11, 24, tzinfo=UTC), about="maps")
    return decide(message, knowledge=KNOWLEDGE, rules=rules, situation=where, vectors=vectors, reader=reader)


def test_learnt__fits_the_phrases_as_they_are(vectors):
    """Whoever changes a phrase runs ``python benchmarks/assistant.py --learn --fit``."""
    assert LEARNT.is_file()
    assert mind_of(vectors).learnt is not None


@pytest.mark.parametrize(
    ("message", "source"),
    [
        ("What do I have to pay for a single street?", "gig:maps:package:basic"),
        ("Quanto custa o pacote?", "gig:maps:package:basic"),
        ("On what kind of paper is it drawn?", "gig:maps:faq:0"),
    ],
)
def test_decide__finds_the_source_by_meaning(message, source, vectors, reader):
    decision = decided(message, vectors, reader)
    assert decision.action in {Action.ANSWER, Action.COMPOSE}
    assert source in decision.sources


@pytest.mark.parametrize(
    "message",
    [
        "The ink ran all over the station and you have not replied for a week.",
        "Would you come to our school and teach the children for two days?",
        "A nossa advogada quer que assine o contrato dela primeiro.",
    ],
)
def test_decide__hands_off_what_only_sounds_like_a_question(message, vectors, reader):
    assert decided(message, vectors, reader).action is Action.HAND_OFF


@pytest.mark.parametrize(
    "message",
    [
        "My budget is half of what you ask. Will you do the biggest package for that?",
        "O meu orçamento é metade do que pede. Faz o pacote maior por esse valor?",
    ],
)
@pytest.mark.parametrize("is_read", [True, False])
def test_decide__knows_a_haggle_by_what_stands_beside_the_question(message, is_read, vectors, reader):
    decision = decided(message, vectors, reader if is_read else None)
    assert decision.action is Action.HAND_OFF
    assert decision.sources == ()


def test_reader__tells_what_settles_a_question_from_what_is_only_about_it(reader):
    texts = [
        "Do you ship the original? Yes, rolled in a tube, within the European Union.",
        "Cotton paper of 300 grams.",
    ]
    settled = reader.judge("Could you send the drawing itself to Lisbon?", texts)
    assert settled.settles[0] > settled.settles[1]
    missed = reader.judge("Could you send the drawing itself to Brazil by courier before Friday?", texts)
    assert missed.settles[0] < settled.settles[0]
    assert missed.touches[0] > missed.touches[1]
