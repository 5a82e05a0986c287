"""How a status looks and reads: one table for every life cycle of the product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Look:
    """``tone`` is good, warn, bad, busy (something is running) or neutral."""

    tone: str
    label: StrOrPromise


LOOKS: dict[str, Look] = {
    # running on their own
    "created": Look("busy", _("Created")),
    "writing": Look("busy", _("Being made")),
    "queued": Look("busy", _("Queued")),
    "preparing": Look("busy", _("Preparing")),
    "training": Look("busy", _("Training")),
    "evaluating": Look("busy", _("Evaluating")),
    "processing": Look("busy", _("Processing")),
    "checking": Look("busy", _("Checking")),
    "requested": Look("busy", _("Requested")),
    "in_progress": Look("busy", _("In progress")),
    "current": Look("busy", _("Current")),
    "held": Look("busy", _("Held")),
    "asked": Look("busy", _("Asked for")),
    "working": Look("busy", _("Being answered")),
    "running": Look("busy", _("Running")),
    "assistant": Look("busy", _("The assistant answers")),
    # waiting for a person
    "awaiting_approval": Look("warn", _("Awaiting approval")),
    "awaiting_payment": Look("warn", _("Awaiting payment")),
    "awaiting_requirements": Look("warn", _("Awaiting requirements")),
    "awaiting_answer": Look("warn", _("Awaiting an answer")),
    "awaiting_decision": Look("warn", _("Awaiting a decision")),
    "negotiating": Look("warn", _("Negotiating")),
    "delivered": Look("warn", _("Delivered")),
    "revision_requested": Look("warn", _("Revision requested")),
    "proposed": Look("warn", _("Proposed")),
    "draft": Look("neutral", _("Draft")),
    "drafted": Look("neutral", _("Draft")),
    "sent": Look("warn", _("Sent")),
    "pending": Look("warn", _("Pending")),
    "submitted": Look("warn", _("Submitted")),
    "shown": Look("warn", _("To be read")),
    "to_review": Look("warn", _("Waits for an operator")),
    "in_review": Look("warn", _("In review")),
    "needs_confirmation": Look("warn", _("Needs confirmation")),
    "past_due": Look("warn", _("Past due")),
    "appealed": Look("warn", _("Appealed")),
    "returned": Look("warn", _("Returned")),
    "announced": Look("warn", _("Announced")),
    "open": Look("warn", _("Open")),
    "handed_off": Look("warn", _("Handed off")),
    # well
    "overturned": Look("good", _("Allowed after all")),
    "not_a_copy": Look("good", _("Not a copy")),
    "same_author_ok": Look("good", _("Same author")),
    "completed": Look("good", _("Completed")),
    "agreed": Look("good", _("Agreed")),
    "released": Look("good", _("Clearing")),
    "cleared": Look("good", _("Cleared")),
    "settled": Look("good", _("Settled")),
    "active": Look("good", _("Active")),
    "accepted": Look("good", _("Accepted")),
    "passed": Look("good", _("Passed")),
    "approved": Look("good", _("Approved")),
    "live": Look("good", _("Live")),
    "published": Look("good", _("Published")),
    "ready": Look("good", _("Ready")),
    "succeeded": Look("good", _("Succeeded")),
    "trialing": Look("good", _("Trial")),
    "granted": Look("good", _("Granted")),
    "kept": Look("good", _("Kept")),
    "known": Look("good", _("Known")),
    "recovered": Look("good", _("Recovered")),
    "visible": Look("good", _("Visible")),
    "done": Look("good", _("Done")),
    "paid_outside": Look("good", _("Paid outside")),
    # ended, or off
    "decided": Look("neutral", _("Decided")),
    "overtaken": Look("neutral", _("Overtaken")),
    "stopped": Look("neutral", _("Stopped")),
    "skipped": Look("neutral", _("Left to you")),
    "human": Look("neutral", _("You answer")),
    "upheld": Look("neutral", _("Refusal upheld")),
    "unpaid": Look("neutral", _("Unpaid")),
    "no_breach": Look("neutral", _("Within the rules")),
    "stored": Look("neutral", _("Stored")),
    "removed": Look("neutral", _("Removed")),
    "cancelled": Look("neutral", _("Cancelled")),
    "closed": Look("neutral", _("Closed")),
    "deleted": Look("neutral", _("Deleted")),
    "disabled": Look("neutral", _("Disabled")),
    "expired": Look("neutral", _("Expired")),
    "partially_refunded": Look("neutral", _("Partly refunded")),
    "refunded": Look("neutral", _("Refunded")),
    "paused": Look("neutral", _("Paused")),
    "retired": Look("neutral", _("Retired")),
    "superseded": Look("neutral", _("Superseded")),
    "withdrawn": Look("neutral", _("Withdrawn")),
    "waiting": Look("neutral", _("Waiting")),
    "written": Look("neutral", _("Not visible yet")),
    "hidden": Look("neutral", _("Hidden")),
    # not well
    "disputed": Look("bad", _("Disputed")),
    "taken_back": Look("bad", _("Taken back")),
    "copy": Look("bad", _("Copy")),
    "other_is_copy": Look("bad", _("The other is a copy")),
    "breach": Look("bad", _("Against the rules")),
    "charged_back": Look("bad", _("Charged back")),
    "declined": Look("bad", _("Declined")),
    "failed": Look("bad", _("Failed")),
    "refused": Look("bad", _("Refused")),
    "lowered": Look("bad", _("Lowered")),
    "rejected": Look("bad", _("Rejected")),
    "revoked": Look("bad", _("Revoked")),
}


def look(status: str) -> Look:
    """The look of a status; one that is not in the table is neutral and reads as its own words."""
    return LOOKS.get(str(status)) or Look("neutral", str(status).replace("_", " ").capitalize())
