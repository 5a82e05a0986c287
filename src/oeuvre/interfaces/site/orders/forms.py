"""Forms of the order's page. They say what is typed wrong; what is allowed, the services say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.orders.limits import LIMITS
from oeuvre.domains.orders.states import AiUse
from oeuvre.interfaces.site.studio.money import MoneyField, minor_digits, to_money
from oeuvre.interfaces.site.uploads import ManyFilesField

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.core.files.uploadedfile import UploadedFile
    from django.utils.datastructures import MultiValueDict


class AmountField(forms.DecimalField):
    """An amount of nothing or more in the installation's currency; cleans to Money, or None where it is left empty."""

    def __init__(self, **options: Any) -> None:
        self.currency = settings.CURRENCY
        digits = minor_digits(self.currency)
        super().__init__(max_digits=12, decimal_places=digits, min_value=0, **options)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else to_money(amount, self.currency)


def _text(label: Any, help_text: Any = "", *, rows: int = 4, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LIMITS.text,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class RequirementsForm(forms.Form):
    """The freelancer's questions, as they stood when it was ordered; a field each, named by the question's key."""

    def __init__(
        self,
        questions: Sequence[Mapping[str, Any]],
        data: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile[Any]] | None = None,
        *,
        kept: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(data, files)
        self.file_keys = [row["key"] for row in questions if row["kind"] == "file"]
        kept = kept or {}
        for row in questions:
            self.fields[row["key"]] = _question_field(row, there=bool(kept.get(row["key"])))

    @property
    def answers(self) -> dict[str, Any]:
        """Everything but the files, of a valid form."""
        return {key: value for key, value in self.cleaned_data.items() if key not in self.file_keys}

    @property
    def given_files(self) -> list[tuple[str, UploadedFile[bytes]]]:
        """Each file with the key of its question."""
        return [(key, file) for key in self.file_keys for file in self.cleaned_data.get(key) or []]


def _question_field(row: Mapping[str, Any], *, there: bool) -> forms.Field:
    """Required questions are left to the service for files that are there already."""
    words = {"label": row["label"], "help_text": row.get("help", ""), "required": bool(row.get("required"))}
    match row["kind"]:
        case "choice":
            options = [(option, option) for option in row.get("options", [])]
            return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **words)
        case "number":
            return forms.FloatField(min_value=row.get("minimum"), max_value=row.get("maximum"), **words)
        case "file":
            return ManyFilesField(**words | {"required": words["required"] and not there})
        case _:
            widget = forms.Textarea(attrs={"rows": 4})
            return forms.CharField(max_length=LIMITS.text, widget=widget, **words)


class DeliveryForm(forms.Form):
    """What is handed over, and how it was made."""

    uploads = ManyFilesField(label=gettext_lazy("Files"), required=False)
    note = _text(
        gettext_lazy("Note to the buyer"), gettext_lazy("What it is, and what they should look at."), required=False
    )
    ai_use = forms.ChoiceField(
        label=gettext_lazy("How much of it was made with AI?"), widget=forms.RadioSelect, choices=()
    )
    ai_note = _text(
        gettext_lazy("Which tools, and for what?"),
        gettext_lazy("Needed unless it was made without AI. The buyer reads it."),
        rows=2,
        required=False,
    )

    def __init__(self, *args: Any, policy: AiUse, has_draft: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        allowed = [one for one in AiUse if one.rank <= policy.rank and not (has_draft and one is AiUse.NONE)]
        rest = [one for one in AiUse if one not in allowed]
        field: Any = self.fields["ai_use"]
        field.choices = [(one.value, one.label) for one in allowed] + [
            (one.value, _("%(use)s (more than this order allows)") % {"use": one.label})
            if one.rank > policy.rank
            else (one.value, one.label)
            for one in rest
        ]


class QuestionForm(forms.Form):
    text = _text(gettext_lazy("Your question"), gettext_lazy("Your time stands still until it is answered."), rows=3)


class AnswerForm(forms.Form):
    text = _text(gettext_lazy("Your answer"), rows=3)


class RevisionForm(forms.Form):
    text = _text(
        gettext_lazy("What should change?"),
        gettext_lazy("Name the place and what you want there instead, so that one round is enough."),
    )


class ExtraForm(forms.Form):
    """More work for more money."""

    title = forms.CharField(label=gettext_lazy("What comes on top?"), max_length=200)
    price = MoneyField(label=gettext_lazy("Price, before fee and tax"))
    days = forms.IntegerField(label=gettext_lazy("Days that it adds"), min_value=0, max_value=LIMITS.days, initial=0)
    revisions = forms.IntegerField(
        label=gettext_lazy("Revisions that it adds"), min_value=0, max_value=LIMITS.revisions, initial=0
    )
    note = _text(gettext_lazy("Why?"), rows=2, required=False)


class ExtensionForm(forms.Form):
    """More time."""

    days = forms.IntegerField(label=gettext_lazy("Days more"), min_value=1, max_value=LIMITS.days)
    note = _text(gettext_lazy("Why?"), rows=2, required=False)


class CancellationForm(forms.Form):
    """An end that both agree on."""

    back = AmountField(
        label=gettext_lazy("Of the price, back to the buyer"),
        help_text=gettext_lazy("Empty: all that is held. The rest of what is held is the freelancer's."),
        required=False,
    )
    note = _text(gettext_lazy("Why?"), rows=2, required=False)
