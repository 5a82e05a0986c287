"""What an offer is made of: which package, how many, which extras; and that nobody guesses where it is unclear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oeuvre.domains.assistant.engine.reasons import BEYOND_LIMITS
from oeuvre.domains.assistant.engine.types import Action, ExtraFacts, PackageFacts, TaskKind
from oeuvre.kit.money import Money
from tests.support.knowledge import GIG, KNOWLEDGE, ORDER, RULES, ask

EXTRAS = (
    ExtraFacts("Express", Money(2500, "EUR"), 0, "It is done in 48 hours."),
    ExtraFacts("One more colour", Money(500, "EUR"), 1, "Another colour in the seat."),
    ExtraFacts("Ten felt pads", Money(300, "EUR"), 0, "For ten feet."),
)
SET = PackageFacts("standard", "Full set", Money(9000, "EUR"), 9, 1, "Three joints and a polish.", ("3 joints",))
SHOP = replace(GIG, extras=EXTRAS, packages=(GIG.packages[0], SET, GIG.packages[1]))
OFFERS = replace(RULES, offers=replace(RULES.offers, most=Money(100_000, "EUR")))


def offered(message: str) -> tuple[str, str, str] | str:
    """Package, copies and extras of the offer, or why there is none."""
    decision = ask(message, rules=OFFERS, knowledge=replace(KNOWLEDGE, gigs=(SHOP,)))
    if decision.task is None or decision.task.kind is not TaskKind.CUSTOM_OFFER:
        return decision.reason
    told = dict(decision.task.arguments)
    return told["package"], told["copies"], told["extras"]


@pytest.mark.parametrize(
    ("message", "package", "copies", "extras"),
    [
        ("Please make me an offer for Glue.", "basic", "1", ""),
        ("Please send me an offer for two Glue packages.", "basic", "2", ""),
        ("Could you send me an offer for 3 x New seat?", "premium", "3", ""),
        ("Could you make us an offer for the New seat twice?", "premium", "2", ""),
        ("I have ten chairs, so make me an offer for two of the Full set please.", "standard", "2", ""),
        ("Please draw up an offer for New seat with one more colour.", "premium", "1", "1"),
        ("Please send an offer: Glue plus ten felt pads, plus express.", "basic", "1", "0,2"),
        ("Pode fazer-me uma proposta para dois New seat com express?", "premium", "2", "0"),
    ],
)
def test_offer__holds_what_is_asked_for(message: str, package: str, copies: str, extras: str) -> None:
    assert offered(message) == (package, copies, extras)


def test_offer__takes_a_title_that_says_a_size_for_the_title() -> None:
    """*Full set* is the middle one here, not the biggest."""
    assert offered("Please make me an offer for the Full set.") == ("standard", "1", "")


@pytest.mark.parametrize(
    "message",
    [
        "Please make me an offer for Glue plus two more colours.",  # an extra is in an offer once
        "Please make me an offer for Glue with a harpsichord.",  # nothing on sale
        "Please make me an offer for Glue, plus express, plus a harpsichord.",
        "Please make me an offer for Glue, seven for us and eight for my sister.",
    ],
)
def test_offer__leaves_to_a_person_what_is_unclear(message: str) -> None:
    assert offered(message) == BEYOND_LIMITS


WAITING = replace(ORDER, missing=("A photo of the chair",))


@pytest.mark.parametrize(
    "message",
    [
        "Just paid. What do you need from me now?",
        "What do you need from me before you can begin?",
        "Acabei de pagar. O que é que preciso de enviar?",
    ],
)
def test_order__tells_whoever_has_one_that_waits_what_it_waits_for(message: str) -> None:
    decision = ask(message, orders=(WAITING,))

    assert decision.task is not None
    assert decision.task.kind is TaskKind.COLLECT_REQUIREMENTS
    assert any("A photo of the chair" in sentence.text for sentence in decision.sentences)


def test_order__is_told_about_what_is_asked_most_first() -> None:
    decision = ask("Is anything still missing from my side for the order?", orders=(WAITING,))

    assert decision.action is Action.TASK
    assert decision.task is not None
    assert decision.task.kind is TaskKind.COLLECT_REQUIREMENTS
