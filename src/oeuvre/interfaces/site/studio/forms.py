"""Forms of the studio. They say what is typed wrong; what is allowed, the services say."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.phrases import READ_ALOUD
from oeuvre.domains.creation.services.voice_consents import LEAST_SOURCE, MOST_SOURCE
from oeuvre.domains.creation.terms import EDIT, eligibility_terms, licence_uses
from oeuvre.domains.portfolio.states import Modality
from oeuvre.interfaces.site.studio.money import MoneyField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.kit.money import Money

ARCHIVE_MEGABYTES = 64
"""An exported text version is about 5 MB."""
_SEEDS = 2**31


class LinesField(forms.CharField):
    """One thing a line; cleans to a list without blank lines and repetitions."""

    widget = forms.Textarea

    def __init__(self, *, most: int, longest: int, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.most, self.longest = most, longest
        self.widget.attrs.setdefault("rows", 4)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = [" ".join(line.split()) for line in str(super().clean(value)).splitlines()]
        kept = list(dict.fromkeys(line for line in lines if line))
        if len(kept) > self.most:
            raise forms.ValidationError(
                _("These are %(count)d lines; keep the %(most)d that matter most.")
                % {"count": len(kept), "most": self.most}
            )
        too_long = next((line for line in kept if len(line) > self.longest), None)
        if too_long:
            raise forms.ValidationError(
                _("“%(start)s…” is longer than %(longest)d characters. Shorten it.")
                % {"start": too_long[:30], "longest": self.longest}
            )
        return kept


class ApplicationForm(forms.Form):
    """The wish to be vetted."""

    statement = forms.CharField(
        label=gettext_lazy("The body of work that you want to train on"),
        help_text=gettext_lazy("What you make, for whom, since when, and what makes it recognisably yours."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def clean_statement(self) -> str:
        statement: str = self.cleaned_data["statement"].strip()
        least = eligibility_terms().statement_min_characters
        if len(statement) < least:
            raise forms.ValidationError(
                _("These are %(count)d characters; say it in at least %(least)d.")
                % {"count": len(statement), "least": least}
            )
        return statement


class ModelForm(forms.Form):
    """A new model: what it is called, and what it makes where this installation can do more than one thing."""

    asks_modality: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.asks_modality and len(MODALITIES) > 1:
            self.fields["modality"] = forms.ChoiceField(
                label=_("What it makes"),
                choices=[(name, Modality(name).label) for name in MODALITIES],
                initial=next(iter(MODALITIES)),
                widget=forms.RadioSelect,
                help_text=_("It learns from your works of this kind. This cannot be changed later."),
            )

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("As a title on a spine: “Second Shift”, “Maren, on a good morning”."),
    )
    tagline = forms.CharField(
        label=gettext_lazy("Tagline"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("One line that a buyer reads under the name."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=3000,
        required=False,
        help_text=gettext_lazy("What it learned from, what it is good at, and what it is not."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class ModelPageForm(ModelForm):
    """A model's page and the freelancer's rules for it; what it makes stays."""

    asks_modality: ClassVar[bool] = False

    allowed_topics = LinesField(
        label=gettext_lazy("Topics it is for"),
        most=20,
        longest=80,
        help_text=gettext_lazy("One a line. A prompt nearer to one of these than to a refused topic always passes."),
    )
    refused_topics = LinesField(
        label=gettext_lazy("Topics it refuses"),
        most=20,
        longest=80,
        help_text=gettext_lazy("One a line. Each refusal is recorded, and the buyer may appeal to you."),
    )
    sample_prompts = LinesField(
        label=gettext_lazy("Prompts to try"),
        most=12,
        longest=400,
        help_text=gettext_lazy("One a line. Buyers who do not know how to begin press one of these."),
    )
    licence_note = forms.CharField(
        label=gettext_lazy("A note beside the licence"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("A wish, in your own words. The licence's terms stay as they are."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    daily_previews = forms.IntegerField(
        label=gettext_lazy("Free previews a day for each buyer"), min_value=0, max_value=100
    )
    edit_days = forms.IntegerField(label=gettext_lazy("Days that you need for an edit"), min_value=1, max_value=60)
    shows_works = forms.BooleanField(
        label=gettext_lazy("Show buyers the works that it was trained on"),
        help_text=gettext_lazy(
            "Small, at most 256 pixels, and with your name across them. Buyers can then choose which works a piece leans on. "
            "Works made for clients or licensed to you are never shown."
        ),
        required=False,
    )

    @classmethod
    def of(cls, model: CreationModel, data: Mapping[str, Any] | None) -> ModelPageForm:
        """The form as it stands for a model, or as it was sent."""
        form = cls(data, initial={name: getattr(model, name) for name in cls.base_fields})
        if not MODALITIES[model.modality].works_option:
            del form.fields["shows_works"]
        return form


class PricesForm(forms.Form):
    """One price a use, and one for an edit; empty takes it off the list."""

    def __init__(self, data: Mapping[str, Any] | None, *, prices: Mapping[str, Money]) -> None:
        super().__init__(data, initial={f"price_{use}": price for use, price in prices.items()})
        for use in licence_uses().values():
            self.fields[f"price_{use.code}"] = MoneyField(label=use.label, help_text=use.summary, required=False)
        self.fields[f"price_{EDIT}"] = MoneyField(
            label=_("Edit by your own hand"),
            help_text=_("A buyer asks you to rework a piece. You may decline each request."),
            required=False,
        )

    def by_use(self) -> dict[str, Money | None]:
        """The cleaned prices by use."""
        return {name.removeprefix("price_"): price for name, price in self.cleaned_data.items()}


class TrainingForm(forms.Form):
    """How to train. The works are not chosen here: all that may be trained on are."""

    max_minutes = forms.TypedChoiceField(
        label=gettext_lazy("At most"),
        coerce=int,
        choices=[
            (5, gettext_lazy("5 minutes")),
            (10, gettext_lazy("10 minutes")),
            (20, gettext_lazy("20 minutes")),
            (40, gettext_lazy("40 minutes")),
        ],
        initial=20,
        help_text=gettext_lazy(
            "Training ends by itself when it stops getting better; this is the longest it may take."
        ),
    )
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"),
        min_value=0,
        max_value=_SEEDS - 1,
        help_text=gettext_lazy("The same works and the same seed give the same model. Any number will do."),
    )

    @staticmethod
    def fresh_seed() -> int:
        return secrets.randbelow(10_000)


class ImportForm(forms.Form):
    """A version from elsewhere."""

    archive = forms.FileField(
        label=gettext_lazy("Exported version (.tar)"),
        help_text=gettext_lazy("It is verified, tried on this installation's base, and then waits for your approval."),
        widget=forms.FileInput(attrs={"accept": ".tar,application/x-tar"}),
    )

    def clean_archive(self) -> bytes:
        file = self.cleaned_data["archive"]
        if file.size > ARCHIVE_MEGABYTES * 1024 * 1024:
            raise forms.ValidationError(
                _(
                    "%(name)s has %(size)d MB; an exported version never has more than %(most)d MB. Choose the file as it was exported."
                )
                % {"name": file.name, "size": file.size // 1024 // 1024, "most": ARCHIVE_MEGABYTES}
            )
        data: bytes = file.read()
        return data


class AnswerForm(forms.Form):
    """A few words to the buyer, with a decision that the pressed button makes."""

    answer = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("The buyer reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PhraseForm(forms.Form):
    """The language in which somebody reads a phrase aloud."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language you read in"),
        choices=[(spoken.code, spoken.label) for spoken in READ_ALOUD],
        help_text=gettext_lazy("That of your recordings, where it is here."),
    )


class DeclarationForm(forms.Form):
    """What recordings of no living person were made from."""

    source = forms.CharField(
        label=gettext_lazy("What were they made from?"),
        help_text=gettext_lazy("The voices, who made them, and the licence. Buyers read it."),
        min_length=LEAST_SOURCE,
        max_length=MOST_SOURCE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    agreed = forms.BooleanField(label=gettext_lazy("I declare this. An operator listens and decides."))


class WordsForm(forms.Form):
    """How a voice says particular words."""

    text = forms.CharField(
        label=gettext_lazy("Words, and how they are said"),
        help_text=gettext_lazy(
            "One a line: a respelling, “SQL = sequel”, or phonemes between slashes, “Zoë = /zoʊi/”. Whole words only. A word "
            "with a capital stands for exactly that spelling, one without for every spelling."
        ),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "spellcheck": "false"}),
    )


class ReadingForm(forms.Form):
    """The recording of a phrase that was read aloud."""

    reading = forms.FileField(
        label=gettext_lazy("Your reading"),
        help_text=gettext_lazy("WAV, FLAC or MP3, only the phrase."),
        widget=forms.ClearableFileInput(attrs={"accept": ".wav,.flac,.mp3,audio/wav,audio/flac,audio/mpeg"}),
        error_messages={
            "required": gettext_lazy("Record the phrase, or choose a file with it, then send it."),
            "empty": gettext_lazy("The recording is empty. Record the phrase again."),
        },
    )


class DeleteForm(forms.Form):
    """Deleting asks for the model's name, so that nobody does it by accident."""

    name = forms.CharField(
        label=gettext_lazy("The model's name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, data: Mapping[str, Any] | None, *, expected: str) -> None:
        super().__init__(data)
        self.expected = expected

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if name != self.expected:
            raise forms.ValidationError(_("Type “%(name)s”, exactly as it is written above.") % {"name": self.expected})
        return name


class ConfirmationForm(forms.Form):
    """The code that the payer's bank sent."""

    code = forms.CharField(
        label=gettext_lazy("Confirmation code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
