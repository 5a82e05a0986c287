"""What operators answer about reviews, levels and keys of other installations: yes or no, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy

from oeuvre.domains.reviews.limits import LIMITS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class DecisionForm(forms.Form):
    """Two answers, of which ``yes`` is the first."""

    answer = forms.ChoiceField(label=gettext_lazy("What is right?"), widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"), max_length=LIMITS.reasons, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, yes: StrOrPromise, no: StrOrPromise, who: StrOrPromise, **options: Any) -> None:
        super().__init__(*args, **options)
        answer: Any = self.fields["answer"]
        answer.choices = [("yes", yes), ("no", no)]
        self.fields["reasons"].help_text = who

    @property
    def is_yes(self) -> bool:
        """Of a valid form."""
        return bool(self.cleaned_data["answer"] == "yes")


class RestoreForm(forms.Form):
    """Why what was hidden is shown again."""

    reasons = forms.CharField(
        label=gettext_lazy("Reasons"),
        max_length=LIMITS.reasons,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Public: they stand beside it, in the place of those for hiding it."),
    )


def report_form(*args: Any) -> DecisionForm:
    return DecisionForm(
        *args,
        yes=gettext_lazy("Hide it."),
        no=gettext_lazy("Keep it."),
        who=gettext_lazy("Public: they stand in the place of what is hidden, or beside what is kept."),
    )


def appeal_form(*args: Any, prefix: str | None = None) -> DecisionForm:
    return DecisionForm(
        *args,
        prefix=prefix,
        yes=gettext_lazy("Grant it: the level stays for the time that the rules give."),
        no=gettext_lazy("Refuse it: the announced level comes."),
        who=gettext_lazy("The freelancer reads them."),
    )


def installation_form(*args: Any, prefix: str | None = None) -> DecisionForm:
    return DecisionForm(
        *args,
        prefix=prefix,
        yes=gettext_lazy("Known: it is the key that the installation publishes."),
        no=gettext_lazy("Refused: what it signs is not taken."),
        who=gettext_lazy("Say what you compared. Whoever brings one along reads why it is refused."),
    )
