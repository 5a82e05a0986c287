"""The operator's decision about a reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.http import QueryDict

_NOBODYS = gettext_lazy("Is it nobody's voice?")
_NOBODYS_ANSWERS = [
    ("yes", gettext_lazy("Synthetic, made from what is named. The declaration holds.")),
    ("no", gettext_lazy("A living person's voice, another source, or in doubt. It does not hold.")),
]


class DecisionForm(forms.Form):
    """Whether it is the person whose recordings these are, and what they are told."""

    accept = forms.TypedChoiceField(
        label=gettext_lazy("Whose voice is it?"),
        choices=[
            ("yes", gettext_lazy("The voice of the recordings, reading this phrase. Consent holds.")),
            ("no", gettext_lazy("Another voice, other words, or in doubt. There is no consent.")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The freelancer reads it. Say what you heard, and what would change it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: QueryDict | None, *, is_declaration: bool) -> None:
        super().__init__(data)
        accept = self.fields["accept"]
        if is_declaration and isinstance(accept, forms.TypedChoiceField):
            accept.label, accept.choices = _NOBODYS, _NOBODYS_ANSWERS
