"""Searches that people keep, sealed with their own keys. Imported through ``search.services`` and ``search.selectors``."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.services import vault_decrypt_many, vault_encrypt
from oeuvre.domains.audit import services as audit
from oeuvre.domains.search.errors import (
    SavedSearchInvalidError,
    SavedSearchLimitError,
    SavedSearchNotFoundError,
    UnsubscribeInvalidError,
)
from oeuvre.domains.search.models import SavedSearch
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import Notify
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_names, lock_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

MOST_SAVED = 20
NAME_CHARACTERS = 80
_SALT = "search.unsubscribe"


@dataclass(frozen=True, slots=True)
class SavedSearchView:
    """A kept search as its owner sees it."""

    id: UUID
    name: str
    query: SearchQuery
    notify: Notify
    created_at: datetime
    checked_at: datetime
    """What went live after this moment is new."""


def search_save(*, actor: Actor, name: str, query: SearchQuery, notify: Notify = Notify.NEVER) -> SavedSearch:
    """Keep a search under a name.

    Raises SavedSearchInvalidError for an empty search, or a name that is missing or too long, and SavedSearchLimitError
    when the person keeps ``MOST_SAVED`` already.
    """
    owner_id = actor.person_id
    name = _checked_name(name)
    if query.is_empty:
        raise SavedSearchInvalidError(
            _("This search asks for nothing yet. Add words or a filter first."), field="query"
        )
    with transaction.atomic():
        lock_names([f"search.saved:{owner_id}"])
        if SavedSearch.objects.filter(owner_id=owner_id).count() >= MOST_SAVED:
            raise SavedSearchLimitError(
                _("You keep %(most)d searches, which is the limit. Delete one first.") % {"most": MOST_SAVED}
            )
        pk = uuid.uuid4()
        saved = SavedSearch.objects.create(
            pk=pk, owner_id=owner_id, sealed=_seal(owner_id, pk, name, query), notify=notify, checked_at=timezone.now()
        )
        audit.record(actor=actor, code="saved_search.created", subject=saved, notify=str(notify))
    return saved


def search_rename(*, actor: Actor, search_id: UUID, name: str) -> SavedSearch:
    """Give a kept search another name. Raises SavedSearchNotFoundError, SavedSearchInvalidError."""
    name = _checked_name(name)
    with transaction.atomic():
        saved = _own(actor, search_id)
        saved.sealed = _seal(saved.owner_id, saved.pk, name, _views([saved])[0].query)
        saved.save(update_fields=["sealed", "updated_at"])
        audit.record(actor=actor, code="saved_search.renamed", subject=saved)
    return saved


def search_notify_set(*, actor: Actor, search_id: UUID, notify: Notify) -> SavedSearch:
    """Say whether new results are mailed; from now on, not what was new before. Raises SavedSearchNotFoundError."""
    with transaction.atomic():
        saved = _own(actor, search_id)
        if saved.notify != notify:
            saved.notify = notify
            saved.checked_at = timezone.now()
            saved.save(update_fields=["notify", "checked_at", "updated_at"])
            audit.record(actor=actor, code="saved_search.notify_set", subject=saved, notify=str(notify))
    return saved


def search_delete(*, actor: Actor, search_id: UUID) -> None:
    """Forget a kept search. Raises SavedSearchNotFoundError."""
    with transaction.atomic():
        saved = _own(actor, search_id)
        audit.record(actor=actor, code="saved_search.deleted", subject=saved)
        saved.delete()


def saved_searches(*, actor: Actor) -> list[SavedSearchView]:
    """The actor's own, in the order in which they were saved."""
    if actor.user_id is None:
        return []
    return _views(list(SavedSearch.objects.filter(owner_id=actor.user_id).order_by("created_at", "pk")))


def saved_search(*, actor: Actor, search_id: UUID) -> SavedSearchView:
    """One of the actor's own. Raises SavedSearchNotFoundError."""
    return _views([_own(actor, search_id, lock=False)])[0]


def unsubscribe_token(*, owner_id: UUID) -> str:
    """What a mail's link carries. It holds for ever, and for nothing but ending these mails."""
    return signing.dumps(str(owner_id), salt=_SALT)


def search_unsubscribe(*, token: str) -> int:
    """End the mails about kept searches of the person that a mail's link was for, who need not be logged in.

    Returns how many searches were mailed until now; safe to repeat. Raises UnsubscribeInvalidError.
    """
    try:
        owner_id = uuid.UUID(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError):
        raise UnsubscribeInvalidError(
            _(
                "This link is not complete. Copy all of it from the mail, or change your saved searches after logging in."
            )
        ) from None
    actor = Actor(owner_id, frozenset())
    with transaction.atomic():
        mailed = lock_rows(SavedSearch.objects.filter(owner_id=owner_id, notify=Notify.DAILY))
        for saved in mailed:
            saved.notify = Notify.NEVER
            saved.save(update_fields=["notify", "updated_at"])
            audit.record(actor=actor, code="saved_search.notify_set", subject=saved, notify=str(Notify.NEVER))
    return len(mailed)


def _checked_name(name: str) -> str:
    name = "".join(letter for letter in " ".join(name.split()) if letter.isprintable())
    if not name or len(name) > NAME_CHARACTERS:
        raise SavedSearchInvalidError(
            _("Give the search a name of at most %(most)d characters.") % {"most": NAME_CHARACTERS}, field="name"
        )
    return name


def _own(actor: Actor, search_id: UUID, *, lock: bool = True) -> SavedSearch:
    rows = SavedSearch.objects.select_for_update() if lock else SavedSearch.objects.all()
    saved = rows.filter(pk=search_id, owner_id=actor.user_id).first() if actor.user_id else None
    if saved is None:
        raise SavedSearchNotFoundError(_("You keep no such search."))
    return saved


def _seal(owner_id: UUID, search_id: UUID, name: str, query: SearchQuery) -> bytes:
    words = json.dumps({"name": name, "params": query.to_params()}).encode()
    return vault_encrypt(owner_type="account", owner_id=owner_id, data=words, context=_context(search_id))


def _context(search_id: UUID) -> str:
    """What a sealed search is bound to."""
    return f"saved_search:{search_id}"


def _views(rows: Sequence[SavedSearch]) -> list[SavedSearchView]:
    """What is sealed in rows of one owner."""
    if not rows:
        return []
    opened = vault_decrypt_many(
        owner_type="account",
        owner_id=rows[0].owner_id,
        items=[(bytes(row.sealed), _context(row.pk)) for row in rows],
    )
    views = []
    for row, words in zip(rows, opened, strict=True):
        found = json.loads(words)
        query = SearchQuery.from_params(found["params"])
        views.append(SavedSearchView(row.pk, found["name"], query, Notify(row.notify), row.created_at, row.checked_at))
    return views
