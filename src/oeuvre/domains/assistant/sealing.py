"""The words of an assistant under its freelancer's key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from oeuvre.domains.accounts.services import vault_encrypt, vault_opener

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from oeuvre.domains.assistant.models import Answer, Assistant, Correction, Exchange, RehearsalCase

KEY_OWNER = "account"
"""The data keys' owner type: what the freelancer's assistant keeps goes for good when their account goes."""


def seal(freelancer_id: UUID, value: Any, context: str) -> bytes:
    """A JSON value, sealed."""
    data = json.dumps(value, ensure_ascii=False).encode()
    return vault_encrypt(owner_type=KEY_OWNER, owner_id=freelancer_id, data=data, context=context)


class Opener:
    """Opens what is one freelancer's; looks at their key once, when something is opened."""

    def __init__(self, freelancer_id: UUID) -> None:
        self._open: Callable[[bytes, str], bytes] = vault_opener(owner_type=KEY_OWNER, owner_id=freelancer_id)

    def value(self, sealed: bytes | memoryview, context: str) -> Any:
        """What was sealed; None for nothing."""
        data = bytes(sealed)
        return json.loads(self._open(data, context)) if data else None


def settings_context(assistant: Assistant) -> str:
    return f"assistant:{assistant.pk}:settings"


def answer_context(answer: Answer) -> str:
    return f"assistant_answer:{answer.pk}"


def case_context(case: RehearsalCase) -> str:
    return f"rehearsal_case:{case.pk}"


def case_decision_context(case: RehearsalCase) -> str:
    return f"rehearsal_case:{case.pk}:decision"


def decision_context(exchange: Exchange) -> str:
    return f"exchange:{exchange.pk}:decision"


def live_context(exchange: Exchange) -> str:
    return f"exchange:{exchange.pk}:live"


def correction_context(correction: Correction) -> str:
    return f"correction:{correction.pk}"
