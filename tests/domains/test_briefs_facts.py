"""Facts that the guide reads in a need: amounts, dates, lengths, languages, formats."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from oeuvre.domains.briefs.guide.draft import TITLE, title_of
from oeuvre.domains.briefs.guide.facts import Facts, facts_of
from oeuvre.domains.briefs.limits import LIMITS

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("text", "budget", "currency"),
    [
        ("My budget is $1,500 for all of it.", 1500, "USD"),
        ("I can pay up to 2k.", 2000, ""),
        ("tarot deck, budget 900 euros", 900, "EUR"),
        ("logo for my podcast, 150 dollar, three drafts", 150, "USD"),
        ("I've got 15k and an idea.", 15000, ""),
        ("We have about £4.000 for this.", 4000, "GBP"),
        ("We were quoted 18k for a shoot.", None, ""),
        ("Our bill is $3,800 a month.", None, ""),
        ("I pay about $60 a piece.", None, ""),
        ("Newsletter, 1,200 words, 30 euros.", 30, "EUR"),
    ],
)
def test_budget__is_what_is_offered_and_not_what_something_costs(text: str, budget: int | None, currency: str) -> None:
    facts = facts_of(text, today=TODAY)
    assert (facts.budget, facts.currency) == (budget, currency)


def test_facts__take_no_heap_of_digits_for_a_number() -> None:
    """Reading one without an end takes the square of its length."""
    heap = "9" * LIMITS.need
    for text in (f"{heap} words", f"within {heap} days", f"{heap} hours"):
        assert facts_of(text, today=TODAY) == Facts()


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("I need it by Friday.", date(2026, 11, 27)),
        ("posters till sunday", date(2026, 11, 29)),
        ("by tomorrow please", date(2026, 11, 23)),
        ("within three weeks", date(2026, 12, 13)),
        ("before December", date(2026, 11, 30)),
        ("by March", date(2027, 3, 31)),
        ("by 14 March", date(2027, 3, 14)),
        ("before 24th of November", date(2026, 11, 24)),
        ("I rename files each Friday", None),
        ("three hundred years in the past", None),
    ],
)
def test_due__is_a_date_after_today(text: str, due: date | None) -> None:
    assert facts_of(text, today=TODAY).due == due


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ten articles of 800 words", {"words": 800}),
        ("a 45-second theme", {"seconds": 45}),
        ("Six hours of film cut to eight minutes", {"seconds": 480}),
        ("upscale it to 4K", {"pixels": (3840, 2160)}),
        ("to a usable HD", {"pixels": (1920, 1080)}),
        ("please deliver as PNG and export as tiff", {"formats": ("png", "tif")}),
        ("the date inside the PDF", {"formats": ()}),
        ("in Spanish, French and German", {"languages": ("es", "fr", "de")}),
        ("a native Welsh speaker", {"languages": ("cy",)}),
        ("a German shepherd", {"languages": ()}),
    ],
)
def test_lengths_formats_and_languages(text: str, expected: dict[str, Any]) -> None:
    facts = facts_of(text, today=TODAY)
    assert {name: getattr(facts, name) for name in expected} == expected


def test_title__is_the_first_sentence_without_its_greeting() -> None:
    assert title_of("Hi! Yes. We sell tea in three cities. And more.") == "We sell tea in three cities"
    long = title_of("word " * 40)
    assert len(long) <= TITLE
    assert long.endswith("…")
