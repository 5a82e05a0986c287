"""What `oeuvre demo` does for the marketplace, here against the scripted studio, so that it is right whenever it is run."""

from __future__ import annotations

from oeuvre.commands.walk import assisting, buying, drawing, trading
from oeuvre.commands.walk.journey import Journey


def test_walk__trades_work_by_hand_through_the_sites_own_pages(on_sale: Journey) -> None:
    buying.watches_preview(on_sale)
    on_sale.clean = buying.clean_text(on_sale.freelancer.web.get(f"/studio{on_sale.piece}"))
    for part in (
        buying.asks_for_edit_and_writes,
        trading.is_finished_by_hand,
        trading.says_need,
        trading.is_offered,
        trading.is_delivered,
        trading.is_reviewed,
    ):
        part(on_sale)


def test_walk__has_an_assistant_answer_and_hand_off(on_sale: Journey) -> None:
    for part in (assisting.is_set_up, assisting.answers, assisting.hands_off):
        part(on_sale)


def test_walk__has_a_design_drawn_bought_and_verified(on_sale: Journey) -> None:
    for part in (
        drawing.joins,
        drawing.brings_drawings,
        drawing.trains,
        drawing.sees_preview,
        drawing.buys,
        drawing.is_paid,
    ):
        part(on_sale)
