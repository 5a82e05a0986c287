"""An assistant is made, set up, goes live and is paused. Imported through ``services``."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.assistant import notices
from oeuvre.domains.assistant.checking import settings_checked
from oeuvre.domains.assistant.common import SYSTEM, own_assistant, own_assistant_locked
from oeuvre.domains.assistant.content import settings_json
from oeuvre.domains.assistant.errors import NotReadyError, SettingsInvalidError
from oeuvre.domains.assistant.knowledge import known_by, settings_open
from oeuvre.domains.assistant.models import Assistant
from oeuvre.domains.assistant.readiness import obstacles_of
from oeuvre.domains.assistant.sealing import seal, settings_context
from oeuvre.domains.assistant.services.rerunning import assistant_changed
from oeuvre.domains.assistant.states import ASSISTANT, AssistantState, PauseReason
from oeuvre.domains.audit import services as audit
from oeuvre.kit.actor import Role
from oeuvre.kit.locks import lock_names, lock_rows
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from datetime import datetime

    from oeuvre.domains.assistant.content import SettingsContent
    from oeuvre.kit.actor import Actor


def assistant_create(*, actor: Actor) -> Assistant:
    """The freelancer's assistant, being set up; the one that there is where there is one.

    Raises PermissionDeniedError for somebody who is no freelancer.
    """
    actor.require(Role.FREELANCER)
    with transaction.atomic():
        lock_names([f"assistant.create:{actor.person_id}"])
        assistant, created = Assistant.objects.get_or_create(freelancer_id=actor.person_id)
        if created:
            audit.record(actor=actor, code="assistant.created", subject=assistant)
    return assistant


def settings_save(*, actor: Actor, settings: SettingsContent) -> Assistant:
    """Keep what the freelancer set; cases that must pass are tried again. Raises AssistantNotFoundError,
    SettingsInvalidError.
    """
    checked = settings_checked(settings)
    with transaction.atomic():
        assistant = own_assistant_locked(actor)
        _write(assistant, checked)
        audit.record(actor=actor, code="assistant.settings_saved", subject=assistant)
        assistant_changed(actor=actor, assistant=assistant)
    return assistant


def away_set(*, actor: Actor, until: datetime | None) -> Assistant:
    """Out of office until a moment, or back. Raises AssistantNotFoundError, SettingsInvalidError for a moment that passed."""
    if until is not None and until <= timezone.now():
        raise SettingsInvalidError(_("Choose a moment that is still to come."), field="away_until")
    with transaction.atomic():
        assistant = own_assistant_locked(actor)
        _write(assistant, replace(settings_open(assistant), away_until=until))
        audit.record(actor=actor, code="assistant.away_set", subject=assistant, away=until is not None)
    return assistant


def _write(assistant: Assistant, content: SettingsContent) -> None:
    notes = tuple(note if note.key else replace(note, key=uuid.uuid4().hex[:8]) for note in content.notes)
    raw = settings_json(replace(content, notes=notes))
    assistant.sealed_settings = seal(assistant.freelancer_id, raw, settings_context(assistant))
    assistant.save(update_fields=["sealed_settings", "updated_at"])


def assistant_go_live(*, actor: Actor) -> Assistant:
    """Let the assistant work. Done again, it changes nothing.

    Raises AssistantNotFoundError, NotReadyError with the ``obstacles`` that are left.
    """
    known = known_by(own_assistant(actor))
    with transaction.atomic():
        assistant = own_assistant_locked(actor)
        if assistant.status == AssistantState.LIVE:
            return assistant
        if assistant.passed_fingerprint and assistant.passed_fingerprint != known.fingerprint:
            assistant_changed(actor=actor, assistant=assistant)
        obstacles = obstacles_of(assistant, known.settings)
        if obstacles:
            blocked = NotReadyError(obstacles[0].message, obstacles=obstacles)
        else:
            defer("assistant.prepare", assistant_id=str(assistant.pk))
            return ASSISTANT.transition(
                assistant, AssistantState.LIVE, actor=actor, paused_reason="", live_at=timezone.now()
            )
    raise blocked  # after the transaction, which has queued what is to be tried again


def assistant_resume(*, actor: Actor) -> Assistant:
    """Let a paused assistant work again. Raises what ``assistant_go_live`` raises."""
    return assistant_go_live(actor=actor)


def assistant_pause(*, actor: Actor) -> Assistant:
    """Let it answer nothing more; what it is writing is not sent. Raises AssistantNotFoundError, IllegalTransitionError."""
    with transaction.atomic():
        assistant = own_assistant_locked(actor)
        if assistant.status == AssistantState.PAUSED:
            return assistant
        return ASSISTANT.transition(assistant, AssistantState.PAUSED, actor=actor, paused_reason=PauseReason.SELF)


def assistant_halt(*, assistant: Assistant, reason: PauseReason) -> bool:
    """The site pauses a live assistant and tells its freelancer why; returns whether it was live."""
    with transaction.atomic():
        locked = lock_rows(Assistant.objects.filter(pk=assistant.pk).select_related("freelancer"))[0]
        if locked.status != AssistantState.LIVE:
            return False
        ASSISTANT.transition(locked, AssistantState.PAUSED, actor=SYSTEM, paused_reason=reason)
        notices.paused(freelancer=locked.freelancer, reason=reason)
    return True
