"""What an operator fills in about the catalogue. How much fits and what agrees is checked by the domain, as for files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy

from oeuvre.domains.catalog.states import AttributeType, CategoryKind, EvidenceKind, Way

if TYPE_CHECKING:
    from collections.abc import Sequence


class Lines(forms.CharField):
    """A list, one entry a line."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        lines = (" ".join(line.split()) for line in super().clean(value).splitlines())
        return [line for line in lines if line]


class KeyMixin(forms.Form):
    """For what is new: the key that stands in addresses."""

    key = forms.SlugField(
        label=gettext_lazy("Key"),
        help_text=gettext_lazy("Lower-case letters, digits and hyphens. It stands in addresses and never changes."),
        max_length=60,
    )


class CategoryForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    summary = forms.CharField(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("One sentence, at most 140 characters."),
        max_length=140,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class LeafForm(CategoryForm):
    aliases = Lines(
        label=gettext_lazy("Other words for it"),
        help_text=gettext_lazy("What people type who do not know the name, one a line. Search finds it by them."),
        required=False,
    )


class LeafEditForm(LeafForm):
    group = forms.ChoiceField(label=gettext_lazy("Group"))

    def __init__(self, *args: Any, groups: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = groups  # type: ignore[attr-defined]  # a ChoiceField


class GroupNewForm(KeyMixin, CategoryForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is about"), choices=CategoryKind.choices, widget=forms.RadioSelect
    )
    field_order = ("key", "name", "summary", "kind")


class LeafNewForm(KeyMixin, LeafForm):
    field_order = ("key", "name", "summary", "aliases")


class CaseForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=60)
    question = forms.CharField(
        label=gettext_lazy("The question that leads here"),
        help_text=gettext_lazy("As somebody would ask it who does not know the field; it ends with a question mark."),
        max_length=160,
    )
    example = forms.CharField(
        label=gettext_lazy("A worked example"),
        help_text=gettext_lazy("From 80 to 900 characters: who needed what, and what they got."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    ask = Lines(
        label=gettext_lazy("What to ask the freelancer"),
        help_text=gettext_lazy("2 to 6 questions, one a line."),
        rows=5,
    )
    price_low = forms.IntegerField(label=gettext_lazy("Typical price from, US dollars"), min_value=0)
    price_high = forms.IntegerField(label=gettext_lazy("Typical price to, US dollars"), min_value=0)
    days_low = forms.IntegerField(label=gettext_lazy("Typical time from, days"), min_value=0)
    days_high = forms.IntegerField(label=gettext_lazy("Typical time to, days"), min_value=0)
    way = forms.ChoiceField(label=gettext_lazy("How it is best met"), choices=Way.choices)

    @property
    def values(self) -> dict[str, Any]:
        """Of a valid form, as ``use_case_add`` takes it, but for the key."""
        given = self.cleaned_data
        return {name: given[name] for name in ("title", "question", "example", "ask", "way")} | {
            "price": (given["price_low"], given["price_high"]),
            "days": (given["days_low"], given["days_high"]),
        }


class CaseNewForm(KeyMixin, CaseForm):
    field_order = ("key",)


class AttributeForm(forms.Form):
    """An attribute that is there: its type stays, because gigs answered by it."""

    label = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    unit = forms.CharField(label=gettext_lazy("Unit"), required=False, max_length=20)
    minimum = forms.FloatField(label=gettext_lazy("Least"), required=False)
    maximum = forms.FloatField(label=gettext_lazy("Most"), required=False)

    def __init__(self, *args: Any, is_number: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_number:
            for name in ("unit", "minimum", "maximum"):
                del self.fields[name]


class AttributeNewForm(forms.Form):
    key = forms.RegexField(
        r"^[a-z][a-z0-9_]*$",
        label=gettext_lazy("Key"),
        help_text=gettext_lazy("Lower-case letters, digits and _. Gigs store it; it never changes."),
        max_length=40,
    )
    label = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    type = forms.ChoiceField(
        label=gettext_lazy("Type"),
        help_text=gettext_lazy("It never changes, because gigs answer by it."),
        choices=AttributeType.choices,
        widget=forms.RadioSelect,
    )
    options = Lines(
        label=gettext_lazy("Options"),
        help_text=gettext_lazy("Of a list: two or more, one a line."),
        required=False,
        rows=6,
    )
    unit = forms.CharField(
        label=gettext_lazy("Unit"), help_text=gettext_lazy("Of a number."), required=False, max_length=20
    )
    minimum = forms.FloatField(label=gettext_lazy("Least"), help_text=gettext_lazy("Of a number."), required=False)
    maximum = forms.FloatField(label=gettext_lazy("Most"), help_text=gettext_lazy("Of a number."), required=False)


class OptionForm(forms.Form):
    label = forms.CharField(label=gettext_lazy("Option"), max_length=60)


class AreaForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    summary = forms.CharField(label=gettext_lazy("Description"), max_length=140)


class AreaNewForm(KeyMixin, AreaForm):
    field_order = ("key",)


class SkillForm(AreaForm):
    kind = forms.ChoiceField(label=gettext_lazy("What it belongs to"), choices=CategoryKind.choices)
    aliases = Lines(
        label=gettext_lazy("Synonyms"),
        help_text=gettext_lazy("Other words that people search it by, one a line."),
        required=False,
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Categories in which it is used"),
        help_text=gettext_lazy("At most 8. A gig there is also found by this skill of its freelancer's."),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    evidence = forms.MultipleChoiceField(
        label=gettext_lazy("What can show it"), choices=EvidenceKind.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, leaves: Sequence[tuple[str, Sequence[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["categories"].choices = leaves  # type: ignore[attr-defined]  # a MultipleChoiceField


class SkillNewForm(KeyMixin, SkillForm):
    field_order = ("key",)
