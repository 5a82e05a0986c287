"""Forms of the guide and of briefs. They say what is typed wrong; what is allowed, the services say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.briefs.content import BriefContent
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.states import AiWish
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.errors import EntryNotFoundError
from oeuvre.domains.catalog.states import AttributeType
from oeuvre.domains.conversations.services import Upload
from oeuvre.interfaces.site.briefs.criteria import criteria_initial, criteria_of
from oeuvre.interfaces.site.briefs.shown import LICENCE, PRIVACY, option_words
from oeuvre.interfaces.site.catalogue.common import language_name
from oeuvre.interfaces.site.market.common import number_of
from oeuvre.interfaces.site.orders.criteria import CriteriaForm
from oeuvre.interfaces.site.orders.forms import AmountField
from oeuvre.interfaces.site.people.forms import LANGUAGES
from oeuvre.interfaces.site.studio.forms import LinesField
from oeuvre.interfaces.site.uploads import ManyFilesField, ManyFilesInput
from oeuvre.kit.actor import Actor
from oeuvre.kit.files.checking import ACCEPTED
from oeuvre.kit.files.naming import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.forms import BoundField
    from django.http import QueryDict

    from oeuvre.domains.briefs.content import Answered
    from oeuvre.domains.catalog.selectors import AttributeRule, AttributeWords, LeafRules
    from oeuvre.domains.catalog.services import Criterion

ATTRIBUTE = "attributes."
OPEN_DAYS = (7, 14, 30, 60, 90)
MANY = ("languages", "kept")
"""Fields with several values, beside the attributes."""


class NeedForm(forms.Form):
    """What somebody wants, in their own words."""

    text = forms.CharField(
        label=gettext_lazy("What do you need? Say it in your own words."),
        max_length=LIMITS.need,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 6, "class": "input--prose"}),
        error_messages={
            "required": gettext_lazy("Say in a sentence or two what you want to reach, or take an example.")
        },
    )


class CaseField(forms.ChoiceField):
    """An example of the category; one of another category, chosen before that was changed, is none."""

    def clean(self, value: Any) -> str:
        return str(value) if value and self.valid_value(str(value)) else ""


class BriefForm(CriteriaForm):
    """A brief, whole. What a category asks for comes from ``category``, as it was sent or else as it stands.

    ``words`` are a brief's own, which spare asking for those of licence and confidentiality.
    """

    title = forms.CharField(label=gettext_lazy("Title"), max_length=LIMITS.title)
    goal = forms.CharField(
        label=gettext_lazy("What you want to reach"),
        help_text=gettext_lazy("In your own words. Freelancers read it before anything else."),
        max_length=LIMITS.goal,
        widget=forms.Textarea(attrs={"rows": 7, "class": "input--prose"}),
    )
    deliverables = LinesField(
        label=gettext_lazy("What you get"),
        help_text=gettext_lazy("One thing a line."),
        most=LIMITS.deliverables,
        longest=LIMITS.deliverable,
    )
    category = forms.ChoiceField(label=gettext_lazy("Category"), help_text=gettext_lazy("Freelancers are found by it."))
    use_case = CaseField(label=gettext_lazy("Nearest example"), required=False)
    budget_low = AmountField(label=gettext_lazy("Budget, from"), required=False)
    budget_high = AmountField(label=gettext_lazy("Budget, up to"), required=False)
    due = forms.DateField(
        label=gettext_lazy("Needed by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), required=False, widget=forms.CheckboxSelectMultiple
    )
    ai_wish = forms.ChoiceField(
        label=gettext_lazy("How much AI may be in it?"), choices=AiWish.choices, widget=forms.RadioSelect
    )
    licence = forms.ChoiceField(label=gettext_lazy("Rights you need"), required=False)
    privacy_level = forms.ChoiceField(label=gettext_lazy("Confidentiality"), required=False)
    open_days = forms.TypedChoiceField(label=gettext_lazy("Takes offers for"), coerce=int)
    kept = forms.MultipleChoiceField(
        label=gettext_lazy("Your answers, for freelancers to read"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        initial: dict[str, Any] | None = None,
        answers: Sequence[Answered] = (),
        criteria: Sequence[Criterion] = (),
        category: str = "",
        words: AttributeWords | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.answers = tuple(answers)
        self.criteria = tuple(criteria)
        self.leaf_key = str((data or initial or {}).get("category") or category)
        self.leaf = _leaf(self.leaf_key)
        nothing = ("", _("That does not matter"))
        self._choices("category", [("", _("Choose a category")), *_tree()])
        self._choices("use_case", [("", _("None of them")), *_cases(self.leaf_key if self.leaf else "")])
        asked = self.leaf.attributes if self.leaf else {}
        known = {} if {LICENCE, PRIVACY} <= asked.keys() else option_words(words)
        for key in (LICENCE, PRIVACY):
            options = asked[key].options if key in asked else known[key]
            self._choices(key, [nothing, *options.items()])
        stored = number_of(str((initial or {}).get("open_days"))) or LIMITS.open_days
        days = sorted({*OPEN_DAYS, min(stored, LIMITS.most_open_days)})
        self._choices("open_days", [(day, _("%(count)d days") % {"count": day}) for day in days])
        codes = dict.fromkeys([*(code for code, _name in LANGUAGES), *((initial or {}).get("languages") or ())])
        self._choices("languages", [(code, language_name(code)) for code in codes])
        self._choices("kept", [(str(place), f"{one.question} {one.answer}") for place, one in enumerate(self.answers)])
        for rule in self._rules():
            self.fields[ATTRIBUTE + rule.key] = _attribute_field(rule)

    @classmethod
    def of(cls, content: BriefContent, **options: Any) -> BriefForm:
        """The form for a brief that is there."""
        return cls(initial=_initial(content), **options)

    def _choices(self, name: str, choices: list[Any]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def _rules(self) -> list[AttributeRule]:
        """What the category asks for; rights and confidentiality have fields of their own."""
        return (
            [rule for key, rule in self.leaf.attributes.items() if key not in (LICENCE, PRIVACY)] if self.leaf else []
        )

    @property
    def attribute_fields(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith(ATTRIBUTE)]

    @property
    def has_attributes(self) -> bool:
        """Whether anything of what the category asks for is answered."""
        return any(field.value() for field in self.attribute_fields)

    @property
    def content(self) -> BriefContent:
        """What a valid form says."""
        given = self.cleaned_data
        kept = {int(place) for place in given["kept"]}
        return BriefContent(
            title=given["title"],
            goal=given["goal"],
            deliverables=tuple(given["deliverables"]),
            category=given["category"],
            use_case=given["use_case"],
            attributes={rule.key: value for rule in self._rules() if (value := self._value(rule)) is not None},
            criteria=criteria_of(self, self.criteria),
            answers=tuple(one for place, one in enumerate(self.answers) if place in kept),
            languages=tuple(given["languages"]),
            budget_low=given["budget_low"],
            budget_high=given["budget_high"],
            due=given["due"],
            ai_wish=AiWish(given["ai_wish"]),
            privacy_level=given["privacy_level"],
            licence=given["licence"],
            open_days=given["open_days"],
        )

    def _value(self, rule: AttributeRule) -> Any:
        value = self.cleaned_data.get(ATTRIBUTE + rule.key)
        if rule.type is AttributeType.BOOLEAN:
            return {"yes": True, "no": False}.get(str(value))
        if rule.type is AttributeType.NUMBER:
            return value
        chosen = tuple(value or ())
        if rule.type is AttributeType.CHOICE and len(chosen) == 1:
            return chosen[0]
        return chosen or None


class FilesForm(forms.Form):
    """Files to put beside a brief; what is allowed, the service says."""

    use_required_attribute = False

    added = ManyFilesField(
        label=gettext_lazy("Add files"),
        allow_empty_file=True,
        widget=ManyFilesInput(attrs={"accept": ACCEPTED}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["added"].help_text = _(
            "Up to %(files)d, each up to %(file)s. Whoever may read the brief may fetch them. No programs, no web pages."
        ) % {"files": LIMITS.files, "file": in_words(settings.ATTACHMENT_BYTES)}

    @property
    def uploads(self) -> list[Upload]:
        """What the service takes. Of a file that is too large only as much is read as shows that it is."""
        most = settings.ATTACHMENT_BYTES
        return [Upload(file.name or "", file.read(most + 1)) for file in self.cleaned_data.get("added", ())]


def posted_initial(data: QueryDict) -> dict[str, Any]:
    """What was typed, to be shown again without judging it yet."""
    many = {name for name in data if name in MANY or name.startswith(ATTRIBUTE)}
    return {name: data.getlist(name) if name in many else data.get(name) for name in data}


def _initial(content: BriefContent) -> dict[str, Any]:
    low, high = content.budget_low, content.budget_high
    return {
        "title": content.title,
        "goal": content.goal,
        "deliverables": list(content.deliverables),
        "category": content.category,
        "use_case": content.use_case,
        "budget_low": low.decimal if low else None,
        "budget_high": high.decimal if high else None,
        "due": content.due,
        "languages": list(content.languages),
        "ai_wish": content.ai_wish.value,
        "licence": content.licence,
        "privacy_level": content.privacy_level,
        "open_days": content.open_days,
        "kept": [str(place) for place in range(len(content.answers))],
        **{ATTRIBUTE + key: _shown_value(value) for key, value in content.attributes.items()},
        **criteria_initial(content.criteria),
    }


def _shown_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:g}"
    return [value] if isinstance(value, str) else list(value)


def _attribute_field(rule: AttributeRule) -> forms.Field:
    label = f"{rule.label} ({rule.unit})" if rule.unit else rule.label
    if rule.type is AttributeType.BOOLEAN:
        choices = [("", _("That does not matter")), ("yes", _("Yes")), ("no", _("No"))]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    if rule.type is AttributeType.NUMBER:
        return forms.FloatField(label=label, min_value=rule.minimum, max_value=rule.maximum, required=False)
    return forms.MultipleChoiceField(
        label=label, choices=list(rule.options.items()), required=False, widget=forms.CheckboxSelectMultiple
    )


def _leaf(key: str) -> LeafRules | None:
    try:
        return catalog.leaf_get(key=key) if key else None
    except EntryNotFoundError:
        return None


def _tree() -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups with their leaves, as a select shows them."""
    groups = catalog.category_tree(actor=Actor.anonymous())
    return [
        (group.category.name, [(leaf.category.key, leaf.category.name) for leaf in group.leaves])
        for group in groups
        if group.leaves
    ]


def _cases(category: str) -> list[tuple[str, str]]:
    if not category:
        return []
    return [(case.key, case.title) for case in catalog.use_cases(actor=Actor.anonymous(), category=category)]
