"""The whole walk, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.commands.walk import assisting, buying, drawing, ending, freelancing, selling, trading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oeuvre.commands.walk.journey import Journey

STEPS: tuple[tuple[str, Callable[[Journey], None]], ...] = (
    ("a freelancer signs up and applies", freelancing.joins),
    ("an operator approves the application", freelancing.is_approved_by),
    ("the freelancer subscribes to the Creation Model plan", freelancing.subscribes),
    ("brings works, sees each verdict, mends one", freelancing.brings_works),
    ("trains a model and watches it", freelancing.trains),
    ("reads the report, judges samples, approves", freelancing.reads_report),
    ("sets rules and prices, publishes", freelancing.publishes),
    ("writes a gig, to be offered beside the model", selling.writes_gig),
    ("a buyer signs up and finds the model", buying.finds_model),
    ("an operator lets the gig through; the buyer finds it", selling.is_let_through),
    ("writes a prompt and watches the preview", buying.watches_preview),
    ("gets nothing of the clean text unpaid", buying.gets_nothing_unpaid),
    ("buys a licence and downloads everything", buying.buys),
    ("verifies the credentials; a changed byte is told", buying.verifies),
    ("asks for an edit and writes a message", buying.asks_for_edit_and_writes),
    ("the edit is ordered and finished by hand", trading.is_finished_by_hand),
    ("the buyer says a need in plain words; it becomes a brief", trading.says_need),
    ("the freelancer offers, the buyer accepts and pays", trading.is_offered),
    ("a delivery is kept back, mended, revised, accepted", trading.is_delivered),
    ("both review, neither before the other", trading.is_reviewed),
    ("the freelancer sets up an assistant, and it rehearses", assisting.is_set_up),
    ("it goes live: an enquiry is answered from the gig", assisting.answers),
    ("what no source settles is handed off to the freelancer", assisting.hands_off),
    ("an illustrator joins beside the writer", drawing.joins),
    ("brings drawings; one file reserves itself, and she says why not", drawing.brings_drawings),
    ("trains a model that draws, approves and publishes it", drawing.trains),
    ("the buyer asks for a design and sees a small copy of it", drawing.sees_preview),
    ("buys it; PNG, SVG, PDF and WebP say whose it is", drawing.buys),
    ("the illustrator earns what her receipt says", drawing.is_paid),
    ("the freelancer earns what the receipt says", ending.earns),
    ("the operator's books balance", ending.books_balance),
    ("switching off closes everything within 5 seconds", ending.is_switched_off),
)


def walk_all(walk: Journey, models: Path) -> None:
    """Raises StepFailedError at the first step that is wrong."""
    teller = walk.teller
    for title, part in STEPS:
        with teller.step(title):
            part(walk)
    with teller.step("the version writes the same in a second installation"):
        ending.is_carried_elsewhere(walk, models)
    with teller.step("deleting destroys the key; papers still verify"):
        ending.is_deleted(walk)
    teller.table()
