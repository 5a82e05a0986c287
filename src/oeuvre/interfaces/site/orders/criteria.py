"""Acceptance criteria in words, and as a buyer ticks and writes them before ordering."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.orders.limits import LIMITS
from oeuvre.domains.orders.states import CriterionKind
from oeuvre.domains.orders.terms import CriterionTerms
from oeuvre.kit.files.naming import MB, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from oeuvre.domains.catalog.services import Criterion


def criterion_words(kind: str, spec: Mapping[str, Any], label: str = "") -> str:
    """What a criterion asks for: in the buyer's words, else in ours."""
    if label:
        return label
    match CriterionKind(kind):
        case CriterionKind.FORMAT:
            return _("There is a file in each of these formats: %(what)s") % {
                "what": ", ".join(spec["formats"]).upper()
            }
        case CriterionKind.SIZE:
            return _("No file is larger than %(most)s") % {"most": in_words(spec["most"])}
        case CriterionKind.WORDS:
            return _range(spec, _("The text has %(least)s to %(most)s words"), _("words"))
        case CriterionKind.LANGUAGE:
            return _("The text is in this language: %(code)s") % {"code": spec["language"]}
        case CriterionKind.DURATION:
            return _range(spec, _("It lasts %(least)s to %(most)s seconds"), _("seconds"))
        case CriterionKind.RESOLUTION:
            return _("Pictures have at least %(width)d x %(height)d pixels") % dict(spec)
        case CriterionKind.NO_AI:
            return _("It is declared as made without AI")
        case CriterionKind.CREDENTIALS:
            return _("Content credentials that are there are valid")
        case _:
            return str(CriterionKind(kind).label)


def with_labels(given: Iterable[Criterion], before: Iterable[Criterion]) -> tuple[Criterion, ...]:
    """``given``, of which those without words of their own get those of one ``before`` that asks for the same."""
    words = {_asked(one): one.label for one in before if one.label}
    return tuple(replace(one, label=one.label or words.get(_asked(one), "")) for one in given)


def _asked(one: Criterion) -> str:
    """What a criterion asks for, whatever it is called."""
    return json.dumps([one.kind, dict(one.spec)], sort_keys=True)


def _range(spec: Mapping[str, Any], both: str, unit: str) -> str:
    if "least" in spec and "most" in spec:
        return both % dict(spec)
    if "least" in spec:
        return _("At least %(least)s %(unit)s") % {"least": spec["least"], "unit": unit}
    return _("At most %(most)s %(unit)s") % {"most": spec["most"], "unit": unit}


class CriteriaForm(forms.Form):
    """What a delivery must be like. Everything is optional; software checks all but the sentences at the end."""

    formats = forms.CharField(
        label=gettext_lazy("File formats"),
        help_text=gettext_lazy("Each of them must be there, such as: docx, pdf"),
        required=False,
        max_length=100,
    )
    words_least = forms.IntegerField(label=gettext_lazy("Words, at least"), required=False, min_value=1)
    words_most = forms.IntegerField(label=gettext_lazy("Words, at most"), required=False, min_value=1)
    language = forms.CharField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("Two letters, such as en or pt."),
        required=False,
        max_length=8,
    )
    width = forms.IntegerField(label=gettext_lazy("Pixels, width at least"), required=False, min_value=1)
    height = forms.IntegerField(label=gettext_lazy("Pixels, height at least"), required=False, min_value=1)
    seconds_least = forms.IntegerField(label=gettext_lazy("Seconds, at least"), required=False, min_value=1)
    seconds_most = forms.IntegerField(label=gettext_lazy("Seconds, at most"), required=False, min_value=1)
    megabytes = forms.IntegerField(
        label=gettext_lazy("Megabytes a file, at most"), required=False, min_value=1, max_value=LIMITS.file // MB
    )
    no_ai = forms.BooleanField(label=gettext_lazy("Declared as made without AI"), required=False)
    credentials = forms.BooleanField(label=gettext_lazy("Valid content credentials"), required=False)
    own = forms.CharField(
        label=gettext_lazy("In your own words"),
        help_text=gettext_lazy("One a line; you judge these yourself when it is delivered."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if bool(found.get("width")) != bool(found.get("height")):
            self.add_error("height", _("Write both the width and the height."))
        for name in ("words", "seconds"):
            least, most = found.get(f"{name}_least"), found.get(f"{name}_most")
            if least and most and least > most:
                self.add_error(f"{name}_most", _("The most is at least as much as the least."))
        return found

    @property
    def terms(self) -> tuple[CriterionTerms, ...]:
        """What was ticked and written, of a valid form."""
        given = self.cleaned_data
        found: list[CriterionTerms] = []
        formats = [one.strip() for one in given["formats"].replace(";", ",").split(",") if one.strip()]
        ranges = {
            CriterionKind.WORDS: {"least": given["words_least"], "most": given["words_most"]},
            CriterionKind.DURATION: {"least": given["seconds_least"], "most": given["seconds_most"]},
            CriterionKind.RESOLUTION: {"width": given["width"], "height": given["height"]},
        }
        if formats:
            found.append(CriterionTerms(CriterionKind.FORMAT, {"formats": formats}))
        for kind, spec in ranges.items():
            said = {key: value for key, value in spec.items() if value}
            if said:
                found.append(CriterionTerms(kind, said))
        if given["language"].strip():
            found.append(CriterionTerms(CriterionKind.LANGUAGE, {"language": given["language"].strip().lower()}))
        if given["megabytes"]:
            found.append(CriterionTerms(CriterionKind.SIZE, {"most": given["megabytes"] * MB}))
        found += [
            CriterionTerms(kind)
            for kind in (CriterionKind.NO_AI, CriterionKind.CREDENTIALS)
            if given["no_ai" if kind is CriterionKind.NO_AI else "credentials"]
        ]
        own = [row.strip() for row in given["own"].splitlines() if row.strip()]
        found += [CriterionTerms(CriterionKind.MANUAL, label=row) for row in own]
        return tuple(found)
