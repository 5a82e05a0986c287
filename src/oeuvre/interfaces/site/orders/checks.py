"""What software checks before a delivery is handed over, one row a check, with what the last try found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.orders.checks import Finding
from oeuvre.domains.orders.states import AiUse, CriterionKind
from oeuvre.interfaces.site.orders.criteria import criterion_words

if TYPE_CHECKING:
    from oeuvre.domains.orders.selectors import Delivered, OrderPage

_ALWAYS = {
    "nothing_delivered": "content",
    "ai_undeclared": "ai",
    "ai_beyond_policy": "ai",
    "ai_draft_undeclared": "ai",
    "ai_contradicted": "ai",
    "not_signable": "signing",
}


@dataclass(frozen=True, slots=True)
class Check:
    """``state``: ``todo`` before it was tried, then ``good`` or ``bad`` with what was found and what is needed."""

    label: str
    state: str
    messages: tuple[str, ...]


def checks_of(page: OrderPage, draft: Delivered | None) -> list[Check]:
    """Every check that the next delivery has to pass, with what the last try found. What the buyer judges is not in it."""
    tried = draft is not None and draft.delivery.checked_at is not None
    findings = [Finding(**row) for row in draft.delivery.findings] if draft is not None else []
    rows = [
        ("content", _("There is a file or a note")),
        ("ai", _("The use of AI is declared and fits: %(most)s at most") % {"most": AiUse(page.order.ai_policy).label}),
        ("signing", _("Content credentials can be put into every file")),
    ]
    milestone_id = next((row.pk for row in page.milestones if row.status == "current"), None)
    rows += [
        (str(one.pk), criterion_words(one.kind, one.spec, one.label))
        for one in page.criteria
        if one.kind != CriterionKind.MANUAL and one.milestone_id in (None, milestone_id)
    ]
    found: dict[str, list[str]] = {}
    for finding in findings:
        found.setdefault(finding.criterion or _ALWAYS.get(finding.code, "content"), []).append(finding.message)
    untried = "todo" if not tried else "good"
    # Credentials are put in last, when everything else fits.
    late = {"signing": "todo"} if found and "signing" not in found else {}
    return [
        Check(label, "bad" if key in found else late.get(key, untried), tuple(found.get(key, ())))
        for key, label in rows
    ]
