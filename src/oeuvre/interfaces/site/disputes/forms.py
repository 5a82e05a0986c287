"""Forms of disputes, for the two sides and for operators."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.disputes.limits import LIMITS
from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.domains.disputes.states import OutcomeKind
from oeuvre.interfaces.site.orders.forms import AmountField
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.disputes.rules import Reason

_NOTHING = ("", gettext_lazy("Propose nothing yet"))


def words_field(label: Any, help_text: Any = "", *, least: int = LIMITS.least, required: bool = True) -> Any:
    """Several lines, as long as the service takes them."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        min_length=least if required else None,
        max_length=LIMITS.text,
        required=required,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class OutcomeForm(forms.Form):
    """What should come of it: nothing back, a part of the price back, or another delivery."""

    kind = forms.ChoiceField(label=gettext_lazy("What should come of it?"), widget=forms.RadioSelect)
    back = AmountField(
        label=gettext_lazy("Of the price, back to the buyer"),
        help_text=gettext_lazy("Its part of fee and tax goes back with it."),
        required=False,
    )
    until = forms.DateField(
        label=gettext_lazy("Delivered again by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, held: Money, can_redeliver: bool, optional: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.held = held
        kinds = [
            (OutcomeKind.COMPLETION.value, _("Nothing goes back; the order is complete")),
            (OutcomeKind.REFUND.value, _("Money goes back (up to %(held)s of the price)") % {"held": held}),
        ]
        if can_redeliver:
            kinds.append((OutcomeKind.REDELIVERY.value, _("The freelancer delivers again")))
        field: Any = self.fields["kind"]
        field.required = not optional
        field.choices = [_NOTHING, *kinds] if optional else kinds

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("kind") == OutcomeKind.REFUND and found.get("back") is None and "back" not in self.errors:
            self.add_error("back", _("Write how much of the price goes back."))
        if found.get("kind") == OutcomeKind.REDELIVERY and not found.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose the day by which it is delivered again."))
        return found

    @property
    def outcome(self) -> Outcome | None:
        """What was chosen, of a valid form; None for nothing. A day ends at its last minute (UTC)."""
        kind = self.cleaned_data["kind"]
        if not kind:
            return None
        nothing = self.held - self.held
        back = self.cleaned_data["back"] if kind == OutcomeKind.REFUND else nothing
        until = None
        if kind == OutcomeKind.REDELIVERY:
            until = datetime.combine(self.cleaned_data["until"], time(23, 59), tzinfo=UTC)
        return Outcome(OutcomeKind(kind), back, until)


class OpenForm(OutcomeForm):
    """Why, in the published reasons and in one's own words."""

    reason = forms.ChoiceField(label=gettext_lazy("What is wrong?"), widget=forms.RadioSelect)
    text = words_field(
        gettext_lazy("What happened?"),
        gettext_lazy("The other side and an operator read it. Say what was agreed and what came instead."),
    )

    field_order = ("reason", "text", "kind", "back", "until")

    def __init__(self, *args: Any, reasons: Sequence[Reason], **options: Any) -> None:
        super().__init__(*args, optional=True, **options)
        field: Any = self.fields["reason"]
        field.choices = [(reason.key, reason.title) for reason in reasons]


class AnswerForm(OutcomeForm):
    text = words_field(gettext_lazy("Your answer"))

    field_order = ("text", "kind", "back", "until")


class ProposalForm(OutcomeForm):
    note = words_field(gettext_lazy("Why is this fair?"), required=False)


class StatementForm(forms.Form):
    text = words_field(gettext_lazy("Your statement"), least=1)


class AppealForm(forms.Form):
    text = words_field(
        gettext_lazy("Why should somebody look again?"),
        gettext_lazy("One appeal a dispute. Another operator decides where there is one, and that is final."),
    )


class DecisionForm(OutcomeForm):
    """An operator's decision, with the reasons that both sides read."""

    reasons = words_field(gettext_lazy("Your reasons"), gettext_lazy("Both sides read them."))


def soon(days: int = 7) -> str:
    """A day to begin with, as a date field takes it."""
    return (timezone.now() + timedelta(days=days)).date().isoformat()
