"""What a prompt asks for is read with the works' own words first."""

from __future__ import annotations

import io

import numpy as np
import pytest

from oeuvre_studio.image.choosing import colours_in, design_in, mode_in, references, size_in
from oeuvre_studio.image.index import KeptWork, Portfolio
from oeuvre_studio.image.patch.colours import WORDS
from tests.studio.image.patch.drawings import beetle


def work(title: str, *keywords: str) -> KeptWork:
    content = io.BytesIO()
    beetle(64).save(content, "PNG")
    return KeptWork(
        title.encode().hex().ljust(64, "0")[:64], f"{title}.png", title, "spot", keywords, content.getvalue(), None
    )


WORKS = (
    work("Orange trees on the terraces", "hills", "harvest"),
    work("Two lemons and a leaf", "citrus", "fruit"),
    work("A tin of sardines, opened", "fish", "pantry"),
    work("Baseball, black and white", "ball", "sport"),
    work("Donkey with two baskets", "oranges", "animal"),
)
BLANK = np.zeros((len(WORKS), 384), np.float32)
PORTFOLIO = Portfolio(WORKS, BLANK, BLANK, (0,) * len(WORKS))
NOWHERE = np.zeros(384, np.float32)


def found(prompt: str) -> tuple[str, str]:
    choice = references(PORTFOLIO, prompt, NOWHERE, names=(), several=False, seed=0)
    return WORKS[choice.numbers[0]].title, choice.found_by


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("orange trees", "Orange trees on the terraces"),
        ("baseballs", "Baseball, black and white"),
        ("a lemon", "Two lemons and a leaf"),
        ("Sardine", "A tin of sardines, opened"),
        ("baskets of oranges", "Donkey with two baskets"),
        ("limões e lemons", "Two lemons and a leaf"),
    ],
)
def test_words_of_the_works__find_them_in_any_number(prompt: str, title: str) -> None:
    assert found(prompt) == (title, "words")


def test_prompt_about_nothing__is_answered_by_chance_and_says_so() -> None:
    assert found("a submarine")[1] == "chance"


def test_all_words__count_more_than_one() -> None:
    assert found("donkey with oranges")[0] == "Donkey with two baskets"


@pytest.mark.parametrize(
    ("prompt", "colours"),
    [
        ("orange trees", []),
        ("trees in orange", ["orange"]),
        ("blue lemons", ["blue"]),
        ("a navy donkey and black sardines", ["navy"]),
        ("sardines, #ffb703", ["#ffb703"]),
    ],
)
def test_colour_word__is_no_colour_where_works_show_it(prompt: str, colours: list[str]) -> None:
    assert colours_in(PORTFOLIO, prompt) == [WORDS.get(colour, colour) for colour in colours]


@pytest.mark.parametrize(
    ("prompt", "design"),
    [
        ("a poster, “Lemons on Friday”", ("a4", "Lemons on Friday")),
        ('a flyer that says "Two for one"', ("a5", "Two for one")),
        ("Postcard: Greetings from the island", ("a6", "Greetings from the island")),
        ('poster 1080x1350 "Fresh fish"', ("1080x1350", "Fresh fish")),
        ("a poster of the harbour", ("", "")),
        ("a heart of lemons: many", ("", "")),
        ("roadside lemons: five", ("", "")),
    ],
)
def test_poster__is_a_design_where_there_are_words_for_it(prompt: str, design: tuple[str, str]) -> None:
    assert design_in(prompt) == design


def test_poster_without_words__is_a_picture_of_its_shape() -> None:
    assert mode_in("a poster of the harbour") == "aspect"
    assert size_in("a poster of the harbour") == "1240x1754"
