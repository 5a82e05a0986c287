"""What is shown before payment: the whole of the rule, as properties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oeuvre.domains.creation.preview import PREVIEW_WORDS, preview_of, preview_while_written, tidy

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=1500) | st.lists(
    st.text("abcdefg,.\n", min_size=1, max_size=9), max_size=200
).map(" ".join)


@given(texts)
def test_preview_of__shows_a_beginning_of_at_most_half_the_words_and_forty(text: str) -> None:
    shown = preview_of(text)
    assert text.startswith(shown)
    assert len(shown.split()) <= min(PREVIEW_WORDS, len(text.split()) / 2)


@given(texts, st.integers(0, 1500))
def test_preview_of__only_grows_while_a_text_is_written(text: str, at: int) -> None:
    earlier, later = preview_of(text[:at]), preview_of(text)
    # The word under the pen may still be a part of a longer one, which does not count as seen before it is whole.
    assert later.startswith(earlier) or len(later.split()) >= len(earlier.split())


@given(texts, st.integers(0, 1500))
def test_preview_while_written__never_shows_more_than_the_preview_of_what_is_sold(text: str, at: int) -> None:
    seen = preview_while_written(text[:at])
    sold = tidy(text, cut_off=True)
    assert len(seen.split()) <= len(preview_of(sold).split()) <= len(sold.split()) / 2


def test_preview_while_written__holds_back_what_a_late_cut_would_give_away() -> None:
    written = "One two three four. Five six seven"
    assert tidy(written, cut_off=True) == "One two three four."
    assert preview_of(written) == "One two three"
    assert preview_while_written(written) == "One two"


def test_preview_of__shows_nothing_of_a_single_word() -> None:
    assert preview_of("Nevertheless") == ""


@given(texts)
def test_tidy__keeps_a_whole_text_but_for_its_edges(text: str) -> None:
    assert tidy(text, cut_off=False) == text.strip()


@given(texts)
def test_tidy__drops_less_than_half_of_a_text_that_was_cut_off(text: str) -> None:
    kept = tidy(text, cut_off=True)
    assert text.strip().startswith(kept)
    assert len(kept) >= len(text.strip()) / 2 - 2 or not kept


def test_tidy__ends_a_cut_text_with_its_last_whole_sentence() -> None:
    assert tidy("One boat came in late. The other d", cut_off=True) == "One boat came in late."
    assert tidy('He said "Stay." And th', cut_off=True) == 'He said "Stay."'
    assert tidy("Verse one\nline two\nli", cut_off=True) == "Verse one\nline two"
    assert tidy("no end in sight here", cut_off=True) == "no end in sight here"
