"""The bars of a voice in plain words. What is near is never called the same: a model speaks in the manner of its person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.modalities.voice import STOCK_VOICE
from oeuvre.interfaces.site.studio.report.curves import CurveWords
from oeuvre.interfaces.site.studio.report.reading import mapping, number, rows, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from oeuvre.interfaces.site.studio.report.reading import Json

    Words = tuple[str, str, str, str, str]


def _percent(value: float) -> str:
    return _("%(percent)d %%") % {"percent": round(100 * value)}


def _gap_closed(value: float, limit: float | None, met: bool, details: Json) -> Words:
    judge = next((row for row in rows(details, "encoders") if row.get("optimised") is not True), {})
    stock = text(judge, "stock_voice")
    explanation = _(
        "0 % is the ready-made voice that is nearest to you, 100 % a second recording of yourself. It was measured on "
        "recordings that were kept away, by an ear that took no part in the fitting."
    )
    if stock:
        explanation += " " + _("The nearest ready-made voice is %(voice)s.") % {"voice": stock_said(stock)}
    return (
        _("How near it comes to your voice"),
        _("It goes %(percent)d %% of the way from the nearest ready-made voice to you.")
        % {"percent": round(100 * value)},
        explanation,
        _percent(value),
        _("%(percent)s or more") % {"percent": _percent(limit or 0)},
    )


def _word_errors(value: float, limit: float | None, met: bool, details: Json) -> Words:
    stock = number(details, "stock_word_error_rate") or 0.0
    return (
        _("How clearly it speaks"),
        _("Of 100 words, a machine that listens writes down %(words)d differently.") % {"words": round(100 * value)},
        _(
            "Test sentences were spoken and written down again. With the ready-made voice it was %(stock)s; much more "
            "would mean that the voice became unclear."
        )
        % {"stock": _percent(stock)},
        _percent(value),
        _("%(percent)s or less") % {"percent": _percent(limit or 0)},
    )


def _real_time(value: float, limit: float | None, met: bool, details: Json) -> Words:
    return (
        _("How fast it is made"),
        _("A minute of speech is there after %(seconds)d seconds.") % {"seconds": round(60 * value)},
        _("On the machine that trained it, where buyers wait for a preview. A slow machine rejects no voice."),
        f"{value:.2f}",
        _("%(limit).2f or less") % {"limit": limit or 0},
    )


def _near_others(value: float, limit: float | None, met: bool, details: Json) -> Words:
    return (
        _("No voice of somebody else"),
        _("It is nearer to you than to any other voice here.")
        if met
        else _("It is nearer to another person's voice here than to yours."),
        _(
            "Likeness to the nearest voice of another freelancer, from 0 to 1. It has to stay below the likeness to your own."
        ),
        f"{value:.2f}",
        _("less than %(limit).2f") % {"limit": limit or 0},
    )


def sample_note(sample: Json) -> str:
    """What a sample is whose voice is not the version's: empty for all others."""
    voice = text(mapping(sample, "facts"), "voice")
    if not voice.startswith(STOCK_VOICE):
        return ""
    return _("For comparison: the ready-made voice %(voice)s says the same. It is not your model.") % {
        "voice": stock_said(voice.removeprefix(STOCK_VOICE))
    }


_SPEAKERS = {
    "af": gettext_lazy("an American woman's"), "am": gettext_lazy("an American man's"),
    "bf": gettext_lazy("a British woman's"), "bm": gettext_lazy("a British man's"),
    "ef": gettext_lazy("a Spanish-speaking woman's"), "em": gettext_lazy("a Spanish-speaking man's"),
    "ff": gettext_lazy("a French woman's"), "hf": gettext_lazy("a Hindi-speaking woman's"),
    "hm": gettext_lazy("a Hindi-speaking man's"), "if": gettext_lazy("an Italian woman's"),
    "im": gettext_lazy("an Italian man's"), "jf": gettext_lazy("a Japanese woman's"),
    "jm": gettext_lazy("a Japanese man's"), "pf": gettext_lazy("a Brazilian woman's"),
    "pm": gettext_lazy("a Brazilian man's"), "zf": gettext_lazy("a Chinese woman's"),
    "zm": gettext_lazy("a Chinese man's"),
}  # fmt: skip
"""By what Kokoro's voices are named with: the language, then whether a woman or a man speaks."""


def stock_said(name: str) -> str:
    """A ready-made voice in words: ``“Emma”, a British woman's``. One that is named otherwise keeps its name."""
    kind, _sign, own = name.partition("_")
    if kind not in _SPEAKERS or not own:
        return name
    return _("“%(name)s”, %(whose)s") % {"name": own.replace("_", " ").title(), "whose": _SPEAKERS[kind]}


SPEED = "real_time_factor"
"""Of the machine rather than of the voice: it is shown among the others and says nothing against a version."""
VOICE_BARS: dict[str, Callable[[float, float | None, bool, Json], Words]] = {
    "gap_closed": _gap_closed,
    "word_error_rate": _word_errors,
    SPEED: _real_time,
    "near_voice_of_others": _near_others,
}
"""By the names that the studio gives them."""
VOICE_CURVES = {
    "voice": CurveWords(
        title=gettext_lazy("How far it still is from your voice"),
        learned=gettext_lazy("Each step"),
        held_out=gettext_lazy("Candidates"),
        y=gettext_lazy("Distance (0 is none)"),
        rose=gettext_lazy("The last candidates were farther again; the nearest is kept, not the last."),
    )
}
HIGHER_IS_BETTER = frozenset({"gap_closed"})
