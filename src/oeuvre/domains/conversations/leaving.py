"""What accounts ask of conversations when a person takes their data away, or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.conversations import services
from oeuvre.domains.conversations.models import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oeuvre.kit.actor import Actor


def export(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """One file with all that the person wrote."""
    found = services.messages_export(actor=actor)
    yield "messages.json", json.dumps(found, ensure_ascii=False, indent=1).encode()


def erase(actor: Actor) -> None:
    services.messages_erase(actor=actor)


def effects(actor: Actor) -> Iterator[str]:
    if Message.objects.filter(author_id=actor.person_id, erased_at=None).exists():
        yield _("The words of your messages are removed, also for the people you wrote to. Theirs stay with them.")
