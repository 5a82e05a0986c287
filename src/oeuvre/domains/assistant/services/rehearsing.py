"""The assistant rehearses: it tries itself on past enquiries and built-in cases, and says nothing to anybody.

Imported through ``services``.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.assistant import thinking
from oeuvre.domains.assistant.checking import case_checked
from oeuvre.domains.assistant.common import SYSTEM, own_assistant_locked, own_case_locked
from oeuvre.domains.assistant.decisions import decision_json, words_hash
from oeuvre.domains.assistant.engine.types import Action, Audience, Situation
from oeuvre.domains.assistant.errors import CaseInvalidError, RunNotFoundError
from oeuvre.domains.assistant.judging import is_right
from oeuvre.domains.assistant.knowledge import known_by
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.domains.assistant.models import Assistant, RehearsalCase, RehearsalRun
from oeuvre.domains.assistant.sealing import Opener, case_context, case_decision_context, seal
from oeuvre.domains.assistant.services.rerunning import assistant_changed, run_queue
from oeuvre.domains.assistant.services.setup import assistant_halt
from oeuvre.domains.assistant.states import (
    REHEARSAL_RUN,
    RUN_OPEN,
    CaseOrigin,
    Mark,
    PauseReason,
    RunState,
)
from oeuvre.domains.audit import services as audit
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.kit.locks import lock_rows
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from oeuvre.domains.assistant.engine.types import Decision
    from oeuvre.domains.assistant.knowledge import Known
    from oeuvre.kit.actor import Actor

_AGAIN = 5
"""Seconds until a run that waits for another one looks again."""
_LOST = 120
"""Seconds without progress after which a run counts as dead, and is taken up again."""


def rehearsal_start(*, actor: Actor) -> RehearsalRun:
    """Try the assistant on every case; past enquiries and built-in cases are added first. Gives the run that waits already,
    where one does. Raises AssistantNotFoundError.
    """
    with transaction.atomic():
        return run_queue(actor=actor, assistant=own_assistant_locked(actor), is_whole=True)


def rehearsal_cancel(*, actor: Actor, run_id: UUID | None = None) -> RehearsalRun:
    """End a run, or the one that is under way; what it found stays. Repeated, it changes nothing. Raises RunNotFoundError."""
    with transaction.atomic():
        rows = RehearsalRun.objects.filter(assistant__freelancer_id=actor.person_id)
        found = lock_rows(rows.filter(pk=run_id) if run_id else rows.filter(status__in=RUN_OPEN))
        if not found:
            raise RunNotFoundError(_("No rehearsal is under way."))
        for run in found:
            if run.status in RUN_OPEN:
                REHEARSAL_RUN.transition(run, RunState.CANCELLED, actor=actor, finished_at=timezone.now())
    return found[0]


def case_add(*, actor: Actor, text: str, audience: Audience = Audience.NEW, about: str = "") -> RehearsalCase:
    """Add a message of one's own to try. Raises AssistantNotFoundError, CaseInvalidError."""
    text = case_checked(text)
    with transaction.atomic():
        assistant = own_assistant_locked(actor)
        if assistant.cases.count() >= LIMITS.cases:
            raise CaseInvalidError(_("%(most)d cases are the most.") % {"most": LIMITS.cases}, field="text")
        case = _case(assistant, _New(CaseOrigin.OWN, f"own:{uuid.uuid4().hex}", text, audience, about=about))
        audit.record(actor=actor, code="rehearsal_case.added", subject=case)
    return case


def case_delete(*, actor: Actor, case_id: UUID) -> None:
    """Remove a case. A built-in one, or a past enquiry, comes back with the next rehearsal. Raises CaseNotFoundError."""
    with transaction.atomic():
        case = own_case_locked(actor, case_id)
        audit.record(actor=actor, code="rehearsal_case.deleted", subject=case)
        if case.must_pass:
            _judged_anew(actor, case)
        case.delete()


def case_mark(*, actor: Actor, case_id: UUID, mark: str) -> RehearsalCase:
    """Say whether what the assistant did is right, wrong, or should have been handed off.

    Raises CaseNotFoundError, CaseInvalidError for a case that was not tried, or one that must pass and would lose what says
    what is right.
    """
    if mark not in Mark.values:
        raise CaseInvalidError(_("Choose right, wrong, or should hand off."), field="mark")
    with transaction.atomic():
        case = own_case_locked(actor, case_id)
        if mark and not case.action:
            raise CaseInvalidError(_("This was not tried yet. Rehearse first."), field="mark")
        if not mark and case.must_pass and not case.expected:
            raise CaseInvalidError(_("It must pass; say what is right, or let it fail."), field="mark")
        found = _last(case)
        case.mark = mark
        case.marked_action = found.action if mark else ""
        case.marked_sources = list(found.sources) if mark else []
        case.marked_words = found.words if mark else ""
        case.is_passing = is_right(case, action=found.action, sources=found.sources, words=found.words)
        case.save()
        audit.record(actor=actor, code="rehearsal_case.marked", subject=case, mark=mark)
        if case.must_pass:
            _judged_anew(actor, case)
    return case


def case_must_pass(*, actor: Actor, case_id: UUID, must_pass: bool) -> RehearsalCase:
    """Let the assistant go live only while it does this right, or not care. Raises CaseNotFoundError, CaseInvalidError for a
    case of which nobody has said what is right.
    """
    with transaction.atomic():
        case = own_case_locked(actor, case_id)
        if must_pass and not case.mark and not case.expected:
            raise CaseInvalidError(_("Mark it first: right, wrong, or should hand off."), field="must_pass")
        if case.must_pass != must_pass:
            case.must_pass = must_pass
            case.save(update_fields=["must_pass", "updated_at"])
            audit.record(actor=actor, code="rehearsal_case.must_pass_set", subject=case, must_pass=must_pass)
            _judged_anew(actor, case)
    return case


def _judged_anew(actor: Actor, case: RehearsalCase) -> None:
    """What must pass, or what counts as passing, is something else now: it is tried again before anybody relies on it."""
    assistant_changed(actor=actor, assistant=lock_rows(Assistant.objects.filter(pk=case.assistant_id))[0])


@dataclass(frozen=True, slots=True)
class _Last:
    action: str
    sources: tuple[str, ...]
    words: str


def _last(case: RehearsalCase) -> _Last:
    """What the assistant did with the case last."""
    opener = Opener(case.assistant.freelancer_id)
    raw = opener.value(case.sealed_decision, case_decision_context(case))
    if raw is None:
        return _Last("", (), "")
    text = " ".join(sentence for sentence, _ids in raw["sentences"])
    sources = dict.fromkeys(id_ for _sentence, ids in raw["sentences"] for id_ in ids)
    return _Last(raw["action"], tuple(sources), words_hash(text))


# What the worker does


def rehearsal_execute(*, run_id: UUID) -> RehearsalRun | None:
    """Try the cases of a run, one after the other. Taken up again after a worker was killed it begins anew; a run that was
    cancelled, or is over, is left alone.
    """
    run = _begin(run_id)
    if run is None:
        return None
    known = known_by(run.assistant)
    if run.is_whole:
        _cases_gather(run.assistant, known)
    rows = run.assistant.cases.filter(conversations__contained_by=known.talk_ids)
    cases = list(rows if run.is_whole else rows.filter(must_pass=True))
    RehearsalRun.objects.filter(pk=run.pk).update(total=len(cases), fingerprint=known.fingerprint)
    opener, failing = Opener(known.freelancer_id), 0
    for number, case in enumerate(cases, 1):
        passing = _try(case, known, opener)
        failing += case.must_pass and passing is False
        open_now = RehearsalRun.objects.filter(pk=run.pk, status=RunState.RUNNING)
        if not open_now.update(done=number, failing=failing, updated_at=timezone.now()):
            return None  # cancelled meanwhile
    return _end(run, known, failing)


def rehearsal_fail(*, run_id: UUID) -> None:
    """The worker gave up; the freelancer may start another."""
    with transaction.atomic():
        for run in lock_rows(RehearsalRun.objects.filter(pk=run_id, status__in=RUN_OPEN)):
            REHEARSAL_RUN.transition(run, RunState.FAILED, actor=SYSTEM, finished_at=timezone.now())


def _begin(run_id: UUID) -> RehearsalRun | None:
    with transaction.atomic():
        rows = lock_rows(RehearsalRun.objects.filter(pk=run_id, status__in=RUN_OPEN).select_related("assistant"))
        if not rows:
            return None
        run = rows[0]
        if run.status == RunState.RUNNING:
            return run  # its worker was killed
        other = RehearsalRun.objects.filter(assistant_id=run.assistant_id, status=RunState.RUNNING).first()
        if other is not None:
            age = (timezone.now() - other.updated_at).total_seconds()
            if age < _LOST:
                defer("assistant.rehearse", schedule_in={"seconds": _AGAIN}, run_id=str(run_id))
                return None
            REHEARSAL_RUN.transition(other, RunState.FAILED, actor=SYSTEM, finished_at=timezone.now())
        return REHEARSAL_RUN.transition(run, RunState.RUNNING, actor=SYSTEM, started_at=timezone.now())


def _end(run: RehearsalRun, known: Known, failing: int) -> RehearsalRun:
    with transaction.atomic():
        locked = lock_rows(RehearsalRun.objects.filter(pk=run.pk))[0]
        if locked.status != RunState.RUNNING:
            return locked
        assistant = lock_rows(Assistant.objects.filter(pk=run.assistant_id))[0]
        if run.is_whole:
            assistant.rehearsed_at = timezone.now()
        assistant.passed_fingerprint = "" if failing else known.fingerprint
        assistant.save(update_fields=["rehearsed_at", "passed_fingerprint", "updated_at"])
        run = REHEARSAL_RUN.transition(locked, RunState.DONE, actor=SYSTEM, finished_at=timezone.now())
        if failing:
            assistant_halt(assistant=assistant, reason=PauseReason.MUST_PASS)
    return run


def _try(case: RehearsalCase, known: Known, opener: Opener) -> bool | None:
    """Have the case decided and write down what came of it; returns whether that is right."""
    situation = Situation(now=timezone.now(), audience=Audience(case.audience), about=case.about)
    decision = thinking.decide(opener.value(case.sealed, case_context(case)), known=known, situation=situation)
    words = words_hash(decision.text)
    with transaction.atomic():
        rows = lock_rows(RehearsalCase.objects.filter(pk=case.pk))
        if not rows:
            return None
        row = rows[0]
        row.action = decision.action.value
        row.sealed_decision = seal(known.freelancer_id, _kept(decision, known), case_decision_context(row))
        row.is_passing = is_right(row, action=row.action, sources=decision.sources, words=words)
        row.save()
    return row.is_passing


def _kept(decision: Decision, known: Known) -> object:
    return decision_json(decision, known.knowledge)


@dataclass(frozen=True, slots=True)
class _New:
    origin: CaseOrigin
    key: str
    text: str
    audience: Audience = Audience.NEW
    language: str = ""
    about: str = ""
    conversation_id: UUID | None = None
    expected: tuple[Action, ...] = ()


def _cases_gather(assistant: Assistant, known: Known) -> None:
    """Past enquiries from agreed conversations, and what is built in for the freelancer's groups of categories."""
    there = set(assistant.cases.values_list("key", flat=True))
    room = LIMITS.cases - len(there)
    for new in (*_enquiries(known), *_built_in(known)):
        if room > 0 and new.key not in there:
            _case(assistant, new)
            there.add(new.key)
            room -= 1


def _enquiries(known: Known) -> Iterator[_New]:
    """What buyers wrote first, the latest conversations first."""
    for talk in known.talks[: LIMITS.enquiries]:
        for asked, _reply in talk.pairs[:1]:
            yield _New(CaseOrigin.ENQUIRY, f"talk:{talk.id.hex}", asked[: LIMITS.case], conversation_id=talk.id)


def _built_in(known: Known) -> Iterator[_New]:
    for case in thinking.builtin_cases(groups_of(known), known.settings.languages):
        yield _New(
            CaseOrigin.BUILTIN,
            f"builtin:{case.key}"[:80],
            case.text,
            case.audience,
            language=case.language,
            expected=case.actions,
        )


def groups_of(known: Known) -> list[str]:
    """The groups of categories that the freelancer offers something in."""
    leaves = {gig.category for gig in known.knowledge.gigs if gig.category}
    groups = []
    for leaf in sorted(leaves):
        parent = catalog.leaf_get(key=leaf).category.parent
        groups.append(parent.key if parent else leaf)
    return list(dict.fromkeys(groups))


def _case(assistant: Assistant, new: _New) -> RehearsalCase:
    case = RehearsalCase(
        pk=uuid.uuid4(),
        assistant=assistant,
        origin=new.origin,
        key=new.key,
        language=new.language,
        audience=new.audience.value,
        about=new.about,
        conversations=[new.conversation_id] if new.conversation_id else [],
        expected=[action.value for action in new.expected],
    )
    case.sealed = seal(assistant.freelancer_id, new.text, case_context(case))
    case.save(force_insert=True)
    return case
