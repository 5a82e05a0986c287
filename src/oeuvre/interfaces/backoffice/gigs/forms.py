"""What an operator fills in about a gig."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.states import GigState, ReviewSection, WaitReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.forms import BoundField

PUBLISH, RETURN = "publish", "return"


def about(section: str) -> str:
    """The field that holds what must change in a section."""
    return f"about_{section}"


class ReviewForm(forms.Form):
    """Publish a version, or return it with a word about the whole, its parts, or both."""

    decision = forms.ChoiceField(choices=[(PUBLISH, PUBLISH), (RETURN, RETURN)])
    revision = forms.IntegerField(min_value=0)
    reasons = forms.CharField(
        label=gettext_lazy("About the whole"),
        help_text=gettext_lazy("The freelancer reads it, with what you write beside each part."),
        required=False,
        max_length=LIMITS.reasons,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for section in ReviewSection:
            self.fields[about(section)] = forms.CharField(
                label=section.label,
                required=False,
                max_length=LIMITS.reasons,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def sections(self) -> dict[str, str]:
        """Of a valid form: what must change, by section."""
        found = {str(section): self.cleaned_data[about(section)] for section in ReviewSection}
        return {section: text for section, text in found.items() if text}

    def of(self, sections: Sequence[ReviewSection]) -> list[BoundField]:
        return [self[about(section)] for section in sections]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        wrote = any(given.get(name) for name in ("reasons", *(about(section) for section in ReviewSection)))
        if given.get("decision") == PUBLISH and wrote:
            self.add_error(None, _("You wrote what must change. Return the version, or clear what you wrote."))
        return given


class RemoveForm(forms.Form):
    """Why a gig is taken off."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy(
            "The freelancer reads it, in a mail and on the gig's page. Name the rule that it breaks."
        ),
        max_length=LIMITS.reasons,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class QueueFilter(forms.Form):
    """Why a version waits."""

    because = forms.ChoiceField(required=False, choices=WaitReason.choices)


class GigFilter(forms.Form):
    """Which gigs are looked for."""

    q = forms.CharField(
        label=gettext_lazy("Title, code, category or person"), required=False, max_length=100, strip=True
    )
    status = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("Every state")), *GigState.choices]
    )
