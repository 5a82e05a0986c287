"""The operator's decision about two works that resemble each other."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from oeuvre.domains.portfolio.states import MatchState


class DecisionForm(forms.Form):
    """What the likeness is, and what the freelancer is told."""

    decision = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=[
            (MatchState.NOT_A_COPY, gettext_lazy("Not a copy: a quotation, a common form, or chance. It is accepted.")),
            (MatchState.SAME_AUTHOR_OK, gettext_lazy("Both are by the same person. It is accepted.")),
            (MatchState.COPY, gettext_lazy("The newer work is a copy. It is refused.")),
            (
                MatchState.OTHER_IS_COPY,
                gettext_lazy("The older work is the copy. It is refused, and the newer one accepted."),
            ),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy(
            "Needed for a refusal; its freelancer reads it. Name what shows it, not whose the other work is."
        ),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
