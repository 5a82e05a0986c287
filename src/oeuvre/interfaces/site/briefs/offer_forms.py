"""Forms of offers: what a freelancer writes, and what a buyer answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.briefs.content import OfferContent, OfferPart
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.orders.pricing import quote, sum_of
from oeuvre.interfaces.site.briefs.criteria import criteria_initial, criteria_of
from oeuvre.interfaces.site.briefs.shown import LICENCE, criteria_shown, option_words
from oeuvre.interfaces.site.orders.criteria import CriteriaForm
from oeuvre.interfaces.site.orders.forms import AmountField

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.forms import BoundField

    from oeuvre.domains.briefs.states import AiWish
    from oeuvre.domains.catalog.services import Criterion
    from oeuvre.domains.orders.pricing import Quote

EXTRAS = 3
"""Extras that the form has room for, unless there are more already."""


@dataclass(frozen=True, slots=True)
class PartRow:
    """The fields of one milestone or extra."""

    number: int
    title: BoundField
    price: BoundField
    days: BoundField

    @property
    def is_filled(self) -> bool:
        return any(field.value() not in (None, "") for field in (self.title, self.price, self.days))


class OfferForm(CriteriaForm):
    """An offer, whole. ``asked`` are the brief's criteria, each of which can be promised with a tick; ``before`` those of the
    draft that is there."""

    title = forms.CharField(
        label=gettext_lazy("Title"), help_text=gettext_lazy("The order will bear it."), max_length=LIMITS.title
    )
    message = forms.CharField(
        label=gettext_lazy("To the buyer"),
        help_text=gettext_lazy("Why you, and how you would go about it."),
        required=False,
        max_length=LIMITS.message,
        widget=forms.Textarea(attrs={"rows": 5, "class": "input--prose"}),
    )
    scope = forms.CharField(
        label=gettext_lazy("What is included, and what is not"),
        required=False,
        max_length=LIMITS.scope,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    revisions = forms.IntegerField(
        label=gettext_lazy("Revisions included"), min_value=0, max_value=LIMITS.revisions, initial=1
    )
    ai_policy = forms.ChoiceField(
        label=gettext_lazy("How much AI will you use?"), widget=forms.RadioSelect, choices=AiPolicy.choices
    )
    rights = forms.ChoiceField(label=gettext_lazy("Rights that the buyer gets"), required=False)
    valid_days = forms.IntegerField(
        label=gettext_lazy("Holds for so many days"),
        min_value=1,
        max_value=LIMITS.most_valid_days,
        initial=LIMITS.valid_days,
    )
    promised = forms.MultipleChoiceField(
        label=gettext_lazy("What the brief asks for, and you promise"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        initial: dict[str, Any] | None = None,
        asked: Sequence[Criterion] = (),
        before: Sequence[Criterion] = (),
        wish: AiWish | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.asked, self.before = tuple(asked), tuple(before)
        given = data if data is not None else initial or {}
        there = sum(f"extra_{number}_title" in given for number in range(1, LIMITS.extras + 1))
        self.room = {"milestone": LIMITS.milestones, "extra": max(EXTRAS, there)}
        for kind, most in self.room.items():
            for number in range(1, most + 1):
                self._part_fields(kind, number)
        self._choices("rights", [("", _("As your page says")), *option_words()[LICENCE].items()])
        self._choices("promised", [(str(place), words) for place, (words, _is) in enumerate(criteria_shown(asked))])
        if wish is not None:
            fitting = [(one.value, one.label) for one in AiPolicy if one in wish.policies]
            self._choices("ai_policy", fitting)
            if len(fitting) == 1:
                self.initial.setdefault("ai_policy", fitting[0][0])

    @classmethod
    def of(cls, content: OfferContent, *, asked: Sequence[Criterion] = (), **options: Any) -> OfferForm:
        """The form for a draft that is there."""
        return cls(initial=_initial(content, asked), asked=asked, **options)

    def _part_fields(self, kind: str, number: int) -> None:
        first = kind == "milestone" and number == 1
        least = 1 if kind == "milestone" else 0
        self.fields[f"{kind}_{number}_title"] = forms.CharField(
            label=_("What is delivered"), max_length=LIMITS.part, required=first
        )
        self.fields[f"{kind}_{number}_price"] = AmountField(label=_("Price"), required=first)
        self.fields[f"{kind}_{number}_days"] = forms.IntegerField(
            label=_("Days"), min_value=least, max_value=LIMITS.days, required=first
        )

    def _choices(self, name: str, choices: list[Any]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def _rows(self, kind: str) -> list[PartRow]:
        return [
            PartRow(number, *(self[f"{kind}_{number}_{name}"] for name in ("title", "price", "days")))
            for number in range(1, self.room[kind] + 1)
        ]

    @property
    def milestones(self) -> list[PartRow]:
        return self._rows("milestone")

    @property
    def extras(self) -> list[PartRow]:
        return self._rows("extra")

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        for kind in self.room:
            for row in self._rows(kind):
                self._whole(kind, row.number)
        return found

    def _whole(self, kind: str, number: int) -> None:
        """A row is empty, or has a title, a price and days."""
        names = {name: f"{kind}_{number}_{name}" for name in ("title", "price", "days")}
        given = {name: self.cleaned_data.get(field) for name, field in names.items()}
        if not any(value not in (None, "") for value in given.values()):
            return
        words = {
            "title": _("Say what is delivered for it."),
            "price": _("Write its price, or empty the row."),
            "days": _("Write how many days it takes, or empty the row."),
        }
        for name, value in given.items():
            if value in (None, "") and names[name] not in self.errors:
                self.add_error(names[name], words[name])

    def _parts(self, kind: str) -> Iterator[OfferPart]:
        given = self.cleaned_data
        for number in range(1, self.room[kind] + 1):
            title, price, days = (given.get(f"{kind}_{number}_{name}") for name in ("title", "price", "days"))
            if title and price is not None and days is not None:
                yield OfferPart(title, price, days)

    @property
    def content(self) -> OfferContent:
        """What a valid form says."""
        given = self.cleaned_data
        promised = {int(place) for place in given["promised"]}
        return OfferContent(
            title=given["title"],
            message=given["message"],
            scope=given["scope"],
            milestones=tuple(self._parts("milestone")),
            extras=tuple(self._parts("extra")),
            revisions=given["revisions"],
            ai_policy=AiPolicy(given["ai_policy"]),
            rights=given["rights"],
            criteria=(
                *(one for place, one in enumerate(self.asked) if place in promised),
                *criteria_of(self, self.before),
            ),
            valid_days=given["valid_days"],
        )


@dataclass(frozen=True, slots=True)
class Sum:
    """What an offer comes to, as far as it is filled in."""

    quote: Quote
    days: int
    parts: int


def sum_typed(data: Mapping[str, Any]) -> Sum | None:
    """The sum of the milestones that are typed so far; None before the first price. What cannot be read counts nothing."""
    price_field, prices, days = AmountField(required=False), [], 0
    for number in range(1, LIMITS.milestones + 1):
        try:
            price = price_field.clean(data.get(f"milestone_{number}_price", ""))
        except forms.ValidationError:
            continue
        if price:
            prices.append(price)
        typed = str(data.get(f"milestone_{number}_days", ""))
        days += int(typed) if typed.isdecimal() and len(typed) < 4 else 0
    if not prices:
        return None
    return Sum(quote(price=sum_of(prices, settings.CURRENCY)), days, len(prices))


def sum_of_content(content: OfferContent) -> Sum:
    """The same of an offer that is there."""
    return Sum(quote(price=content.price), content.days, len(content.milestones))


def offer_start(*, title: str, asked: Sequence[Criterion], rights: str, wish: AiWish | None) -> dict[str, Any]:
    """What a new offer begins with: the brief's title and rights, and all that it asks for, promised."""
    found: dict[str, Any] = {"title": title, "rights": rights, "promised": [str(place) for place in range(len(asked))]}
    fitting = wish.policies if wish else frozenset()
    return found | ({"ai_policy": next(iter(fitting)).value} if len(fitting) == 1 else {})


def _initial(content: OfferContent, asked: Sequence[Criterion]) -> dict[str, Any]:
    same = [place for place, one in enumerate(asked) if one in content.criteria]
    rest = [one for one in content.criteria if one not in asked]
    parts = {
        f"{kind}_{number}_{name}": value
        for kind, rows in (("milestone", content.milestones), ("extra", content.extras))
        for number, part in enumerate(rows, start=1)
        for name, value in (("title", part.title), ("price", part.price.decimal), ("days", part.days))
    }
    return {
        "title": content.title,
        "message": content.message,
        "scope": content.scope,
        "revisions": content.revisions,
        "ai_policy": content.ai_policy.value,
        "rights": content.rights,
        "valid_days": content.valid_days,
        "promised": [str(place) for place in same],
        **parts,
        **criteria_initial(rest),
    }


class DeclineForm(forms.Form):
    """A no, with a word or without."""

    word = forms.CharField(
        label=gettext_lazy("A word to the freelancer"),
        help_text=gettext_lazy("It stands in your conversation."),
        required=False,
        max_length=LIMITS.reason,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
