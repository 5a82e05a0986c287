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
    "queued": Look("busy", _("Queued")),
    "renewing": Look("busy", _("Renewing")),
    "preparing": Look("busy", _("Preparing")),
    "training": Look("busy", _("Training")),
    "evaluating": Look("busy", _("Evaluating")),
    "generating": Look("busy", _("Writing")),
    "processing": Look("busy", _("Processing")),
    "requested": Look("busy", _("Requested")),
    # waiting for a person
    "draft": Look("neutral", _("Draft")),
    "pending": Look("warn", _("Pending")),
    "submitted": Look("warn", _("Submitted")),
    "in_review": Look("warn", _("In review")),
    "needs_rights": Look("warn", _("Rights missing")),
    "needs_confirmation": Look("warn", _("Needs confirmation")),
    "past_due": Look("warn", _("Past due")),
    "held": Look("warn", _("Held")),
    "appealed": Look("warn", _("Appealed")),
    "open": Look("warn", _("Open")),
    # well
    "active": Look("good", _("Active")),
    "accepted": Look("good", _("Accepted")),
    "approved": Look("good", _("Approved")),
    "completed": Look("good", _("Completed")),
    "delivered": Look("good", _("Delivered")),
    "eligible": Look("good", _("Eligible")),
    "paid": Look("good", _("Paid")),
    "published": Look("good", _("Published")),
    "ready": Look("good", _("Ready")),
    "released": Look("good", _("Released")),
    "settled": Look("good", _("Settled")),
    "succeeded": Look("good", _("Succeeded")),
    "trial": Look("good", _("Trial")),
    "trialing": Look("good", _("Trial")),
    "valid": Look("good", _("Valid")),
    # ended, or off
    "stored": Look("neutral", _("Stored")),
    "removed": Look("neutral", _("Removed")),
    "archived": Look("neutral", _("Archived")),
    "cancelled": Look("neutral", _("Cancelled")),
    "closed": Look("neutral", _("Closed")),
    "deleted": Look("neutral", _("Deleted")),
    "disabled": Look("neutral", _("Disabled")),
    "ended": Look("neutral", _("Ended")),
    "expired": Look("neutral", _("Expired")),
    "refunded": Look("neutral", _("Refunded")),
    "retired": Look("neutral", _("Retired")),
    "superseded": Look("neutral", _("Superseded")),
    "withdrawn": Look("neutral", _("Withdrawn")),
    # not well
    "charged_back": Look("bad", _("Charged back")),
    "declined": Look("bad", _("Declined")),
    "disputed": Look("bad", _("Disputed")),
    "duplicate": Look("bad", _("Duplicate")),
    "failed": Look("bad", _("Failed")),
    "refused": Look("bad", _("Refused")),
    "rejected": Look("bad", _("Rejected")),
    "revoked": Look("bad", _("Revoked")),
    "suspended": Look("bad", _("Suspended")),
    "timed_out": Look("bad", _("Timed out")),
}


def look(status: str) -> Look:
    """The look of a status; one that is not in the table is neutral and reads as its own words."""
    return LOOKS.get(str(status)) or Look("neutral", str(status).replace("_", " ").capitalize())
