"""Sections that are one plain form: what it says, what the category asks for, the use of AI and the rights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.rules import LICENCE
from oeuvre.domains.catalog.states import AiPolicy, AttributeType
from oeuvre.interfaces.site.catalogue.common import language_name
from oeuvre.interfaces.site.catalogue.views.gig import ai_words
from oeuvre.interfaces.site.studio_gigs.editing import FormEditor

if TYPE_CHECKING:
    from django.http import QueryDict

    from oeuvre.domains.catalog.content import AttributeValue, GigContent
    from oeuvre.domains.catalog.selectors import AttributeRule

SPOKEN = ("en", "es", "pt", "fr", "de", "it", "nl", "pl", "sv", "da", "no", "fi", "tr", "ar", "sw", "vi", "zh", "ja")
"""Languages that the form names; any other is given by its code."""
LANGUAGE = "language"
"""An attribute of the shipped catalogue that says the same as the gig's languages; it is answered from them."""
_OPTIONS = {
    "en": "english", "pt": "portuguese", "es": "spanish", "fr": "french", "de": "german", "it": "italian",
    "nl": "dutch", "pl": "polish", "tr": "turkish", "ar": "arabic", "hi": "hindi", "zh": "mandarin", "ja": "japanese",
    "ko": "korean",
}  # fmt: skip


class WordsForm(forms.Form):
    """What stands at the top of a gig's page."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=LIMITS.title,
        required=False,
        help_text=gettext_lazy("What you do, as a buyer would say it. At most 80 characters."),
        widget=forms.TextInput(attrs={"class": "input--title"}),
    )
    summary = forms.CharField(
        label=gettext_lazy("In one sentence"),
        max_length=LIMITS.summary,
        required=False,
        help_text=gettext_lazy("What the buyer gets. It stands under the title and in every list."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    description = forms.CharField(
        label=gettext_lazy("About this gig"),
        max_length=LIMITS.description,
        required=False,
        help_text=gettext_lazy("How you work, what is delivered, for whom it is right and for whom it is not."),
        widget=forms.Textarea(attrs={"rows": 14, "class": "input--prose"}),
    )


class WordsEditor(FormEditor):
    template = "studio_gigs/sections/words.html"

    def build(self, data: QueryDict | None) -> None:
        content = self.draft.content
        initial = {"title": content.title, "summary": content.summary, "description": content.description}
        self.form = WordsForm(data, initial=initial)

    def apply(self, content: GigContent) -> GigContent:
        return replace(content, **self.form.cleaned_data)


class DetailsForm(forms.Form):
    """The category's attributes, a field each (``a_<key>``), and the languages."""

    def __init__(self, data: QueryDict | None, *, rules: list[AttributeRule], content: GigContent) -> None:
        super().__init__(data)
        self.spoken_rule = next((rule for rule in rules if rule.key == LANGUAGE), None)
        self.rules = [rule for rule in rules if rule.key != LANGUAGE]
        for rule in self.rules:
            self.fields[f"a_{rule.key}"] = attribute_field(rule, content.attributes.get(rule.key))
        named = [(code, language_name(code)) for code in dict.fromkeys((*SPOKEN, *content.languages))]
        named.sort(key=lambda pair: pair[1])
        self.fields["main_language"] = forms.ChoiceField(
            label=_("Main language"),
            help_text=_("The one that you deliver in unless you agree on another."),
            choices=[("", _("Choose…")), *named],
            required=False,
            initial=content.languages[0] if content.languages else "",
        )
        self.fields["other_languages"] = forms.MultipleChoiceField(
            label=_("Also"),
            choices=named,
            required=False,
            initial=list(content.languages[1:]),
            widget=forms.CheckboxSelectMultiple(attrs={"class": "many"}),
        )
        self.fields["more_languages"] = forms.CharField(
            label=_("Others, by their codes"),
            help_text=_("With commas, such as: cy, pt-BR, uk."),
            required=False,
            max_length=120,
        )

    @property
    def asked(self) -> list[forms.BoundField]:
        return [self[f"a_{rule.key}"] for rule in self.rules]

    @property
    def spoken(self) -> tuple[str, ...]:
        """The languages that were chosen, the main one first; of a valid form."""
        given = self.cleaned_data
        more = [code.strip() for code in given["more_languages"].replace(";", ",").split(",")]
        found = dict.fromkeys((given["main_language"], *given["other_languages"], *more))
        return tuple(code for code in found if code)

    @property
    def answers(self) -> dict[str, AttributeValue]:
        """What was answered; of a valid form."""
        given = {rule.key: self.cleaned_data[f"a_{rule.key}"] for rule in self.rules}
        if self.spoken_rule is not None:
            named = dict.fromkeys(_OPTIONS.get(code.partition("-")[0], "other") for code in self.spoken)
            given[LANGUAGE] = [option for option in named if option in self.spoken_rule.options]
        return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}


def attribute_field(rule: AttributeRule, value: AttributeValue | None) -> forms.Field:
    """The field that asks for an attribute. Answers are left out freely; what is needed, the checklist says."""
    note = _("Needed to publish.") if rule.required else ""
    words: dict[str, Any] = {"label": rule.label, "required": False, "initial": value, "help_text": note}
    if rule.type is AttributeType.CHOICES:
        words["initial"] = list(value) if isinstance(value, tuple) else []
        words["help_text"] = " ".join(filter(None, [note, _("What you do best, at most %d.") % LIMITS.choices]))
        widget = forms.CheckboxSelectMultiple(attrs={"class": "many"})
        return forms.MultipleChoiceField(choices=list(rule.options.items()), widget=widget, **words)
    if rule.type is AttributeType.NUMBER:
        is_said = not rule.unit or rule.unit.lower() in rule.label.lower()
        words["label"] = rule.label if is_said else f"{rule.label} ({rule.unit})"
        return forms.FloatField(widget=forms.NumberInput(attrs={"step": "any"}), **words)
    if rule.type is AttributeType.BOOLEAN:
        words["initial"] = "" if value is None else "yes" if value else "no"
        options = [("", _("Not said")), ("yes", _("Yes")), ("no", _("No"))]
        return forms.TypedChoiceField(choices=options, coerce=lambda given: given == "yes", empty_value=None, **words)
    return forms.ChoiceField(choices=[("", _("Not said")), *rule.options.items()], **words)


class DetailsEditor(FormEditor):
    template = "studio_gigs/sections/details.html"
    form: DetailsForm

    def build(self, data: QueryDict | None) -> None:
        leaf = self.draft.leaf
        rules = [rule for key, rule in leaf.attributes.items() if key != LICENCE] if leaf else []
        self.form = DetailsForm(data, rules=rules, content=self.draft.content)

    def name_of(self, field: str) -> str:
        head, _dot, key = field.partition(".")
        return {"languages": "main_language", "attributes": f"a_{key}"}.get(head, "")

    def apply(self, content: GigContent) -> GigContent:
        rights = {key: value for key, value in content.attributes.items() if key == LICENCE}
        return replace(content, attributes={**self.form.answers, **rights}, languages=self.form.spoken)


class AiForm(forms.Form):
    """How much of a delivery a model may make, and what the buyer may do with it."""

    ai_policy = forms.ChoiceField(label=gettext_lazy("Use of AI"), widget=forms.RadioSelect)
    licence = forms.ChoiceField(
        label=gettext_lazy("Rights that the buyer gets"),
        help_text=gettext_lazy("A completed order assigns them; the buyer reads them before ordering."),
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: QueryDict | None, *, rule: AttributeRule | None, content: GigContent) -> None:
        super().__init__(data, initial={"ai_policy": str(content.ai_policy), "licence": content.rights})
        policies: Any = self.fields["ai_policy"]
        policies.choices = [
            (one.value, format_html("<span><strong>{}</strong><br>{}</span>", one.label, ai_words(one)))
            for one in AiPolicy
        ]
        if rule is None:
            del self.fields["licence"]
            return
        rights: Any = self.fields["licence"]
        rights.choices = list(rule.options.items())


class AiEditor(FormEditor):
    template = "studio_gigs/sections/ai.html"

    def build(self, data: QueryDict | None) -> None:
        rule = self.draft.leaf.attributes.get(LICENCE) if self.draft.leaf else None
        self.form = AiForm(data, rule=rule, content=self.draft.content)

    def name_of(self, field: str) -> str:
        return {"ai_policy": "ai_policy", f"attributes.{LICENCE}": "licence"}.get(field, "")

    def apply(self, content: GigContent) -> GigContent:
        given = self.form.cleaned_data
        rights: dict[str, AttributeValue] = {LICENCE: given["licence"]} if "licence" in given else {}
        policy = AiPolicy(given["ai_policy"])
        return replace(content, ai_policy=policy, attributes={**content.attributes, **rights})
