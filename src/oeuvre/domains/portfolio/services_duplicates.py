"""What an operator does about works that resemble each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import selectors as audit_selectors
from oeuvre.domains.audit import services as audit
from oeuvre.domains.portfolio.errors import DecisionInvalidError, MatchNotFoundError
from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.domains.portfolio.models import DuplicateMatch, Work
from oeuvre.domains.portfolio.services_works import kept_of, matches_withdraw
from oeuvre.domains.portfolio.states import DECISIONS, MATCH, WORK, MatchState, WorkState
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.portfolio.similarity import Passage

_REFUSING = frozenset({MatchState.COPY, MatchState.OTHER_IS_COPY})
_NOTE = 500
"""Characters of an operator's reason."""


def duplicate_resolve(*, actor: Actor, match_id: UUID, decision: str, note: str = "") -> DuplicateMatch:
    """Decide a match. ``copy`` refuses the newer work, ``other_is_copy`` the older one; both need ``note``, which the
    freelancer reads. Any other decision lets the newer work in, once nothing else about it is open.

    Deciding the same again changes nothing. Raises PermissionDeniedError, MatchNotFoundError, DecisionInvalidError,
    IllegalTransitionError.
    """
    actor.require(Role.OPERATOR)
    if decision not in DECISIONS:
        raise DecisionInvalidError(_("Choose one of the decisions."), field="decision")
    state = MatchState(decision)
    note = note.strip()
    if len(note) > _NOTE or (state in _REFUSING and not note):
        raise DecisionInvalidError(
            _("Give the reason that the freelancer will read, in at most %(limit)d characters.") % {"limit": _NOTE},
            field="note",
        )
    with transaction.atomic():
        match = DuplicateMatch.objects.filter(pk=match_id).first()
        if match is None:
            raise MatchNotFoundError(_("There is no such match."))
        works = {work.pk: work for work in lock_rows(Work.objects.filter(pk__in=[match.work_id, match.other_id]))}
        match.refresh_from_db()
        if match.status == state:
            return match
        MATCH.transition(match, state, actor=actor, decided_by_id=actor.user_id, decided_at=timezone.now(), note=note)
        work, other = works[match.work_id], works[match.other_id]
        if state == MatchState.COPY:
            _refuse(actor, work, note)
        else:
            if state == MatchState.OTHER_IS_COPY:
                _refuse(actor, other, note)
            if not work.matches.filter(status=MatchState.OPEN).exists() and work.status == WorkState.IN_REVIEW:
                WORK.transition(work, WorkState.ACCEPTED, actor=actor)
    return match


def _refuse(actor: Actor, work: Work, note: str) -> None:
    if work.status in (WorkState.IN_REVIEW, WorkState.ACCEPTED):
        WORK.transition(work, WorkState.REFUSED, actor=actor, refusal=note)
        matches_withdraw(actor, work)


def _note_look(actor: Actor, match: DuplicateMatch) -> None:
    """Once a person and match: a page that is loaded again adds nothing to the history."""
    works = [match.work, match.other]
    looks = audit_selectors.histories(subjects=works).filter(code="work.compared", actor_id=actor.user_id)
    noted = set(looks.filter(data__match=str(match.pk)).values_list("object_id", flat=True))
    unnoted = [work for work in works if str(work.pk) not in noted]
    if unnoted:
        audit.record_all(actor=actor, code="work.compared", subjects=unnoted, match=str(match.pk))


def duplicate_shown(*, actor: Actor, match_id: UUID, work_id: UUID) -> tuple[bytes, str]:
    """What is shown of one of the two works of an undecided match, as bytes and their media type, where works of their
    modality are looked at side by side. The look is recorded in the history of both works.

    Raises PermissionDeniedError, MatchNotFoundError.
    """
    actor.require(Role.OPERATOR)
    match = DuplicateMatch.objects.select_related("work", "other").filter(pk=match_id, status=MatchState.OPEN).first()
    sides = [] if match is None else [work for work in (match.work, match.other) if work.pk == work_id]
    if match is None or not sides or sides[0].status == WorkState.REMOVED:
        raise MatchNotFoundError(_("There is no such match."))
    media_type = MODALITIES[sides[0].modality].shown_type
    if not media_type:
        raise MatchNotFoundError(_("There is nothing to look at of these works but what they share."))
    _note_look(actor, match)
    return kept_of(sides[0]), media_type


def duplicate_passages(*, actor: Actor, match_id: UUID) -> list[Passage]:
    """What an operator needs to see for a decision and no more: the longest stretches that both works share.

    The look is recorded in the history of both works. Raises PermissionDeniedError, MatchNotFoundError.
    """
    actor.require(Role.OPERATOR)
    match = DuplicateMatch.objects.select_related("work", "other").filter(pk=match_id).first()
    if match is None:
        raise MatchNotFoundError(_("There is no such match."))
    if WorkState.REMOVED in (match.work.status, match.other.status):
        return []
    _note_look(actor, match)
    return MODALITIES[match.work.modality].shared(kept_of(match.work), kept_of(match.other))
