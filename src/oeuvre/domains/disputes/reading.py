"""From sealed rows to what people read in a dispute. Callers have checked who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.disputes.common import KEY_OWNER, words_context
from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.domains.disputes.states import Side, WordsKind

if TYPE_CHECKING:
    from oeuvre.domains.disputes.models import Decision, Dispute, Proposal, Words


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote. ``text`` is None once it was destroyed."""

    words: Words
    kind: WordsKind
    side: Side
    text: str | None


@dataclass(frozen=True, slots=True)
class Proposed:
    proposal: Proposal
    outcome: Outcome
    note: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    decision: Decision
    outcome: Outcome
    reasons: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """All that was said, proposed and decided, oldest first."""

    said: tuple[Said, ...]
    proposed: tuple[Proposed, ...]
    decided: tuple[Decided, ...]


def record_of(dispute: Dispute) -> Record:
    """Three queries for the rows unless they came with the dispute, one for the key."""
    words, proposals, decisions = dispute.words.all(), dispute.proposals.all(), dispute.decisions.all()
    texts = _opened(
        dispute,
        [
            *((row.sealed, words_context(row)) for row in words),
            *((row.note, f"dispute_proposal:{row.pk}") for row in proposals),
            *((row.reasons, f"dispute_decision:{row.pk}") for row in decisions),
        ],
    )
    found = iter(texts)
    return Record(
        said=tuple(Said(row, WordsKind(row.kind), Side(row.side), next(found)) for row in words),
        proposed=tuple(Proposed(row, row.outcome_in(dispute.currency), next(found)) for row in proposals),
        decided=tuple(Decided(row, row.outcome_in(dispute.currency), next(found)) for row in decisions),
    )


def _opened(dispute: Dispute, items: Sequence[tuple[bytes | memoryview, str]]) -> list[str | None]:
    """Texts in their order; empty ones stay empty, and all are None once the key is destroyed."""
    kept = [(bytes(data), context) for data, context in items if data]
    try:
        clear = iter(accounts.vault_decrypt_many(owner_type=KEY_OWNER, owner_id=dispute.pk, items=kept))
    except KeyDestroyedError:
        return [None for _item in items]
    return [next(clear).decode() if data else "" for data, _context in items]


def entries_of(dispute: Dispute) -> dict[str, Any]:
    """The record as plain values, for a bundle of evidence."""
    record = record_of(dispute)
    return {
        "number": dispute.number,
        "opened": dispute.created_at,
        "by": dispute.side,
        "reason": dispute.reason,
        "rule": dispute.rule,
        "said": [
            {"at": one.words.created_at, "kind": one.kind, "by": one.side, "text": one.text} for one in record.said
        ],
        "proposed": [
            {
                "at": one.proposal.created_at,
                "by": one.proposal.side,
                **_outcome(one.outcome),
                "note": one.note,
                "state": one.proposal.status,
                "answered": one.proposal.answered_at,
            }
            for one in record.proposed
        ],
        "decided": [
            {"at": one.decision.created_at, **_outcome(one.outcome), "reasons": one.reasons} for one in record.decided
        ],
    }


def _outcome(outcome: Outcome) -> dict[str, str | datetime | None]:
    return {"outcome": str(outcome.kind), "back": str(outcome.back), "until": outcome.until}
