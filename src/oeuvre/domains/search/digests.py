"""What is new for people who keep searches, in one mail a day. Imported through ``search.services``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.accounts.errors import UserNotFoundError
from oeuvre.domains.accounts.services import MailMessage, mail_queue
from oeuvre.domains.audit import services as audit
from oeuvre.domains.search.candidates import understand
from oeuvre.domains.search.models import SavedSearch
from oeuvre.domains.search.ordering import best_match, hits_of
from oeuvre.domains.search.saved import saved_searches, unsubscribe_token
from oeuvre.domains.search.states import Notify, Sort
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_rows
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.search.results import Hit
    from oeuvre.domains.search.saved import SavedSearchView

BETWEEN = timedelta(hours=20)
"""Less than a day, so that a run that begins a little earlier than yesterday's leaves nobody out."""
SETTLED = timedelta(minutes=5)
"""What went live later is left for tomorrow: it may belong to a transaction that is not through yet, and unseen by us."""
SHOWN = 5
"""New hits of one search that a mail names."""


@dataclass(frozen=True, slots=True)
class News:
    """What is new for one kept search."""

    saved: SavedSearchView
    hits: Sequence[Hit]
    count: int


def digests_start() -> int:
    """Queue a look for everybody whose kept searches are mailed and were not looked at today; returns how many people."""
    due = SavedSearch.objects.filter(notify=Notify.DAILY, checked_at__lte=timezone.now() - BETWEEN)
    owners = sorted(set(due.values_list("owner_id", flat=True)))
    for owner_id in owners:
        defer("search.digest_send", owner_id=str(owner_id))
    return len(owners)


def digest_send(*, owner_id: UUID) -> bool:
    """Look for what is new for one person, and mail it if there is anything; returns whether a mail went out.

    Safe to repeat: what was looked at up to now is not new any more.
    """
    now = timezone.now()
    until = now - SETTLED
    try:
        user = accounts.account(actor=Actor(owner_id, frozenset()))
    except UserNotFoundError:
        return False
    daily = [one for one in saved_searches(actor=user.actor) if one.notify == Notify.DAILY]
    due = [one for one in daily if one.checked_at <= now - BETWEEN]
    found = [_news(one, owner_id, until) for one in due]  # asks the studio, so no lock is held
    news = [one for one in found if one.count]
    with transaction.atomic():
        checked = {one.id: one.checked_at for one in due}
        rows = lock_rows(SavedSearch.objects.filter(pk__in=checked, notify=Notify.DAILY))
        if len(rows) != len(due) or any(row.checked_at != checked[row.pk] for row in rows):
            return False  # somebody else looked meanwhile, or the person changed their mind
        for row in rows:
            row.checked_at = until
            row.save(update_fields=["checked_at", "updated_at"])
            audit.record(actor=Actor.system(), code="saved_search.checked", subject=row)
        if not news or not user.is_active:
            return False
        mail_queue(message=_mail(user, news))
    return True


def _news(saved: SavedSearchView, owner_id: UUID, until: datetime) -> News:
    """Hits that went live since the last look, not counting the person's own."""
    query = replace(saved.query, sort=Sort.BEST, live_after=saved.checked_at)
    found = hits_of(best_match(understand(query)).placed)
    hits = [hit for hit in found if hit.owner_id != owner_id and hit.live_since <= until]
    return News(saved, hits[:SHOWN], len(hits))


def _mail(user: User, news: Sequence[News]) -> MailMessage:
    link = f"{settings.SITE_URL}/search/saved/unsubscribe/{unsubscribe_token(owner_id=user.pk)}/"
    with override(user.locale):
        count = sum(one.count for one in news)
        subject = ngettext(
            "%(count)d new result for your saved searches on %(site)s",
            "%(count)d new results for your saved searches on %(site)s",
            count,
        ) % {"count": count, "site": settings.SITE_NAME}
        parts = [_section(one) for one in news]
        parts.append(_("You get this mail at most once a day. End these mails, without logging in:") + f"\n{link}")
    headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}  # RFC 8058
    return MailMessage(
        " ".join(subject.split()), "\n\n".join(parts), settings.DEFAULT_FROM_EMAIL, (user.email,), headers=headers
    )


def _section(one: News) -> str:
    lines = [f"{one.saved.name} ({one.count})"]
    lines += [f"- {hit.title}" + (f", {hit.price}" if hit.price else "") for hit in one.hits]
    if one.count > len(one.hits):
        more = one.count - len(one.hits)
        lines.append(ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more})
    address = urlencode({**one.saved.query.to_params(), "sort": [str(Sort.NEWEST)]}, doseq=True)
    return "\n".join([*lines, f"{settings.SITE_URL}/search/?{address}"])
