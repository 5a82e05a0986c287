"""The sandbox's test cards. No other number is accepted, and none is ever stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.billing.errors import PaymentMethodError, SandboxDisabledError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CONFIRMATION_CODE = "123456"
"""What the sandbox's bank wants to hear; the confirmation page shows it."""
_PREFIX = "sandbox:"


class Case(StrEnum):
    """How a test card behaves."""

    SUCCEEDS = "succeeds"
    DECLINED = "declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    CONFIRMS = "confirms"
    """Wants the confirmation code."""
    TIMES_OUT = "times_out"
    """Is charged, but the answer is lost once."""
    CHARGED_BACK = "charged_back"
    """Is charged, and the bank takes the money back seconds later."""


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card as the payment page offers it."""

    number: str
    case: Case
    behaviour: StrOrPromise

    @property
    def digits(self) -> str:
        return self.number.replace(" ", "")


# The numbers are those of Stripe's test cards with the same behaviour (https://docs.stripe.com/testing), where it has one.
TEST_CARDS = (
    TestCard("4242 4242 4242 4242", Case.SUCCEEDS, gettext_lazy("Succeeds")),
    TestCard("4000 0000 0000 0002", Case.DECLINED, gettext_lazy("Is declined")),
    TestCard("4000 0000 0000 9995", Case.INSUFFICIENT_FUNDS, gettext_lazy("Has insufficient funds")),
    TestCard("4000 0025 0000 3155", Case.CONFIRMS, gettext_lazy("Asks for a confirmation code")),
    TestCard("4000 0000 0000 0101", Case.TIMES_OUT, gettext_lazy("Loses the provider's answer once, then succeeds")),
    TestCard("4000 0000 0000 0259", Case.CHARGED_BACK, gettext_lazy("Succeeds and is charged back seconds later")),
)
_BY_DIGITS = {card.digits: card for card in TEST_CARDS}
_BY_CASE = {card.case: card for card in TEST_CARDS}


def require_enabled() -> None:
    """Raises SandboxDisabledError where the installation takes real payments."""
    if not settings.SANDBOX_PAYMENTS:
        raise SandboxDisabledError(_("Test cards are switched off on this site."), field="number")


def tokenise(number: str, expiry: str, cvc: str) -> str:
    """The token that stands for a test card; the number itself goes no further.

    ``expiry`` is MM/YY, this month or later; ``cvc`` three or four digits. Raises PaymentMethodError with the form
    field in ``context["field"]`` and what to do as its message, SandboxDisabledError.
    """
    require_enabled()
    digits = re.sub(r"[\s-]", "", number)
    card = _BY_DIGITS.get(digits)
    if card is None:
        raise PaymentMethodError(
            _("This is a sandbox: use one of the test cards listed here, never a real card number."), field="number"
        )
    match = re.fullmatch(r"\s*(0[1-9]|1[0-2])\s*/\s*(?:20)?([0-9]{2})\s*", expiry)
    if match is None:
        raise PaymentMethodError(_("Write the expiry date as MM/YY, for example 12/34."), field="expiry")
    now = timezone.now()
    if (2000 + int(match[2]), int(match[1])) < (now.year, now.month):
        raise PaymentMethodError(_("This card has expired; give an expiry date in the future."), field="expiry")
    if re.fullmatch(r"[0-9]{3,4}", cvc.strip()) is None:
        raise PaymentMethodError(_("The security code has three or four digits; any will do here."), field="cvc")
    return f"{_PREFIX}{card.case}"


def card_of(token: str) -> TestCard:
    """The card that a token stands for. Raises PaymentMethodError for any other text."""
    case = token.removeprefix(_PREFIX)
    if not token.startswith(_PREFIX) or case not in _BY_CASE:
        raise PaymentMethodError(_("This payment method is not known here; enter the card again."), field="number")
    return _BY_CASE[Case(case)]
