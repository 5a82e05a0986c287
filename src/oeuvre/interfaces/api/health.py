"""Whether this installation is alive and does its work; for supervisors and load balancers, so without details."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

QUEUE_PATIENCE = timedelta(minutes=5)
"""How long a job that is due may wait for a worker."""
HEARTBEAT_PATIENCE = timedelta(seconds=30)
"""Workers send one every 10 seconds."""
STUDIO_SECONDS = 2.0


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where database, queue, worker and studio do their work, else 503; ``checks`` says which does not."""
    checks = {name: "ok" if check() else "failed" for name, check in CHECKS.items()}
    ready = set(checks.values()) == {"ok"}
    return JsonResponse({"status": "ready" if ready else "degraded", "checks": checks}, status=200 if ready else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _queue() -> bool:
    """No job that is due has been waiting for longer than ``QUEUE_PATIENCE``."""
    due = timezone.now() - QUEUE_PATIENCE
    waiting = ProcrastinateJob.objects.filter(status="todo")
    overdue = Q(scheduled_at__lt=due) | Q(
        scheduled_at__isnull=True, procrastinateevent__type="deferred", procrastinateevent__at__lt=due
    )
    try:
        return not waiting.filter(overdue).exists()
    except DatabaseError:
        return False


def _worker() -> bool:
    """Some worker has sent its heartbeat lately."""
    try:
        return ProcrastinateWorker.objects.filter(last_heartbeat__gt=timezone.now() - HEARTBEAT_PATIENCE).exists()
    except DatabaseError:
        return False


def _studio() -> bool:
    try:
        answer = httpx.get(f"{settings.STUDIO_URL}/healthz", timeout=STUDIO_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


CHECKS: dict[str, Callable[[], bool]] = {"database": _database, "queue": _queue, "worker": _worker, "studio": _studio}
