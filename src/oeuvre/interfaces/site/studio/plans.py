"""Plans and their payments, as pages and receipts show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.billing import selectors
from oeuvre.domains.billing.states import Feature, Plan
from oeuvre.kit.provenance import AmountRow, Party, PaymentReceipt

if TYPE_CHECKING:
    from oeuvre.domains.billing.models import Payment, Subscription
    from oeuvre.domains.billing.selectors import PlanOffer
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan on the price list, with what the freelancer can do about it."""

    offer: PlanOffer
    label: str
    text: str
    features: tuple[str, ...]
    trial_days: int
    """0 where the freelancer used this plan's trial up."""
    is_mine: bool
    is_next: bool
    is_dearer: bool


def plan_label(code: str) -> str:
    """A plan's name for people."""
    return {
        Plan.CREATION_MODEL: _("Creation Model"),
        Plan.ASSISTANT: _("Assistant"),
        Plan.PREMIUM: _("Premium"),
    }[Plan(code)]


def _texts(offer: PlanOffer) -> tuple[str, tuple[str, ...]]:
    features = {
        Feature.CREATION_MODEL: (
            _("Train models on your own works"),
            _("Sell what they make, at your prices"),
            _("Export every version and take it with you"),
        ),
        Feature.ASSISTANT: (_("An assistant that answers enquiries by your rules"),),
    }
    texts = {
        Plan.CREATION_MODEL: _("A model of your own craft, trained and sold."),
        Plan.ASSISTANT: _("Somebody answers while you are away."),
        Plan.PREMIUM: _("Both, for less than the two alone."),
    }
    lines = tuple(line for feature in Feature if feature in offer.features for line in features[feature])
    return texts[offer.plan], lines


def plan_cards(*, actor: Actor, subscription: Subscription | None) -> list[PlanCard]:
    """The price list as one freelancer sees it."""
    used = selectors.trials_used(actor=actor)
    cards = []
    for offer in selectors.price_list():
        text, lines = _texts(offer)
        cards.append(
            PlanCard(
                offer=offer,
                label=plan_label(offer.plan),
                text=text,
                features=lines,
                trial_days=0 if offer.plan in used else offer.trial_days,
                is_mine=subscription is not None and subscription.plan == offer.plan,
                is_next=subscription is not None and subscription.next_plan == offer.plan,
                is_dearer=subscription is not None and subscription.price_money < offer.price,
            )
        )
    return cards


PURPOSE = "plan"
"""The purpose of payments for plans; those for licences have receipts of their own."""


def paid_for(payment: Payment) -> str:
    """What a plan's payment paid for: the plan's name and the period."""
    code, _space, period = payment.description.partition(" ")
    return f"{plan_label(code)}, {period}" if code in set(Plan) else payment.description


def plan_receipt(payment: Payment) -> PaymentReceipt:
    """A plan's payment as a receipt; number and reference name the payment."""
    net = payment.money - payment.tax_money
    return PaymentReceipt(
        number=f"PR-{payment.created_at:%Y}-{payment.pk.hex[:8].upper()}",
        date=(payment.succeeded_at or timezone.now()).date(),
        parties=(
            Party(_("Freelancer"), str(payment.user), (payment.user.email,)),
            Party(_("Platform"), settings.SITE_NAME),
        ),
        lines=(
            AmountRow(paid_for(payment), str(net)),
            *((AmountRow(_("Tax"), str(payment.tax_money)),) if payment.tax else ()),
        ),
        total=str(payment.money),
        split=(AmountRow(_("Platform"), str(net)), AmountRow(_("Tax"), str(payment.tax_money))),
        payment_reference=payment.provider_reference or str(payment.pk),
        platform=settings.SITE_NAME,
        language=payment.user.locale,
    )
