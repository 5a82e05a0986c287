"""Text is measured as it is drawn, broken into even lines, and fitted or refused."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oeuvre_studio.image.designs.errors import CopyTooLongError, CopyUnusableError
from oeuvre_studio.image.designs.fonts import FACES, PAIRS
from oeuvre_studio.image.designs.scene import Box, Frame, Item
from oeuvre_studio.image.designs.shaping import broken, cleaned, measured, missing, pairs_for
from oeuvre_studio.image.designs.stack import fitted

WORDS = st.lists(
    st.sampled_from(
        ["sol", "água", "pão", "limão", "à", "de", "verão", "Açaí", "40", "%", "crème", "über", "casa", "uma"]
    ),
    min_size=1,
    max_size=14,
)


def test_measured__kerns_and_counts_spacing() -> None:
    kerned = measured("Figtree 400", "AV").advance
    apart = measured("Figtree 400", "A").advance + measured("Figtree 400", "V").advance
    assert kerned < apart - 0.01
    assert measured("Figtree 400", "AV", 0.1).advance == pytest.approx(kerned + 0.2, abs=1e-6)


@pytest.mark.parametrize("key", sorted(FACES))
def test_faces__draw_portuguese_and_other_western_letters(key: str) -> None:
    assert missing(key, "ÁÀÂÃÇÉÊÍÓÔÕÚáàâãçéêíóôõúüñßæøåŒœ€“”‘’–—…") == ""  # noqa: RUF001


def test_pairs_for__leaves_out_faces_without_the_letters() -> None:
    able, lacking = pairs_for("Žluťoučký kůň")
    assert 8 <= len(able) < len(PAIRS)
    assert lacking == ""


def test_missing__names_what_no_font_has() -> None:
    able, lacking = pairs_for("Grüße 漢")
    assert able == []
    assert lacking == "漢"
    assert len(pairs_for("Grüße")[0]) == len(PAIRS)


def test_broken__makes_lines_even_and_keeps_small_words_with_what_follows() -> None:
    lines = broken("Outfit 800", "Promoção de verão em todas as lojas", 11.0)
    assert lines is not None
    assert all(line.split()[-1] not in {"de", "em", "as"} for line in lines)
    widths = [measured("Outfit 800", line).advance for line in lines]
    assert min(widths) > 0.55 * max(widths)


def test_broken__leaves_no_short_word_alone_at_the_end() -> None:
    lines = broken("Figtree 400", "Every afternoon we bake bread and cakes for you", 17.0)
    assert lines is not None
    assert len(lines) > 1
    assert len(lines[-1].split()) > 1


def test_broken__refuses_a_word_wider_than_the_line() -> None:
    assert broken("Anton 400", "Donaudampfschifffahrt", 3.0) is None


@given(words=WORDS, width=st.floats(6, 30))
@settings(max_examples=60, deadline=None)
def test_broken__keeps_every_word_in_order_and_inside_the_line(words: list[str], width: float) -> None:
    lines = broken("Nunito 400", " ".join(words), width)
    if lines is None:
        assert max(measured("Nunito 400", word).right for word in words) > width * 0.99
        return
    assert " ".join(lines).split() == " ".join(words).split()
    for line in lines:
        extent = measured("Nunito 400", line)
        assert extent.right - extent.left <= width + 1e-9


def test_cleaned__sets_quotes_dashes_and_units_properly() -> None:
    assert cleaned('He said "go" - it\'s  40 % off', 100, "body") == "He said “go” – it’s 40\u00a0% off"  # noqa: RUF001


def test_cleaned__refuses_control_characters_and_too_much() -> None:
    with pytest.raises(CopyUnusableError, match="headline"):
        cleaned("a\x00b", 10, "headline")
    with pytest.raises(CopyUnusableError, match="at most 5"):
        cleaned("abcdef", 5, "headline")


def item(role: str, small: float, large: float) -> Item:
    return Item(role, "Outfit 800", (0, 0, 0), small, large, 1.1)


def test_fitted__takes_the_largest_sizes_that_fit_and_overlaps_nothing() -> None:
    frame = Frame(Box(10, 20, 300, 200), -1, 0, (item("headline", 12, 90), item("body", 8, 20)))
    made = fitted(frame, {"headline": "Big summer sale", "body": "Up to forty off"}, "300x250")
    tops = [(top, top + one.height) for one, top in made]
    assert tops[0][0] >= 20 - 1e-6
    assert tops[-1][1] <= 220 + 1e-6
    assert all(above[1] < below[0] for above, below in itertools.pairwise(tops))
    assert made[0][0].size > 40


def test_fitted__says_which_text_is_too_long_for_which_size() -> None:
    frame = Frame(Box(0, 0, 120, 30), -1, 0, (item("headline", 14, 40),))
    with pytest.raises(CopyTooLongError) as caught:
        fitted(frame, {"headline": "Everything that we have made this summer goes"}, "320x50")
    assert (caught.value.role, caught.value.size) == ("headline", "320x50")
    assert "320x50" in caught.value.message
    with pytest.raises(CopyTooLongError, match="Straßenbahnhaltestelle"):
        fitted(frame, {"headline": "Straßenbahnhaltestelle"}, "320x50")
