"""The colours of tokens.css: every pair that is used together can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oeuvre.interfaces import ui

CSS = (Path(ui.__file__).parent / "static" / "css" / "tokens.css").read_text()
TEXT, GRAPHIC = 4.5, 3.0
"""WCAG 2.2 AA: contrast of text (1.4.3), and of what shows a control or a state (1.4.11)."""

TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("board", "leaf", "sunken")),
    *((ink, ground) for ink in ("accent", "accent-strong") for ground in ("board", "leaf", "sunken", "accent-soft")),
    *((ink, ground) for ink in ("good", "warn", "bad") for ground in ("leaf", f"{ink}-soft")),
    ("stamp", "leaf"),
    ("stamp", "board"),
    ("bad", "board"),
    ("warn", "board"),
    ("good", "board"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-stamp", "stamp"),
]
GRAPHIC_PAIRS = [("line-strong", "leaf"), ("line-strong", "board"), ("stamp", "line"), ("accent", "line")]


def _block(selector: str) -> dict[str, str]:
    body = CSS.split(f"{selector} {{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", body))


def _luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2, definitions)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


LIGHT, DARK = _block(":root"), _block(':root[data-theme="dark"]')


def test_contrast__of_black_on_white_is_21_and_of_a_colour_on_itself_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#2a3bb7", "#2a3bb7") == pytest.approx(1)


@pytest.mark.parametrize(("theme", "tokens"), [("light", LIGHT), ("dark", DARK)])
@pytest.mark.parametrize(("front", "back"), TEXT_PAIRS)
def test_tokens__text_can_be_read(theme: str, tokens: dict[str, str], front: str, back: str) -> None:
    assert contrast(tokens[front], tokens[back]) >= TEXT, f"{front} on {back} in {theme}"


@pytest.mark.parametrize(("theme", "tokens"), [("light", LIGHT), ("dark", DARK)])
@pytest.mark.parametrize(("front", "back"), GRAPHIC_PAIRS)
def test_tokens__controls_and_states_can_be_seen(theme: str, tokens: dict[str, str], front: str, back: str) -> None:
    assert contrast(tokens[front], tokens[back]) >= GRAPHIC, f"{front} on {back} in {theme}"


def test_tokens__the_system_s_dark_is_the_chosen_dark() -> None:
    assert _block(":root:not([data-theme])") == DARK


def test_tokens__light_and_dark_name_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)


@pytest.mark.parametrize("cloth", re.findall(r"\.(cloth-\w+) \{", CSS))
def test_cloths__carry_text_in_their_lightest_threads(cloth: str) -> None:
    tokens = _block(f".{cloth}")
    assert contrast(tokens["thread-3"], tokens["cloth"]) >= TEXT
    assert contrast(tokens["thread-2"], tokens["cloth"]) >= TEXT


def test_stylesheets__know_colours_by_token_only() -> None:
    for sheet in (Path(ui.__file__).parent / "static" / "css").glob("*.css"):
        if sheet.name in ("tokens.css", "print.css"):
            continue
        found = re.findall(r"#[0-9a-f]{3,8}\b", re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S), flags=re.I)
        assert set(found) <= {"#000", "#fff"}, f"{sheet.name}: {found}"
