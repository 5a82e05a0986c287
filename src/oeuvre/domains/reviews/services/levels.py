"""Levels are counted: raised at once, lowered only after it was announced. Imported through ``services``.

Everything that writes a freelancer's level holds a lock on their name, so that a recount and an appeal do not cross.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.reviews import facts, notices
from oeuvre.domains.reviews.levels.formula import level_of
from oeuvre.domains.reviews.levels.rules import level_rules
from oeuvre.domains.reviews.levels.wording import report
from oeuvre.domains.reviews.models import Demotion, FreelancerLevel, LevelChange
from oeuvre.domains.reviews.states import DEMOTION, OPEN_DEMOTION, DemotionState, LevelEvent
from oeuvre.domains.search import services as search
from oeuvre.domains.search.states import Kind
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.reviews.levels.formula import LevelNumbers
    from oeuvre.domains.reviews.levels.rules import LevelRule, LevelRules

SYSTEM = Actor.system()


def level_lock(freelancer_id: UUID) -> None:
    """Let nobody else write this freelancer's level until the transaction ends."""
    lock_names([f"reviews.level:{freelancer_id}"])


def demotion_open(freelancer_id: UUID) -> Demotion | None:
    """What is announced and not over."""
    rows = Demotion.objects.filter(freelancer_id=freelancer_id)
    return rows.filter(status__in=[str(state) for state in OPEN_DEMOTION]).first()


def standing_refresh(*, freelancer_id: UUID, gig_id: UUID | None = None) -> None:
    """What the worker does when something was completed, reviewed or hidden: level, and what search knows. Safe to repeat."""
    row = level_recompute(freelancer_id=freelancer_id)
    if row is None:
        return
    standing_push(row)
    if gig_id is not None:
        signals_push(gig_id=gig_id)


def signals_push(*, gig_id: UUID) -> None:
    """Tell search what is counted about a gig: stars of visible reviews, completed orders, how many kept their date."""
    record = orders.gig_record(gig_id=gig_id)
    rated = facts.summary(facts.visible(gig_id=gig_id))
    search.signals_put(
        kind=Kind.GIG,
        ref_id=gig_id,
        counts=search.Counts(
            rating_sum=rated.stars_sum,
            rating_count=rated.count,
            completed=record.completed,
            on_time=record.on_time,
            due=record.due,
        ),
    )


def level_recompute(*, freelancer_id: UUID) -> FreelancerLevel | None:
    """Count a freelancer's numbers anew and do what the rules say. Safe to repeat. None for an account that is gone."""
    with transaction.atomic():
        level_lock(freelancer_id)
        person = accounts.people(actor=SYSTEM).filter(pk=freelancer_id, deleted_at=None).first()
        if person is None:
            return None
        rules = level_rules()
        numbers = facts.numbers_of(freelancer_id, rules)
        row = _row(freelancer_id, rules)
        known = row.level
        reached = level_of(rules, numbers)
        before, after = rules.rank(known), rules.rank(reached.key)
        if after > before:
            _raise(person, row, reached, numbers)
        elif after == before:
            _recover(person, row, rules, numbers)
        else:
            _fall(person, row, rules, reached, numbers)
        if row.level != known:
            standing_push(row)
    return row


def levels_recompute() -> int:
    """What the schedule does, once a day: everybody whose numbers may have run out; returns how many."""
    found = set(FreelancerLevel.objects.values_list("freelancer_id", flat=True))
    for freelancer_id in sorted(found):
        level_recompute(freelancer_id=freelancer_id)
    return len(found)


def _row(freelancer_id: UUID, rules: LevelRules) -> FreelancerLevel:
    """The freelancer's row. A level that the rules do not hold any more counts as the first."""
    row, _created = FreelancerLevel.objects.get_or_create(
        freelancer_id=freelancer_id, defaults={"level": rules.levels[0].key, "since": timezone.now()}
    )
    return row


def standing_push(row: FreelancerLevel) -> None:
    """Tell search the freelancer's level, and what is counted about all that they offer."""
    freelancer_id = row.freelancer_id
    record = orders.track_record(freelancer_id=freelancer_id, since=None)
    rated = facts.summary(facts.visible(freelancer_id=freelancer_id))
    search.owner_signals_put(owner_id=freelancer_id, completed=record.completed, level=row.level)
    search.signals_put(
        kind=Kind.FREELANCER,
        ref_id=freelancer_id,
        counts=search.Counts(
            rating_sum=rated.stars_sum,
            rating_count=rated.count,
            completed=record.completed,
            on_time=record.on_time,
            due=record.due,
        ),
    )


def change_record(row: FreelancerLevel, event: LevelEvent, to_level: str, numbers: LevelNumbers, actor: Actor) -> None:
    """Write a line of the level's history."""
    LevelChange.objects.create(
        freelancer_id=row.freelancer_id,
        event=event,
        from_level=row.level,
        to_level=to_level,
        numbers=numbers.as_dict(),
    )
    audit.record(actor=actor, code=f"level.{event}", subject=row, **{"from": row.level, "to": to_level})


def _set(row: FreelancerLevel, level: str) -> None:
    row.level = level
    row.since = timezone.now()
    row.save(update_fields=["level", "since", "updated_at"])


def _close_announced(freelancer_id: UUID) -> bool:
    demotion = demotion_open(freelancer_id)
    if demotion is None:
        return False
    DEMOTION.transition(demotion, DemotionState.RECOVERED, actor=SYSTEM)
    return True


def _raise(person: User, row: FreelancerLevel, reached: LevelRule, numbers: LevelNumbers) -> None:
    _close_announced(person.pk)
    change_record(row, LevelEvent.RAISED, reached.key, numbers, SYSTEM)
    _set(row, reached.key)
    notices.level_raised(person, reached)


def _recover(person: User, row: FreelancerLevel, rules: LevelRules, numbers: LevelNumbers) -> None:
    if _close_announced(person.pk):
        change_record(row, LevelEvent.RECOVERED, row.level, numbers, SYSTEM)
        notices.demotion_recovered(person, rules.by_key(row.level))


def _fall(person: User, row: FreelancerLevel, rules: LevelRules, reached: LevelRule, numbers: LevelNumbers) -> None:
    """The numbers are below the level: announce it, or, on its day, let what was announced happen."""
    now = timezone.now()
    demotion = demotion_open(person.pk)
    if demotion is None:
        if row.kept_until is None or row.kept_until <= now:
            _announce(person, row, rules, reached, numbers)
    elif demotion.status != DemotionState.APPEALED and demotion.effective_at <= now:
        # Never below what was announced; what is lower still is announced by itself.
        target = max(rules.rank(reached.key), rules.rank(demotion.to_level))
        lower = rules.levels[target]
        DEMOTION.transition(demotion, DemotionState.LOWERED, actor=SYSTEM)
        change_record(row, LevelEvent.LOWERED, lower.key, numbers, SYSTEM)
        _set(row, lower.key)
        notices.demotion_lowered(person, lower)


def _announce(person: User, row: FreelancerLevel, rules: LevelRules, reached: LevelRule, numbers: LevelNumbers) -> None:
    demotion = Demotion.objects.create(
        freelancer_id=person.pk,
        from_level=row.level,
        to_level=reached.key,
        numbers=numbers.as_dict(),
        effective_at=timezone.now() + timedelta(days=rules.notice_days),
    )
    change_record(row, LevelEvent.ANNOUNCED, reached.key, numbers, SYSTEM)
    present = report(rules, numbers).rows[rules.rank(row.level)]
    notices.demotion_announced(person, demotion, present=present, then=reached)
