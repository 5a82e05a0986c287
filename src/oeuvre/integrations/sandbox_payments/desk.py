"""The sandbox's test cards at the payment form (port ``CardDesk``)."""

from __future__ import annotations

from oeuvre.domains.billing.ports import SampleCard
from oeuvre.integrations.sandbox_payments.cards import CONFIRMATION_CODE, TEST_CARDS, tokenise


class SandboxCardDesk:
    """Takes the test cards and nothing else."""

    def tokenise(self, *, number: str, expiry: str, cvc: str) -> str:
        return tokenise(number, expiry, cvc)

    def samples(self) -> list[SampleCard]:
        return [SampleCard(card.number, str(card.behaviour)) for card in TEST_CARDS]

    def confirmation_code(self) -> str:
        return CONFIRMATION_CODE
