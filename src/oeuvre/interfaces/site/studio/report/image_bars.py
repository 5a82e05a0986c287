"""The bars of a model that draws in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.interfaces.site.studio.report.reading import number, rows, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from oeuvre.interfaces.site.studio.report.reading import Json

    Words = tuple[str, str, str, str, str]


def _percent(value: float) -> str:
    return _("%(percent)d %%") % {"percent": round(100 * value)}


def _largest_copy(value: float, limit: float | None, met: bool, details: Json) -> Words:
    return (
        _("Largest region copied in one go"),
        _("At most %(percent)s of a picture was one unchanged stretch of one work.") % {"percent": _percent(value)},
        _(
            "Counted in every test picture but those that are asked to keep a work as it is, such as another shape or other "
            "colours. It says that nothing was pasted, not that a picture is new."
        ),
        _percent(value),
        _("%(percent)s or less") % {"percent": _percent(limit or 0)},
    )


def _credit(value: float, limit: float | None, met: bool, details: Json) -> Words:
    return (
        _("The credit adds up"),
        _("The shares of your works add up to 100 % in every picture.")
        if met
        else _("In some picture the shares of your works do not add up to 100 %."),
        _("It is known of every pixel which work it comes from, so the shares are counted and not estimated."),
        _("exact") if met else f"{value:g}",
        _("off by a millionth at most"),
    )


def _seam(value: float, limit: float | None, met: bool, details: Json) -> Words:
    return (
        _("Patterns without a seam"),
        _("Laid side by side, the place where two tiles meet does not stand out.")
        if met
        else _("Laid side by side, the place where two tiles meet can be seen."),
        _("How large the steps across the edge are beside those inside the pattern: at 1 both are alike."),
        f"{value:.2f}",
        _("%(limit).2f or less") % {"limit": limit or 0},
    )


def _seconds(name: str, value: float, limit: float | None) -> Words:
    edge = name.removeprefix("seconds_")
    return (
        _("Time for %(edge)s by %(edge)s pixels") % {"edge": edge},
        _("A variation of that size takes %(seconds).1f seconds to compute.") % {"seconds": value},
        _("On one processor of the machine that trained it. Buyers wait for a preview, so this has a limit too."),
        _("%(seconds).1f s") % {"seconds": value},
        _("%(limit)d s or less") % {"limit": round(limit or 0)},
    )


def _style(name: str, value: float, limit: float | None, met: bool, details: Json) -> Words:
    other = name.removeprefix("style_")
    found = next((row for row in rows(details, "styles") if text(row, "other") == other), {})
    said = other.replace("_", " ").replace("-", " ").title()
    sure = number(found, "told_apart")
    explanation = _(
        "60 figures of a drawing's style (evenness of areas, thickness of lines, textures, tones) were weighed so that they "
        "tell your unseen works from those of %(other)s. On that scale its pictures have to lie nearer to yours."
    ) % {"other": said}
    if sure is not None:
        explanation += " " + _(
            "The scale puts %(percent)s of unseen works on the right side, where half would be chance."
        ) % {"percent": _percent(sure)}
    return (
        _("Your hand, not that of %(other)s") % {"other": said},
        _("Its pictures are nearer to yours.") if met else _("Its pictures are no nearer to yours."),
        explanation,
        f"{value:.2f}",
        _("less than %(limit).2f") % {"limit": limit or 0},
    )


def _likeness(value: float, limit: float | None, met: bool, details: Json) -> Words:
    compared = len(rows(details, "foreign"))
    return (
        _("Likeness to others' works"),
        _("No picture and no work comes near to being a copy of anybody else's.")
        if met
        else _("A picture, or a work of yours, is so like somebody else's that it counts as a copy."),
        ngettext(
            "%(count)d picture was compared with every work that others keep here, by figures that tell copies from chance. "
            "1.00 is the same picture; from 0.75 on a pair counts as a copy.",
            "%(count)d pictures were compared with every work that others keep here, by figures that tell copies from "
            "chance. 1.00 is the same picture; from 0.75 on a pair counts as a copy.",
            compared,
        )
        % {"count": compared},
        f"{value:.2f}",
        _("less than %(limit).2f") % {"limit": limit or 0},
    )


IMAGE_BARS: dict[str, Callable[[float, float | None, bool, Json], Words]] = {
    "largest_copy": _largest_copy,
    "credit_error": _credit,
    "seam": _seam,
    "likeness_to_others": _likeness,
}


def image_bar(name: str, value: float, limit: float | None, met: bool, details: Json) -> Words | None:
    """A bar of which there is one for each size or each other artist; None for any other."""
    if name.startswith("seconds_"):
        return _seconds(name, value, limit)
    return _style(name, value, limit, met, details) if name.startswith("style_") else None
