"""Whatever changes what an assistant says has the cases that must pass tried again. Imported through ``services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oeuvre.domains.assistant.models import RehearsalRun
from oeuvre.domains.assistant.states import RunState
from oeuvre.domains.audit import services as audit
from oeuvre.kit.locks import lock_names
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from oeuvre.domains.assistant.models import Assistant
    from oeuvre.kit.actor import Actor


def assistant_changed(*, actor: Actor, assistant: Assistant) -> None:
    """Note that nothing is known to pass any more, and queue a rerun. Before the first rehearsal there is nothing to rerun.

    Runs in the transaction of the change.
    """
    if assistant.passed_fingerprint:
        assistant.passed_fingerprint = ""
        assistant.save(update_fields=["passed_fingerprint", "updated_at"])
    if assistant.rehearsed_at is not None:
        run_queue(actor=actor, assistant=assistant, is_whole=False)


def run_queue(*, actor: Actor, assistant: Assistant, is_whole: bool) -> RehearsalRun:
    """A run that waits: the one that there is, made whole where a whole one is wanted, or a new one."""
    with transaction.atomic():
        lock_names([f"assistant.runs:{assistant.pk}"])
        waiting = RehearsalRun.objects.filter(assistant=assistant, status=RunState.QUEUED).first()
        if waiting is not None:
            if is_whole and not waiting.is_whole:
                waiting.is_whole = True
                waiting.save(update_fields=["is_whole", "updated_at"])
            return waiting
        run = RehearsalRun.objects.create(assistant=assistant, is_whole=is_whole)
        audit.record(actor=actor, code="rehearsal_run.queued", subject=run, is_whole=is_whole)
        defer("assistant.rehearse", run_id=str(run.pk))
    return run
