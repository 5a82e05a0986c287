"""Forms of the buyer's pages. They say what is typed wrong; what is allowed, the services say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.modalities.base import Brought
from oeuvre.domains.creation.services.edits import MAX_DAYS
from oeuvre.domains.creation.services.generations import MAX_PROMPT, MAX_SEED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.core.files.uploadedfile import UploadedFile

    from oeuvre.domains.creation.modalities.base import CreationModality, TextOption
    from oeuvre.domains.creation.works_shown import ShownWork

FILE_MEGABYTES = 20
SIDECAR_MEGABYTES = 2
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """A question beside the prompt."""

    field: forms.BoundField
    when: tuple[str, ...] = ()
    """Answers to the first question that it is asked with; empty: with every one."""


class PromptForm(forms.Form):
    """What a buyer asks a model for."""

    prompt = forms.CharField(
        min_length=3,
        max_length=MAX_PROMPT,
        widget=forms.Textarea(attrs={"rows": 4, "class": "input--prose"}),
        error_messages={"required": gettext_lazy("Say what you need, in a sentence.")},
    )
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"),
        required=False,
        min_value=0,
        max_value=MAX_SEED,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(
        self,
        *args: Any,
        modality: CreationModality,
        works: Sequence[ShownWork] = (),
        takes_files: bool = True,
        **kwargs: Any,
    ) -> None:
        """``works`` are those that may be chosen; files are taken only of who is logged in: nothing else waits for them."""
        super().__init__(*args, **kwargs)
        self._asked = modality.options
        self.fields["prompt"].label = modality.phrases.prompt
        self.fields["prompt"].help_text = str(modality.phrases.prompt_help)
        self.fields["seed"].help_text = str(modality.phrases.seed_help)
        self._texts, self._files = modality.texts, modality.files if takes_files else ()
        self._works = modality.works_option if works else ""
        for text in modality.texts:
            self.fields[text.name] = forms.CharField(
                label=text.label,
                help_text=text.help,
                max_length=text.longest,
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}) if text.is_long else None,
            )
            self.fields[text.name].is_needed = text.is_needed  # type: ignore[attr-defined]  # read by ui/field.html
        for file in self._files:
            self.fields[file.name] = forms.FileField(
                label=file.label,
                help_text=file.help,
                required=False,
                allow_empty_file=True,
                widget=forms.FileInput(attrs={"accept": file.accept}),
            )
        if self._works:
            self.fields[self._works] = forms.MultipleChoiceField(
                choices=[(work.sha256, work.title) for work in works],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                error_messages={
                    "invalid_choice": gettext_lazy("One of these works is not shown any more. Choose again.")
                },
            )
        for option in modality.options:
            self.fields[option.name] = forms.ChoiceField(
                label=option.label,
                choices=[(choice.key, choice.label) for choice in option.choices],
                initial=option.initial,
                widget=forms.RadioSelect,
            )

    @property
    def asked(self) -> list[Asked]:
        """The questions of the modality, each with its field, in the order in which they are thought of."""
        found = [Asked(self[option.name]) for option in self._asked[:1]]
        found += [Asked(self[file.name], file.when) for file in self._files]
        found += [Asked(self[option.name]) for option in self._asked[1:]]
        return found + [Asked(self[text.name], text.when) for text in self._texts]

    @property
    def works(self) -> forms.BoundField | None:
        """The works that may be chosen; None where there is no choice."""
        return self[self._works] if self._works else None

    @property
    def options(self) -> dict[str, Any]:
        """What the answers come to, in the modality's terms."""
        chosen = (option.chosen(self.cleaned_data[option.name]) for option in self._asked)
        names = [text.name for text in self._texts] + ([self._works] if self._works else [])
        given = {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}
        return {name: value for values in chosen for name, value in values.items()} | given

    @property
    def brought(self) -> dict[str, Brought]:
        """The files that came with it."""
        given = {file.name: self.cleaned_data.get(file.name) for file in self._files}
        return {name: Brought(str(file.name), file.read()) for name, file in given.items() if file}

    @property
    def kept(self) -> dict[str, Any]:
        """What can wait in a session while its writer logs in."""
        files = {file.name for file in self._files}
        return {name: value for name, value in self.cleaned_data.items() if name not in files}


class WordsForm(forms.Form):
    """The words on a design, one field for each place that it has."""

    def __init__(
        self, data: Mapping[str, Any] | None, *, texts: Sequence[TextOption], initial: Mapping[str, str]
    ) -> None:
        super().__init__(data, initial=dict(initial))
        for text in texts:
            self.fields[text.name] = forms.CharField(
                label=text.label,
                max_length=text.longest,
                required=text.is_needed,
                error_messages={"required": str(text.help)},
                widget=forms.Textarea(attrs={"rows": 3}) if text.is_long else None,
            )


class AppealForm(forms.Form):
    """Why a refused prompt should pass."""

    reason = forms.CharField(
        label=gettext_lazy("Why should this pass?"),
        help_text=gettext_lazy("The freelancer reads it and decides about exactly this prompt."),
        min_length=5,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class CodeForm(forms.Form):
    """What the buyer's bank wants to hear."""

    code = forms.CharField(
        label=gettext_lazy("Confirmation code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class EditForm(forms.Form):
    """What the freelancer is asked to change, and by when."""

    instructions = forms.CharField(
        label=gettext_lazy("What should change?"),
        help_text=gettext_lazy("The prompt, the seed, the version and the piece travel with your request."),
        min_length=10,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    due_on = forms.DateField(label=gettext_lazy("By when?"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Mapping[str, Any] | None, *, days: int) -> None:
        self.earliest = date.today() + timedelta(days=days)
        self.latest = self.earliest + timedelta(days=MAX_DAYS)
        super().__init__(data, initial={"due_on": self.earliest.isoformat()})
        limits = {"min": self.earliest.isoformat(), "max": self.latest.isoformat()}
        self.fields["due_on"].widget.attrs.update(limits)
        self.fields["due_on"].help_text = _("The freelancer asks for %(days)d days: %(date)s or later.") % {
            "days": days,
            "date": date_format(self.earliest, "DATE_FORMAT"),
        }

    def clean_due_on(self) -> date:
        due: date = self.cleaned_data["due_on"]
        if not self.earliest <= due <= self.latest:
            raise forms.ValidationError(
                _("Choose a date from %(first)s to %(last)s.")
                % {
                    "first": date_format(self.earliest, "DATE_FORMAT"),
                    "last": date_format(self.latest, "DATE_FORMAT"),
                }
            )
        return due


def _within(file: UploadedFile[bytes] | None, megabytes: int) -> UploadedFile[bytes] | None:
    if file is not None and (file.size or 0) > megabytes * _MEGABYTE:
        raise forms.ValidationError(
            _("This file is larger than %(most)d MB. Paste its SHA-256 instead.") % {"most": megabytes}
        )
    return file


class VerifyForm(forms.Form):
    """A file to verify, with the credentials that lie beside it, if any."""

    file = forms.FileField(
        label=gettext_lazy("The file"),
        error_messages={
            "required": gettext_lazy("Choose the file that you want to verify."),
            "empty": gettext_lazy("This file is empty. Choose the one that you downloaded."),
        },
    )
    sidecar = forms.FileField(
        label=gettext_lazy("Its credentials file (.c2pa)"),
        help_text=gettext_lazy(
            "Only TXT and Markdown have one. Pictures, recordings, PDF and DOCX carry theirs inside."
        ),
        required=False,
    )

    def clean_file(self) -> UploadedFile[bytes] | None:
        return _within(self.cleaned_data["file"], FILE_MEGABYTES)

    def clean_sidecar(self) -> UploadedFile[bytes] | None:
        return _within(self.cleaned_data["sidecar"], SIDECAR_MEGABYTES)
