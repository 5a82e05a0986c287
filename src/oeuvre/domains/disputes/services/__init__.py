"""Writing disputes: one module a use case, one name space for callers."""

from oeuvre.domains.disputes.services.account import erase, erase_effects, export
from oeuvre.domains.disputes.services.deciding import (
    decision_accept,
    decision_appeal,
    decision_make,
    dispute_escalate,
)
from oeuvre.domains.disputes.services.evidence import evidence_build
from oeuvre.domains.disputes.services.opening import (
    dispute_answer,
    dispute_open,
    dispute_withdraw,
    statement_add,
)
from oeuvre.domains.disputes.services.proposing import (
    proposal_accept,
    proposal_decline,
    proposal_make,
    proposal_withdraw,
)
from oeuvre.domains.disputes.services.tending import (
    dispute_expire,
    dispute_overtaken_check,
    disputes_purge,
    disputes_tend,
    order_ended,
)

__all__ = [
    "decision_accept",
    "decision_appeal",
    "decision_make",
    "dispute_answer",
    "dispute_escalate",
    "dispute_expire",
    "dispute_open",
    "dispute_overtaken_check",
    "dispute_withdraw",
    "disputes_purge",
    "disputes_tend",
    "erase",
    "erase_effects",
    "evidence_build",
    "export",
    "order_ended",
    "proposal_accept",
    "proposal_decline",
    "proposal_make",
    "proposal_withdraw",
    "statement_add",
]
