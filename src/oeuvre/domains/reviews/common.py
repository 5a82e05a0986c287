"""What the services of reviews share: finding and locking, cleaning what people write, sealing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.reviews.errors import ReviewInvalidError, ReviewNotFoundError, ReviewWindowNotFoundError
from oeuvre.domains.reviews.models import Review, ReviewWindow
from oeuvre.domains.reviews.states import ReviewState, Side
from oeuvre.kit.files.naming import printable
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.kit.actor import Actor
    from oeuvre.kit.errors import DomainError

ACCOUNT = "account"
"""The data keys' owner type: what is not public is sealed with its author's own key, and goes with it."""
SHOWN = (ReviewState.VISIBLE, ReviewState.HIDDEN)


def windows_of(actor: Actor) -> QuerySet[ReviewWindow]:
    """The windows of the actor's own orders."""
    if actor.user_id is None:
        return ReviewWindow.objects.none()
    return ReviewWindow.objects.filter(Q(buyer_id=actor.user_id) | Q(freelancer_id=actor.user_id))


def window_locked(actor: Actor, order_id: UUID) -> tuple[ReviewWindow, Side]:
    """The window of an order of the actor's, locked, with their side. Raises ReviewWindowNotFoundError."""
    rows = lock_rows(windows_of(actor).filter(order_id=order_id))
    side = rows[0].side_of(actor.user_id) if rows else None
    if side is None:
        raise ReviewWindowNotFoundError(_("There is no ended order of yours to review here."), order_id=order_id)
    return rows[0], side


def review_shown(review_id: UUID) -> Review:
    """A review that everybody may read, or that was hidden. Raises ReviewNotFoundError, also for one not visible yet."""
    rows = Review.objects.select_related("author", "subject", "answer")
    found = rows.filter(pk=review_id, status__in=[str(state) for state in SHOWN]).first()
    if found is None:
        raise ReviewNotFoundError(_("There is no such review."), review_id=review_id)
    return found


def words(text: str, *, most: int, field: str, least: int = 1, error: type[DomainError] = ReviewInvalidError) -> str:
    """Several lines without stray characters. Raises ``error`` for fewer or more characters than allowed."""
    found = "\n".join(printable(row).rstrip() for row in text.splitlines()).strip()
    if len(found) < least:
        raise error(
            ngettext("Write %(least)d character at least.", "Write %(least)d characters at least.", least)
            % {"least": least},
            field=field,
        )
    if len(found) > most:
        raise error(
            _("This has %(found)d characters; %(most)d are the most. Shorten it.")
            % {"found": len(found), "most": most},
            field=field,
        )
    return found


def seal(owner_id: UUID, value: Any, context: str) -> bytes:
    """JSON under a person's own data key."""
    data = json.dumps(value, ensure_ascii=False).encode()
    return accounts.vault_encrypt(owner_type=ACCOUNT, owner_id=owner_id, data=data, context=context)


def unseal(owner_id: UUID, data: bytes | memoryview, context: str) -> Any:
    """What ``seal`` was given. Raises KeyDestroyedError once the person's account is deleted."""
    return json.loads(accounts.vault_decrypt(owner_type=ACCOUNT, owner_id=owner_id, data=bytes(data), context=context))
