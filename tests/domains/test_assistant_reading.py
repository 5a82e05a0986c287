"""The engine with a reader: what it is given to read, whose word counts, and what happens while it is away. The reader is scripted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.assistant.engine.deciding import decide
from oeuvre.domains.assistant.engine.judging import MOST_PIECES, MOST_READ, Judged, judged, read_features, weighed
from oeuvre.domains.assistant.engine.pieces import LONG, OTHER, THIS, pieces_of
from oeuvre.domains.assistant.engine.retrieval import Found
from oeuvre.domains.assistant.engine.sources import Unit, units_of
from oeuvre.domains.assistant.engine.types import Action, Judgement, Knowledge, Passage, Profile, Situation
from tests.support.knowledge import KNOWLEDGE, NOW, ORDER, RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = {"answerable": 0.9, "hand_off": 0.05, "order_status": 0.03, "not_for_us": 0.02}
UNSURE = {"answerable": 0.05, "hand_off": 0.9, "order_status": 0.03, "not_for_us": 0.02}


class Scripted:
    """Holds for settling what has certain words in it."""

    def __init__(self, words: str = "", kinds: dict[str, float] = KINDS) -> None:
        self.words, self.kinds = words, kinds
        self.read: list[tuple[str, list[str]]] = []

    def judge(self, question: str, texts: Sequence[str]) -> Judgement:
        self.read.append((question, list(texts)))
        settles = tuple(0.98 if self.words and self.words in text else 0.01 for text in texts)
        return Judgement(settles, tuple(0.98 if one > 0.5 else 0.1 for one in settles), self.kinds)


class Away:
    """Reads nothing at present."""

    def judge(self, question: str, texts: Sequence[str]) -> None:
        del question, texts


def ask(message: str, reader: Scripted | Away | None, knowledge: Knowledge = KNOWLEDGE):
    where = Situation(NOW, about="chairs")
    return decide(message, knowledge=knowledge, rules=RULES, situation=where, vectors=None, reader=reader)


def test_pieces__tell_every_source_and_what_a_package_costs():
    pieces = pieces_of(KNOWLEDGE)
    assert {unit.source for unit in units_of(KNOWLEDGE)} == {piece.source for piece in pieces}
    (glue,) = [piece for piece in pieces if piece.source == "gig:chairs:package:basic"]
    assert "40 EUR, 5 days, 1 revisions" in glue.text
    assert glue.beside("chairs").startswith(THIS)
    assert glue.beside("tables").startswith(OTHER)
    assert glue.beside("") == glue.text


def test_reader__gets_the_message_and_this_freelancers_sources_alone():
    reader = Scripted()
    ask("Which wood is it?", reader)
    ((question, texts),) = reader.read
    assert question == "Which wood is it?"
    told = {piece.beside("chairs") for piece in pieces_of(KNOWLEDGE)}
    assert set(texts) <= told
    assert any("nothing tropical" in text for text in texts)


def test_reader__decides_which_source_is_said():
    for words, source in (("Beech and ash", "gig:chairs:faq:0"), ("three weeks", "passage:p1")):
        decision = ask("Which wood do you use, and how long does a chair wait in the barn?", Scripted(words))
        assert decision.action in {Action.ANSWER, Action.COMPOSE}
        assert source in decision.sources


def test_reader__that_finds_nothing_settled_hands_off():
    message = "For a small chair, which wood do you use?"
    assert ask(message, Scripted("Beech and ash")).action is not Action.HAND_OFF
    assert ask(message, Scripted("", UNSURE)).action is Action.HAND_OFF


@pytest.mark.parametrize("message", ["Which wood do you use?", "Is there a guarantee for the glue?", "Hello there!"])
def test_reader__that_is_away_leaves_everything_as_without(message: str):
    assert ask(message, Away()) == ask(message, None)


def test_judged__reads_the_likeliest_and_a_few_where_nothing_is_likely():
    notes = tuple(Passage(f"n{n}", f"Note {n}", f"Thing number {n} is kept.") for n in range(40))
    knowledge = Knowledge(Profile("Tove"), (), (), notes)
    found = [Found(unit, n / 100, {}) for n, unit in enumerate(units_of(knowledge))]
    reader = Scripted()
    judged("What?", [found], "", knowledge, reader)
    likeliest = [f"Note {n}: Thing number {n} is kept." for n in range(39, 39 - MOST_READ, -1)]
    assert reader.read[0][1] == likeliest
    judged("What?", [], "", knowledge, reader)
    assert 1 <= len(reader.read[1][1]) < MOST_READ


def test_pieces__of_a_long_source_are_several_below_its_title():
    text = " ".join(f"Sentence {n} says what number {n} of forty says." for n in range(40))
    pieces = pieces_of(Knowledge(Profile("Tove"), (), (), (Passage("p", "How I work", text),)))
    mine = [piece.text for piece in pieces if piece.source == "passage:p"]
    assert len(mine) > 3
    assert all(piece.startswith("How I work: Sentence") and len(piece) <= LONG + 2 for piece in mine)
    assert " ".join(piece.removeprefix("How I work: ") for piece in mine) == text


def test_judged__reads_of_a_long_source_what_was_found_in_it():
    text = " ".join(f"Sentence {n} says what number {n} of forty says." for n in range(40))
    knowledge = Knowledge(Profile("Tove"), (), (), (Passage("p", "How I work", text),))
    last = next(unit for unit in units_of(knowledge) if "Sentence 39" in unit.text)
    reader = Scripted()
    judged("What?", [[Found(last, 0.9, {})]], "", knowledge, reader)
    mine = [one for one in reader.read[0][1] if one.startswith("How I work")]
    assert len(mine) == MOST_PIECES
    assert "Sentence 39" in mine[0]
    assert "Sentence 0 " in mine[1]


def test_weighed__holds_what_was_not_read_for_not_settled():
    read, unread = (Found(Unit(source, "faq", "Yes.", "en"), 0.5, {"near": 0.5}) for source in ("a", "b"))
    first, second = weighed([unread, read], Judged({"a": 0.9}, {"a": 0.9}, KINDS))
    assert (first.unit.source, second.unit.source) == ("a", "b")
    assert second.features["read"] == -1.0
    assert weighed([unread], Judged()) == [unread]


def test_read_features__tell_a_near_miss_from_an_answer():
    miss = read_features(Judged({"a": -0.8, "b": -0.9}, {"a": 0.9, "b": -0.9}, UNSURE), ["a"])
    answer = read_features(Judged({"a": 0.8, "b": -0.9}, {"a": 0.9, "b": -0.9}, KINDS), ["a"])
    assert miss["touched_most"] == answer["touched_most"] == 0.9
    assert (miss["read_most"], answer["read_most"]) == (-0.8, 0.8)
    assert (miss["read_nearest"], answer["read_said"]) == (-0.8, 0.8)
    assert read_features(Judged(), ["a"]) == {}


def test_read_features__tell_who_should_answer_by_odds():
    kinds = read_features(Judged({"a": 0.0}, {"a": 0.0}, UNSURE), [])
    assert kinds["kind_person"] > 0 > kinds["kind_answerable"]
    assert kinds["kind_outside"] == 0.02


def test_reader__that_sees_a_wish_for_files_leaves_it_to_the_words_which():
    paid = replace(ORDER, invoice_url="/invoices/77", files_url="/orders/77/files")
    reader = Scripted(kinds={"files": 0.97, "answerable": 0.01, "hand_off": 0.01, "not_for_us": 0.01})

    def said(message: str) -> str:
        where = Situation(NOW, orders=(paid,), about="chairs")
        decision = decide(message, knowledge=KNOWLEDGE, rules=RULES, situation=where, vectors=None, reader=reader)
        return " ".join(sentence.text for sentence in decision.sentences)

    assert "/invoices/77" in said("My accountant wants the invoice.")
    assert "/orders/77/files" not in said("My accountant wants the invoice.")
    assert "/orders/77/files" in said("Where do I download the files?")


@pytest.mark.parametrize(
    ("work", "message", "said"),
    [
        ("order_status", "Our heirloom, is it upright again?", "OE-77"),
        ("propose_times", "The rest I would rather tell you than write.", "Wednesday 09:00"),
        ("send_gig", "My aunt sits on the floor.", "/gigs/chairs/"),
    ],
)
def test_reader__that_sees_routine_work_has_it_done(work: str, message: str, said: str):
    def done(reader: Scripted | None):
        where = Situation(NOW, orders=(ORDER,), about="chairs")
        return decide(message, knowledge=KNOWLEDGE, rules=RULES, situation=where, vectors=None, reader=reader)

    assert done(Scripted()).action is not Action.TASK
    decision = done(Scripted(kinds={work: 0.97, "answerable": 0.01, "hand_off": 0.01, "not_for_us": 0.01}))
    assert decision.task is not None
    assert decision.task.kind.value == work
    assert any(said in sentence.text for sentence in decision.sentences)
