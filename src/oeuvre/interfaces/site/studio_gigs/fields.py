"""Fields and rows that the editor's forms share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from oeuvre.interfaces.site.orders.forms import AmountField
from oeuvre.interfaces.site.studio.money import MoneyField
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    RowsBase = forms.BaseFormSet[forms.Form]
else:
    RowsBase = forms.BaseFormSet

SPARE_ROWS = 40
"""More rows than any list of a gig may have; the services say which number is right, with the reason."""


class PriceField(AmountField):
    """A price in the installation's currency, shown as it is typed: ``40.00``."""

    default_error_messages = MoneyField.default_error_messages

    def prepare_value(self, value: Any) -> Any:
        return value.decimal if isinstance(value, Money) else value


class Rows(RowsBase):
    """A list that people add rows to. A row that was left as it came is none, wherever it stands."""

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else super().initial_form_count()

    @property
    def kept(self) -> list[forms.Form]:
        """The rows that say something, in their order; their places are those of the entries they make."""
        return [form for form in self.forms if form.has_changed()]

    @property
    def typed(self) -> list[dict[str, Any]]:
        """What stands in each row, as it was typed, right or wrong."""
        return [{name: form[name].value() for name in form.fields} for form in self.forms]


def rows_of(row: type[forms.Form]) -> type[Rows]:
    """The list of such rows."""
    made: type[Rows] = forms.formset_factory(row, formset=Rows, extra=0, max_num=SPARE_ROWS, absolute_max=SPARE_ROWS)  # type: ignore[assignment]  # the factory's stub forgets the formset that it was given
    return made


def moved(rows: Sequence[dict[str, Any]], verb: str, at: int) -> list[dict[str, Any]]:
    """The rows with one of them taken out or moved up; a place that is none changes nothing."""
    found = list(rows)
    if not 0 <= at < len(found):
        return found
    if verb == "remove":
        del found[at]
    elif verb == "up" and at:
        found[at - 1], found[at] = found[at], found[at - 1]
    return found
