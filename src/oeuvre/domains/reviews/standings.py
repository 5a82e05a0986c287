"""Levels and reputations as pages show them. Imported through ``selectors``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils.translation import gettext as _

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.reviews import facts
from oeuvre.domains.reviews.common import unseal
from oeuvre.domains.reviews.errors import ImportNotFoundError
from oeuvre.domains.reviews.levels.formula import LevelNumbers, WhatIf, after_cancelling, after_next_order, what_if
from oeuvre.domains.reviews.levels.rules import level_rules
from oeuvre.domains.reviews.levels.wording import report
from oeuvre.domains.reviews.models import Demotion, FreelancerLevel, ImportedReputation, Installation, LevelChange
from oeuvre.domains.reviews.ports import Statements
from oeuvre.domains.reviews.reputation.building import reputation_of
from oeuvre.domains.reviews.services.appeals import answer_context, appeal_context
from oeuvre.domains.reviews.states import OPEN_DEMOTION, DemotionState, InstallationState
from oeuvre.kit.actor import Role
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.reviews.levels.rules import LevelRule
    from oeuvre.domains.reviews.levels.wording import LevelReport
    from oeuvre.domains.reviews.reputation.payload import Reputation
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class DemotionShown:
    """A lower level that is announced, for the freelancer and for the operator who decides an appeal."""

    demotion: Demotion
    now: LevelRule
    then: LevelRule
    appeal: str
    answer: str

    @property
    def may_appeal(self) -> bool:
        return self.demotion.status == DemotionState.ANNOUNCED


@dataclass(frozen=True, slots=True)
class LevelPage:
    """All about one's own level: the numbers, every criterion, what comes next, what was announced, what was."""

    level: LevelRule
    since: datetime | None
    kept_until: datetime | None
    report: LevelReport
    next_order: LevelRule
    """The level with one more order that is completed on time."""
    next_cancellation: LevelRule
    """The level with one more order that ends because of the freelancer."""
    announced: DemotionShown | None
    history: tuple[LevelChange, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another installation says of a freelancer. Shown apart; no number of it enters one of this installation."""

    id: UUID
    installation: Installation
    issued_at: datetime
    issuer_name: str
    """As the statement says, which the installation's own name may be changed from by an operator."""
    issuer_address: str
    completed: int
    """Orders."""
    rating_count: int

    @property
    def is_shown(self) -> bool:
        """Whether others see it: the operator knows the key."""
        return self.installation.status == InstallationState.KNOWN


def level_of(*, freelancer_id: UUID) -> LevelRule:
    """The level that everybody sees. One query."""
    row = FreelancerLevel.objects.filter(freelancer_id=freelancer_id).first()
    rules = level_rules()
    return rules.by_key(row.level) if row else rules.levels[0]


def level_public(*, freelancer_id: UUID) -> LevelReport:
    """A freelancer's numbers under the rules, as everybody may see them."""
    rules = level_rules()
    return report(rules, facts.numbers_of(freelancer_id, rules))


def level_page(*, actor: Actor) -> LevelPage:
    """The actor's own level. Raises ProfileNotFoundError for somebody who is no freelancer. Nine queries."""
    freelancer_id = accounts.profile_own(actor=actor).user_id
    rules = level_rules()
    numbers = facts.numbers_of(freelancer_id, rules)
    row = FreelancerLevel.objects.filter(freelancer_id=freelancer_id).first()
    open_states = [str(state) for state in OPEN_DEMOTION]
    demotion = Demotion.objects.filter(freelancer_id=freelancer_id, status__in=open_states).first()
    return LevelPage(
        level=rules.by_key(row.level) if row else rules.levels[0],
        since=row.since if row else None,
        kept_until=row.kept_until if row else None,
        report=report(rules, numbers),
        next_order=after_next_order(rules, numbers),
        next_cancellation=after_cancelling(rules, numbers),
        announced=demotion_shown(demotion) if demotion else None,
        history=tuple(LevelChange.objects.filter(freelancer_id=freelancer_id).order_by("-created_at")[:50]),
    )


def level_what_if(*, actor: Actor, change: WhatIf) -> LevelReport:
    """The actor's numbers after ``change``, and the level that they come to. Raises ProfileNotFoundError, WhatIfInvalidError."""
    freelancer_id = accounts.profile_own(actor=actor).user_id
    rules = level_rules()
    return report(rules, what_if(facts.numbers_of(freelancer_id, rules), change))


def demotion_shown(demotion: Demotion) -> DemotionShown:
    """A row with its words opened."""
    rules = level_rules()
    texts = [(demotion.appeal, appeal_context(demotion)), (demotion.answer, answer_context(demotion))]
    appeal, answer = (_words(demotion.freelancer_id, data, context) for data, context in texts)
    return DemotionShown(demotion, rules.by_key(demotion.from_level), rules.by_key(demotion.to_level), appeal, answer)


def _words(owner_id: UUID, data: bytes | memoryview, context: str) -> str:
    try:
        return str(unseal(owner_id, data, context)) if data else ""
    except KeyDestroyedError:
        return ""


def appeals_open(*, actor: Actor) -> list[tuple[DemotionShown, LevelNumbers]]:
    """The operator's queue of appeals, oldest first, each with the numbers of the day of the announcement."""
    actor.require(Role.OPERATOR)
    rows = Demotion.objects.filter(status=DemotionState.APPEALED).select_related("freelancer").order_by("appealed_at")
    return [(demotion_shown(row), LevelNumbers.from_dict(row.numbers)) for row in rows]


def reputations_elsewhere(*, freelancer_id: UUID, own: bool = False) -> list[Elsewhere]:
    """What known installations say of a freelancer, newest first; with ``own`` also what waits or was refused. One query.

    It was verified when it came; the signed statements, which may be large, are not read here.
    """
    rows = ImportedReputation.objects.filter(freelancer_id=freelancer_id).select_related("installation")
    rows = rows.defer("statement")
    if not own:
        rows = rows.filter(installation__status=InstallationState.KNOWN)
    return [_elsewhere(row) for row in rows.order_by("-issued_at")]


def reputation_preview(*, actor: Actor) -> Reputation | None:
    """What a reputation of the actor's would say now; None while there is nothing to say. Raises ProfileNotFoundError."""
    return reputation_of(accounts.profile_own(actor=actor))


def own_fingerprint() -> str:
    """Of the key that this installation signs with, for others to compare."""
    return port("credentials", Statements).statement_fingerprint()


def reputation_statement(*, import_id: UUID) -> dict[str, Any]:
    """The signed statement as it came, for everybody to verify. Raises ImportNotFoundError for one that is not shown."""
    shown = ImportedReputation.objects.filter(pk=import_id, installation__status=InstallationState.KNOWN).first()
    if shown is None:
        raise ImportNotFoundError(_("There is nothing of this kind on this profile."), import_id=import_id)
    statement: dict[str, Any] = shown.statement
    return statement


def installations(*, actor: Actor) -> QuerySet[Installation]:
    """Keys of other installations with ``profiles``, how many brought something of theirs along. Operators only.

    Those that wait first. One that nobody's profile would show does not wait for anything.
    """
    actor.require(Role.OPERATOR)
    rows = Installation.objects.annotate(profiles=Count("imports"))
    return rows.exclude(status=InstallationState.WAITING, profiles=0).order_by("-status", "created_at")


def _elsewhere(row: ImportedReputation) -> Elsewhere:
    return Elsewhere(
        id=row.pk,
        installation=row.installation,
        issued_at=row.issued_at,
        issuer_name=row.issuer_name,
        issuer_address=row.issuer_address,
        completed=row.completed,
        rating_count=row.rating_count,
    )
