"""The bars of a voice in plain words. What is near is never called the same: a model speaks in the manner of its person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

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
        explanation += " " + _("The nearest ready-made voice is %(voice)s.") % {"voice": stock}
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
        _("A minute of speech takes %(seconds)d seconds to compute.") % {"seconds": round(60 * value)},
        _("On one processor of the machine that trained it. Buyers wait for a preview, so this has a limit too."),
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


_STOCK = "stock voice "


def sample_note(sample: Json) -> str:
    """What a sample is whose voice is not the version's: empty for all others."""
    voice = text(mapping(sample, "facts"), "voice")
    if not voice.startswith(_STOCK):
        return ""
    return _("For comparison: the ready-made voice %(voice)s says the same. It is not your model.") % {
        "voice": voice.removeprefix(_STOCK)
    }


VOICE_BARS: dict[str, Callable[[float, float | None, bool, Json], Words]] = {
    "gap_closed": _gap_closed,
    "word_error_rate": _word_errors,
    "real_time_factor": _real_time,
    "near_voice_of_others": _near_others,
}
"""By the names that the studio gives them."""
HIGHER_IS_BETTER = frozenset({"gap_closed"})
