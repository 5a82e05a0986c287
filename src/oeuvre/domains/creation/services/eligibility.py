"""Who may have a creation model: open criteria, decisions with reasons, a date to apply again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.errors import (
    ApplicationOpenError,
    CriteriaNotMetError,
    ReapplyTooEarlyError,
    ReasonMissingError,
)
from oeuvre.domains.creation.models import EligibilityApplication
from oeuvre.domains.creation.states import APPLICATION, ApplicationState
from oeuvre.domains.creation.terms import eligibility_terms
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Check:
    """A criterion that software checked."""

    code: str
    label: str
    met: bool


def criteria_check(*, user_id: UUID, statement: str) -> list[Check]:
    """What software can say about the open criteria, right now."""
    facts = accounts.vetting_facts(user_id=user_id)
    terms = eligibility_terms()
    found = {
        "email_verified": facts.email_verified,
        "profile_complete": facts.profile_complete,
        "statement_given": len(statement.strip()) >= terms.statement_min_characters,
    }
    return [Check(row.code, row.label, found[row.code]) for row in terms.criteria if not row.judged]


def application_submit(*, actor: Actor, statement: str) -> EligibilityApplication:
    """Ask to be vetted. Raises CriteriaNotMetError, ApplicationOpenError or ReapplyTooEarlyError."""
    actor.require(Role.FREELANCER)
    checks = criteria_check(user_id=actor.person_id, statement=statement)
    unmet = [check for check in checks if not check.met]
    if unmet:
        raise CriteriaNotMetError("Not yet: " + " ".join(check.label for check in unmet), unmet=unmet)
    last = EligibilityApplication.objects.filter(freelancer_id=actor.user_id).first()
    if last and last.status == ApplicationState.REFUSED and last.reapply_on and last.reapply_on > date.today():
        raise ReapplyTooEarlyError(f"You may apply again on {last.reapply_on:%d %B %Y}.", on=last.reapply_on)
    try:
        with transaction.atomic():
            application = EligibilityApplication.objects.create(
                freelancer_id=actor.person_id, statement=statement.strip(), checks=[asdict(check) for check in checks]
            )
            audit.record(actor=actor, code="application.submitted", subject=application)
    except IntegrityError:
        raise ApplicationOpenError("You have applied already; see its state in your studio.") from None
    return application


def application_decide(
    *, actor: Actor, application_id: UUID, approve: bool, reasons: str, reapply_on: date | None = None
) -> EligibilityApplication:
    """An operator's decision, always with reasons; a refusal sets when the freelancer may apply again."""
    actor.require(Role.OPERATOR)
    if not reasons.strip():
        raise ReasonMissingError("Give your reasons: the freelancer reads them.")
    application = EligibilityApplication.objects.get(pk=application_id)
    target = ApplicationState.APPROVED if approve else ApplicationState.REFUSED
    again = None
    if not approve:
        again = reapply_on or date.today() + timedelta(days=eligibility_terms().reapply_days)
    return APPLICATION.transition(
        application,
        target,
        actor=actor,
        reasons=reasons.strip(),
        reapply_on=again,
        decided_by_id=actor.user_id,
        decided_at=timezone.now(),
    )
