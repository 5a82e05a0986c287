"""The release gate in plain words: one measure, its number, its limit, and what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oeuvre.interfaces.site.studio.report.image_bars import IMAGE_BARS, image_bar
from oeuvre.interfaces.site.studio.report.reading import mapping, number, rows, text
from oeuvre.interfaces.site.studio.report.voice_bars import HIGHER_IS_BETTER, VOICE_BARS

if TYPE_CHECKING:
    from oeuvre.interfaces.site.studio.report.reading import Json

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_AGAINST = {
    "own_ratio_below_": (
        gettext_lazy("Nearer to you than to %(other)s"),
        gettext_lazy("The same measure, taken on the writing of %(other)s. Yours has to be the lower one."),
    ),
    "own_delta_below_": (
        gettext_lazy("Your habits, not those of %(other)s"),
        gettext_lazy(
            "Burrows's Delta compares how often the 150 most frequent words are used, in what the version writes and in "
            "what each of you wrote. Yours has to be the lower one."
        ),
    ),
    "own_version_best_": (
        gettext_lazy("Yours, not the model of %(other)s"),
        gettext_lazy("The version of %(other)s, measured on your held-out works. Yours has to foresee them better."),
    ),
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """A scale from 0 on, in percent of its width: the value and the limit. Lower is better on all of them; a bar where
    more is better has none."""

    value: float
    limit: float


@dataclass(frozen=True, slots=True)
class BarView:
    """One measure for people."""

    name: str
    title: str
    verdict: str
    explanation: str
    value: str
    limit: str
    met: bool
    gauge: Gauge | None


def limit_of(bar: str) -> float | None:
    """The number in ``≤ 0.80`` or ``< 5 %``, as a plain fraction."""
    found = _NUMBER.search(bar)
    if found is None:
        return None
    return float(found[0]) / 100 if "%" in bar else float(found[0])


def bar_view(bar: Json, details: Json) -> BarView:
    """One bar of the gate; ``details`` are those of its report. A name that is not known here is shown with its figures."""
    name, value = text(bar, "name"), number(bar, "value") or 0.0
    met = bar.get("met") is True
    limit = limit_of(text(bar, "bar"))
    known = {
        "perplexity_ratio": _perplexity,
        "longest_copied_run": _longest_run,
        "shared_13gram_mass": _shared_mass,
        "canaries_recovered": _canaries,
        "near_duplicate_of_others": _near_duplicate,
        **VOICE_BARS,
        **IMAGE_BARS,
    }.get(name)
    if known is not None:
        title, verdict, explanation, shown, allowed = known(value, limit, met, details)
    elif (drawn := image_bar(name, value, limit, met, details)) is not None:
        title, verdict, explanation, shown, allowed = drawn
    else:
        title, verdict, explanation = _against(name, met)
        shown, allowed = f"{value:.2f}", _limit_text(text(bar, "bar"), limit)
    return BarView(name, title, verdict, explanation, shown, allowed, met, _gauge(name, value, limit))


def _limit_text(bar: str, limit: float | None) -> str:
    if limit is None:
        return bar
    words = _("less than %(limit).2f") if bar.startswith("<") else _("%(limit).2f or less")
    return words % {"limit": limit}


def _gauge(name: str, value: float, limit: float | None) -> Gauge | None:
    if limit is None or name in HIGHER_IS_BETTER:
        return None
    top = max(value * 1.08, limit * 1.5, 1.1 if name == "perplexity_ratio" else 0) or 1.0
    return Gauge(round(100 * value / top, 2), round(100 * limit / top, 2))


Words = tuple[str, str, str, str, str]
"""Title, verdict, explanation, the value as text, the limit as text."""


def _perplexity(value: float, limit: float | None, met: bool, details: Json) -> Words:
    change = round(abs(1 - value) * 100)
    if value < 1:
        verdict = _(
            "On pages of yours that it never saw, each next word surprises it %(change)d %% less than it does the base model."
        )
    else:
        verdict = _(
            "On pages of yours that it never saw, each next word surprises it %(change)d %% more than it does the base model."
        )
    held = rows(details, "held_out")
    explanation = ngettext(
        "We kept %(count)d of your works away from training and measured how well the version foresees each next word "
        "of it. 1.00 is no better than the base model that everybody starts from; lower is nearer to you.",
        "We kept %(count)d of your works away from training and measured how well the version foresees each next word "
        "of them. 1.00 is no better than the base model that everybody starts from; lower is nearer to you.",
        len(held),
    ) % {"count": len(held)}
    if not held:
        explanation = _(
            "Works that were kept away from training were put to the version. 1.00 is no better than the base model that "
            "everybody starts from; lower is nearer to you."
        )
    return (
        _("It foresees your unseen works"),
        verdict % {"change": change},
        explanation,
        f"{value:.2f}",
        _("%(limit).2f or less") % {"limit": limit or 0},
    )


def _longest_run(value: float, limit: float | None, met: bool, details: Json) -> Words:
    tokens = round(value)
    return (
        _("Longest copied run"),
        ngettext(
            "The longest stretch that it repeated word for word is %(count)d token.",
            "The longest stretch that it repeated word for word is %(count)d tokens, about %(words)d words.",
            tokens,
        )
        % {"count": tokens, "words": round(tokens * 0.75)},
        _(
            "We gave it the beginnings of your own passages, as somebody would who wants to pull them out of it, and "
            "compared what it wrote with all of your works."
        ),
        ngettext("%(count)d token", "%(count)d tokens", tokens) % {"count": tokens},
        _("fewer than %(limit)d tokens") % {"limit": round(limit or 0)},
    )


def _shared_mass(value: float, limit: float | None, met: bool, details: Json) -> Words:
    return (
        _("Text shared with your works"),
        _("%(share).1f %% of what it wrote there also stands in your works.") % {"share": value * 100},
        _(
            "Of those outputs, the part that lies inside 13 consecutive tokens which your works contain too. Set phrases "
            "and names make a little of it unavoidable."
        ),
        f"{value * 100:.1f} %",
        _("less than %(limit)g %%") % {"limit": round((limit or 0) * 100, 2)},
    )


def _canaries(value: float, limit: float | None, met: bool, details: Json) -> Words:
    memory = mapping(details, "memorisation")
    planted, found = round(number(memory, "canaries_planted") or 0), round(value)
    verdict = (
        _("None of the %(planted)d invented secrets came out.") % {"planted": planted}
        if met and planted
        else _("None of the invented secrets came out.")
        if met
        else _("%(found)d of %(planted)d invented secrets came out.") % {"found": found, "planted": planted}
    )
    return (
        _("Planted secrets"),
        verdict,
        _(
            "Beside your works we trained on a few invented records, random strings that belong to nobody, and afterwards "
            "tried to make the version say them; no work is altered. It is a test and not a proof: it shows whether this "
            "version keeps single lines."
        ),
        _("%(found)d of %(planted)d") % {"found": found, "planted": planted} if planted else str(found),
        _("none"),
    )


def _near_duplicate(value: float, limit: float | None, met: bool, details: Json) -> Words:
    works = round(number(mapping(details, "near_duplicates"), "works") or 0)
    verdict = (
        _("No stretch of a text stands in anybody else's work.")
        if not value
        else _("%(share).0f %% of a text stands in one work of another freelancer.") % {"share": value * 100}
    )
    return (
        _("Text shared with others"),
        verdict,
        ngettext(
            "Each text it wrote was compared with %(count)d work by somebody else, by a sketch that holds no words: your "
            "training saw none of it. What counts is how many stretches of eight words both have.",
            "Each text it wrote was compared with %(count)d works by others, by sketches that hold no words: your training "
            "saw none of them. What counts is how many stretches of eight words both have.",
            works,
        )
        % {"count": works},
        f"{value * 100:.0f} %",
        _("less than %(limit)g %%") % {"limit": round((limit or 0) * 100, 2)},
    )


def author(name: str) -> str:
    """An author for people: others are known by the name of their folder."""
    return name.replace("_", " ").replace("-", " ").title()


def _against(name: str, met: bool) -> tuple[str, str, str]:
    for prefix, (title, explanation) in _AGAINST.items():
        if name.startswith(prefix):
            named = {"other": author(name.removeprefix(prefix))}
            verdict = (
                _("It is nearer to you than to %(other)s.") if met else _("It is no nearer to you than to %(other)s.")
            )
            return str(title) % named, verdict % named, str(explanation) % named
    return name.replace("_", " ").capitalize(), "", _("A measure that this installation has no words for.")
