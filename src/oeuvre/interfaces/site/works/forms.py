"""Forms of the works' pages. They say what is typed wrong; what is allowed, the services say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.portfolio.limits import LIMITS, MB, in_words
from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.domains.portfolio.states import Modality, Rights
from oeuvre.interfaces.site.uploads import ManyFilesField, ManyFilesInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.files.uploadedfile import UploadedFile
    from django_stubs_ext import StrOrPromise

    from oeuvre.domains.portfolio.models import Work

UPLOAD_TOTAL = 400 * MB
"""Bytes in one upload; more goes in several. What is large waits on disk and is read a file at a time."""
_ACCEPT = ",".join([*(modality.accept for modality in MODALITIES.values()), ".zip"])


def _made_of() -> list[tuple[str, StrOrPromise]]:
    taken = [(str(modality.name), Modality(modality.name).label) for modality in MODALITIES.values()]
    return [("", gettext_lazy("All")), *taken]


def _rights(*, with_notes: bool) -> list[tuple[str, StrOrPromise]]:
    """The grounds to choose from: that a note against training is one's own, only where files may carry one."""
    return [choice for choice in Rights.choices if with_notes or choice[0] != Rights.OWN_RESERVED]


class WorksField(ManyFilesField):
    """The files of one upload, within its limit."""

    default_error_messages = {"required": gettext_lazy("Choose one or more files, or a ZIP file of them.")}

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = super().clean(data, initial)
        total = sum(file.size or 0 for file in given)
        if total > UPLOAD_TOTAL:
            raise forms.ValidationError(
                _("Together these files have %(size)s; the limit is %(most)s. Upload them in parts.")
                % {"size": in_words(total // MB * MB), "most": in_words(UPLOAD_TOTAL)}
            )
        return given


class GroundsForm(forms.Form):
    """On what ground works may be trained on."""

    rights = forms.ChoiceField(label=gettext_lazy("Rights"), choices=Rights.choices, initial=Rights.OWN)
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        help_text=gettext_lazy(
            "Who agreed, when, and where that is written. You see it, and an operator who decides about this work."
        ),
        max_length=LIMITS.evidence,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    terms = forms.CharField(
        label=gettext_lazy("Terms of the licence"),
        help_text=gettext_lazy("Its name, or the words that allow training: “CC BY 4.0”."),
        max_length=LIMITS.evidence,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RightsForm(GroundsForm):
    """The rights of one work."""

    rights = forms.ChoiceField(
        label=gettext_lazy("On what ground may it be trained on?"), choices=Rights.choices, widget=forms.RadioSelect
    )

    @classmethod
    def of(cls, work: Work, data: Mapping[str, Any] | None) -> RightsForm:
        initial = {"rights": work.rights, "evidence": work.evidence, "terms": work.terms}
        form = cls(data, initial=initial, auto_id=f"rights-{work.pk}-%s")
        has_notes = MODALITIES[work.modality].reads_notes or work.rights == Rights.OWN_RESERVED
        form.fields["rights"].choices = _rights(with_notes=has_notes)  # type: ignore[attr-defined]  # it is a choice
        return form


class UploadForm(GroundsForm):
    """Files, and the rights of all of them."""

    works = WorksField(
        label=gettext_lazy("Files"), widget=ManyFilesInput(attrs={"accept": _ACCEPT}), allow_empty_file=True
    )
    field_order = ("works", "rights", "evidence", "terms")


class DetailsForm(forms.Form):
    """What is said about a work."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=LIMITS.title)
    kind = forms.CharField(
        label=gettext_lazy("Kind"),
        help_text=gettext_lazy(
            "In one or two words: product page, lyric, illustration, pattern. Prompts will ask for it."
        ),
        max_length=40,
        required=False,
    )
    keywords = forms.CharField(
        label=gettext_lazy("Keywords"), help_text=gettext_lazy("Separated by commas."), max_length=800, required=False
    )
    year = forms.IntegerField(label=gettext_lazy("Year"), required=False)
    language = forms.CharField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("A code such as “en” or “pt-BR”."),
        max_length=8,
        required=False,
    )

    @classmethod
    def of(cls, work: Work, data: Mapping[str, Any] | None) -> DetailsForm:
        initial = {
            "title": work.title,
            "kind": work.kind,
            "keywords": ", ".join(work.keywords),
            "year": work.year,
            "language": work.language,
        }
        return cls(data, initial=initial)

    def clean_keywords(self) -> list[str]:
        return [word.strip() for word in self.cleaned_data["keywords"].split(",") if word.strip()]


class PasteForm(DetailsForm, GroundsForm):
    """A text that is pasted."""

    rights = forms.ChoiceField(
        label=gettext_lazy("Rights"), choices=lambda: _rights(with_notes=False), initial=Rights.OWN
    )
    text = forms.CharField(
        label=gettext_lazy("Text"), strip=False, widget=forms.Textarea(attrs={"rows": 14, "class": "input--prose"})
    )
    field_order = ("title", "text", "rights", "evidence", "terms", "kind", "keywords", "year", "language")


class FilterForm(forms.Form):
    """What is shown of a long list."""

    READY = "ready"
    KEPT_OUT = "kept_out"

    q = forms.CharField(label=gettext_lazy("Search"), max_length=100, required=False)
    verdict = forms.ChoiceField(
        label=gettext_lazy("Verdict"),
        choices=[
            ("", gettext_lazy("All")),
            (READY, gettext_lazy("Ready to train")),
            (KEPT_OUT, gettext_lazy("Not trained on")),
        ],
        required=False,
    )
    rights = forms.ChoiceField(
        label=gettext_lazy("Rights"), choices=[("", gettext_lazy("All")), *Rights.choices], required=False
    )
    modality = forms.ChoiceField(label=gettext_lazy("Made of"), choices=_made_of, required=False)

    @property
    def is_mixed(self) -> bool:
        """Whether this installation takes works of more than one modality."""
        return len(MODALITIES) > 1
