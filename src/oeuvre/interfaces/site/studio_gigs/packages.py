"""The three packages side by side, with what is in each in numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy

from oeuvre.domains.catalog.content import Fact, Package
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.states import PackageKey
from oeuvre.domains.demand.selectors import price_range
from oeuvre.domains.orders.pricing import quote
from oeuvre.interfaces.site.market.common import number_of
from oeuvre.interfaces.site.studio_gigs.editing import Editor
from oeuvre.interfaces.site.studio_gigs.fields import PriceField, Rows, moved, rows_of

if TYPE_CHECKING:
    from django.http import QueryDict

    from oeuvre.domains.catalog.content import GigContent
    from oeuvre.domains.orders.pricing import Quote
    from oeuvre.interfaces.site.studio_gigs.editing import Files

FACTS, THERE = "facts", "there"


class PackageForm(forms.Form):
    """One package; the prefix is its key."""

    title = forms.CharField(label=gettext_lazy("Name"), max_length=LIMITS.package_title)
    description = forms.CharField(
        label=gettext_lazy("What is in it"),
        max_length=LIMITS.package_description,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    price = PriceField(label=gettext_lazy("Price"))
    days = forms.IntegerField(label=gettext_lazy("Days to the delivery"), widget=forms.NumberInput(attrs={"min": 1}))
    revisions = forms.IntegerField(
        label=gettext_lazy("Revisions included"), initial=1, widget=forms.NumberInput(attrs={"min": 0})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price"].widget.attrs |= {
            "hx-get": reverse("studio_gigs:keeps"),
            "hx-trigger": "input changed delay:300ms",
            "hx-target": f"#{self.prefix}-keeps",
        }

    def split(self) -> Quote | None:
        """Who gets what of the price that stands in the field."""
        try:
            price = self.fields["price"].clean(self["price"].value())
        except forms.ValidationError:
            return None
        return quote(price=price) if price else None

    @classmethod
    def initial_of(cls, one: Package) -> dict[str, Any]:
        return {name: getattr(one, name) for name in cls.base_fields}


class FactRow(forms.Form):
    """A quantity, and how much of it is in each package."""

    label = forms.CharField(label=gettext_lazy("What is counted"), max_length=LIMITS.fact_label)
    basic = forms.IntegerField(label=PackageKey.BASIC.label, min_value=0, required=False)
    standard = forms.IntegerField(label=PackageKey.STANDARD.label, min_value=0, required=False)
    premium = forms.IntegerField(label=PackageKey.PREMIUM.label, min_value=0, required=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A package as the page shows it. ``form`` is None for one that the gig does not have."""

    key: PackageKey
    form: PackageForm | None
    split: Quote | None
    """Who gets what of the price, if it is one."""


class PackagesEditor(Editor):
    template = "studio_gigs/sections/packages.html"
    columns: dict[PackageKey, PackageForm]
    facts: Rows

    def build(self, data: QueryDict | None) -> None:
        stored = {one.key: one for one in self.draft.content.packages}
        if data is None:
            there = stored.keys() or {PackageKey.BASIC}
            self.columns = {
                key: PackageForm(prefix=key, initial=PackageForm.initial_of(stored[key]) if key in stored else None)
                for key in PackageKey
                if key in there
            }
            self.facts = rows_of(FactRow)(initial=facts_of(list(stored.values())), prefix=FACTS)
        else:
            self.columns = {key: PackageForm(data, prefix=key) for key in PackageKey if key in data.getlist(THERE)}
            self.facts = rows_of(FactRow)(data, prefix=FACTS)

    def is_valid(self) -> bool:
        checked = [*(form.is_valid() for form in self.columns.values()), self.facts.is_valid()]
        return bool(self.columns) and all(checked)

    def apply(self, content: GigContent) -> GigContent:
        found = tuple(self._package(key, form) for key, form in self.columns.items())
        return replace(content, packages=found)

    def _package(self, key: PackageKey, form: PackageForm) -> Package:
        counted = [(row.cleaned_data["label"], row.cleaned_data[key]) for row in self.facts.kept]
        facts = tuple(Fact(label, quantity) for label, quantity in counted if quantity is not None)
        return Package(key=key, facts=facts, **form.cleaned_data)

    def place(self, field: str, message: str) -> bool:
        parts = field.split(".")
        if parts[0] != "packages":
            return False
        form = self.columns.get(PackageKey(parts[1])) if len(parts) > 1 else next(iter(self.columns.values()), None)
        if form is None:
            return False
        name = parts[2] if len(parts) > 2 else None
        form.add_error(name if name in form.fields else None, message)
        return True

    def act(self, do: str, files: Files) -> None:
        what, _colon, rest = do.partition(":")
        verb, _colon, place = rest.partition(":")
        self.is_unsaved = True
        typed, facts = self._typed(), self.facts.typed
        new = PackageKey(place) if verb == "add" and what != FACTS and place in PackageKey.values else None
        if what == FACTS:
            facts = [*facts, {}] if verb == "add" else moved(facts, verb, _place(place))
        elif new:
            typed.setdefault(new, {})
        elif verb == "remove" and place in PackageKey.values and len(typed) > 1:
            typed.pop(PackageKey(place), None)
        self.columns = {key: PackageForm(prefix=key, initial=typed[key]) for key in PackageKey if key in typed}
        self.facts = rows_of(FactRow)(initial=facts, prefix=FACTS)
        if new:
            self.columns[new].fields["title"].widget.attrs["autofocus"] = True
        elif do == f"{FACTS}:add":
            self.facts.forms[-1].fields["label"].widget.attrs["autofocus"] = True

    def _typed(self) -> dict[PackageKey, dict[str, Any]]:
        return {key: {name: form[name].value() for name in form.fields} for key, form in self.columns.items()}

    def extra_context(self) -> dict[str, Any]:
        category = self.draft.content.category
        return {
            "columns": [
                Column(key, form, form.split() if form else None)
                for key, form in ((key, self.columns.get(key)) for key in PackageKey)
            ],
            "paid": price_range(category=category) if category else None,
            "may_remove": len(self.columns) > 1,
        }


def facts_of(packages: list[Package]) -> list[dict[str, Any]]:
    """A row a quantity, in the order in which the packages name them."""
    rows: dict[str, dict[str, Any]] = {}
    for package in packages:
        for fact in package.facts:
            rows.setdefault(fact.label, {"label": fact.label})[str(package.key)] = fact.quantity
    return list(rows.values())


def _place(text: str) -> int:
    found = number_of(text)
    return -1 if found is None else found
