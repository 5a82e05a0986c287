"""Examples for the styleguide page."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

from django import forms
from django.utils import timezone

from oeuvre.interfaces.ui import charts
from oeuvre.interfaces.ui.marks import CLOTHS
from oeuvre.interfaces.ui.statuses import LOOKS
from oeuvre.kit.money import Money
from oeuvre.kit.pagination import paginate

SEEDS = ("maren-oduya", "odile-brandreth", "tomas-vale", "ada-fell", "bo-lind", "cleo-marsh", "dana-op", "ines-roe")


class _Example(forms.Form):
    title = forms.CharField(help_text="Shown on the shelf.")
    kind = forms.ChoiceField(choices=[("copy", "Copy"), ("lyrics", "Lyrics"), ("technical", "Technical writing")])
    rights = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("own", "I made it and own it"), ("consent", "A client consented")]
    )
    note = forms.CharField(widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label="I may use this work", help_text="You can take it back later.")


class _Files(forms.Form):
    works = forms.FileField()


def examples() -> dict[str, Any]:
    """The context of the styleguide's template."""
    form = _Example({"title": "", "kind": "copy", "rights": "own", "agree": "on"})
    falling = [(float(step), 3.4 * math.exp(-step / 90) + 2.2) for step in range(0, 200, 8)]
    held = [(at, value + 0.05 + at / 1400) for at, value in falling]
    return {
        "form": form,
        "upload": _Files()["works"],
        "statuses": list(LOOKS),
        "colours": [f"cloth-{name}" for name in CLOTHS],
        "price": Money(900, "USD"),
        "line": charts.line_chart(
            title="Loss while training",
            summary="Both curves fall; the held-out one flattens at step 150.",
            x="Step",
            y="Loss",
            series={"Training": falling, "Held out": held},
        ),
        "bars": charts.bar_chart(
            title="Earnings by work",
            summary="The ferry notice earned most.",
            x="US dollars",
            y="Work",
            values=[("A ferry notice", 41.2), ("A letter to growers", 28.0), ("Night trains", 12.5)],
        ),
        "spread": charts.distribution(
            title="Longest copied run",
            summary="Every sample copies fewer than 50 tokens in a row.",
            x="Tokens",
            y="Samples",
            values=[abs(math.sin(n * 1.7)) * 22 + n % 7 for n in range(120)],
            bins=14,
            mark_at=50,
        ),
        "seeds": SEEDS,
        "cards": [
            {
                "title": "Plain copy",
                "href": "/",
                "seed": seed,
                "freelancer": "Maren Oduya",
                "headline": "Notices that people read.",
                "price": Money(900, "USD"),
                "per": "a piece",
                "plate": f"Pl. {n}",
            }
            for n, seed in enumerate(SEEDS, 1)
        ],
        "page": paginate(list(range(100)), page=2),
        "hash": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
        "records": [
            SimpleNamespace(at=timezone.now(), code="training_run.ready", data={}),
            SimpleNamespace(at=timezone.now(), code="training_run.queued", data={}),
        ],
    }
