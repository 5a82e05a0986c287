"""Kept searches: sealed, limited, mailed once a day where wanted, gone with the account."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.utils import timezone

from oeuvre.domains.accounts.services import account_delete, account_export_request, deletion_effects
from oeuvre.domains.accounts.services import account_export_content as export_content
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.search import selectors, services
from oeuvre.domains.search.errors import (
    SavedSearchInvalidError,
    SavedSearchLimitError,
    SavedSearchNotFoundError,
    UnsubscribeInvalidError,
)
from oeuvre.domains.search.models import SavedSearch, SearchStanding
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import Notify
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.domains.search_documents import draft, find, put, put_drafts
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.clock import Clock
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from pathlib import Path

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.usefixtures("embeddings")
HARP = SearchQuery(text="harp", price_to=5_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture(autouse=True)
def mails_at_once(settings: Any) -> None:
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"


def save(person: User, name: str = "A harp for Ottilie", query: SearchQuery = HARP, **parts: Any) -> SavedSearch:
    return services.search_save(actor=person.actor, name=name, query=query, **parts)


def test_search_save__keeps_name_and_query_sealed(buyer: User) -> None:
    saved = save(buyer, notify=Notify.DAILY)
    (found,) = selectors.saved_searches(actor=buyer.actor)
    assert (found.name, found.query, found.notify) == ("A harp for Ottilie", HARP, Notify.DAILY)
    assert b"harp" not in bytes(SavedSearch.objects.get().sealed)
    record = AuditRecord.objects.get(code="saved_search.created")
    assert (record.object_id, record.data) == (str(saved.pk), {"notify": "daily"})


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "\x00"])
def test_search_save__needs_a_name(buyer: User, name: str) -> None:
    with pytest.raises(SavedSearchInvalidError):
        save(buyer, name)


def test_search_save__needs_something_to_look_for_and_somebody_who_looks(buyer: User) -> None:
    with pytest.raises(SavedSearchInvalidError):
        save(buyer, query=SearchQuery())
    with pytest.raises(PermissionDeniedError):
        services.search_save(actor=Actor.anonymous(), name="Harps", query=HARP)


def test_search_save__keeps_twenty_a_person(buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oeuvre.domains.search.saved.MOST_SAVED", 2)
    save(buyer)
    save(buyer)
    with pytest.raises(SavedSearchLimitError):
        save(buyer)
    save(freelancer)
    services.search_delete(actor=buyer.actor, search_id=selectors.saved_searches(actor=buyer.actor)[0].id)
    save(buyer)


def test_saved_searches__are_their_owners_alone(buyer: User, freelancer: User, operator: User) -> None:
    saved = save(buyer)
    for other in (freelancer.actor, operator.actor, Actor.anonymous()):
        assert selectors.saved_searches(actor=other) == []
        for service in (services.search_delete, selectors.saved_search):
            with pytest.raises(SavedSearchNotFoundError):
                service(actor=other, search_id=saved.pk)
        with pytest.raises(SavedSearchNotFoundError):
            services.search_notify_set(actor=other, search_id=saved.pk, notify=Notify.DAILY)
        with pytest.raises(SavedSearchNotFoundError):
            services.search_rename(actor=other, search_id=saved.pk, name="Mine")


def test_search_rename__keeps_the_query(buyer: User) -> None:
    saved = save(buyer)
    services.search_rename(actor=buyer.actor, search_id=saved.pk, name="  Harps, cheap ")
    found = selectors.saved_search(actor=buyer.actor, search_id=saved.pk)
    assert (found.name, found.query) == ("Harps, cheap", HARP)


# The daily mail


def tomorrow(clock: Clock) -> list[mail.EmailMessage]:
    """What is mailed after another day."""
    sent = len(mail.outbox)
    clock.move(days=1)
    services.digests_start()
    run_tasks()
    return mail.outbox[sent:]


def new(clock: Clock, *titles: str, **parts: Any) -> None:
    put_drafts(*(draft(title, live_since=clock.now, **parts) for title in titles))


def test_digest__names_what_is_new_in_one_mail(buyer: User, clock: Clock) -> None:
    new(clock, "Harp from before")
    clock.move(minutes=1)
    save(buyer, notify=Notify.DAILY)
    save(buyer, "Lutes", SearchQuery(text="lute"), notify=Notify.DAILY)
    save(buyer, "Drums", SearchQuery(text="drum"), notify=Notify.DAILY)
    save(buyer, "Quiet", SearchQuery(text="harp"))
    clock.move(minutes=1)
    new(clock, *(f"Harp {number}" for number in range(7)), "Lute", price=Money(4_000))
    new(clock, "Harp of gold", price=Money(90_000))
    (message,) = tomorrow(clock)
    assert message.to == [buyer.email]
    assert message.subject == "8 new results for your saved searches on Oeuvre"
    assert "A harp for Ottilie (7)\n- Harp" in message.body
    assert message.body.count("- Harp") == 5
    assert "and 2 more" in message.body
    assert "Lutes (1)\n- Lute, $40.00" in message.body
    assert "/search/?q=harp&price_to=50&sort=newest" in message.body
    for absent in ("gold", "before", "Drums", "Quiet"):
        assert absent not in message.body
    assert tomorrow(clock) == [], "it is not new any more"


def test_digest__does_not_name_the_persons_own_gigs(freelancer: User, clock: Clock) -> None:
    save(freelancer, notify=Notify.DAILY)
    clock.move(minutes=1)
    new(clock, "Harp", owner_id=freelancer.pk)
    assert tomorrow(clock) == []


def test_digest__comes_at_most_once_a_day_however_often_a_task_runs(buyer: User, clock: Clock) -> None:
    save(buyer, notify=Notify.DAILY)
    clock.move(minutes=1)
    new(clock, "Harp")
    assert len(tomorrow(clock)) == 1
    new(clock, "Harp again")
    assert services.digests_start() == 0
    assert not services.digest_send(owner_id=buyer.pk)
    clock.move(hours=19)
    assert services.digests_start() == 0
    assert len(tomorrow(clock)) == 1


def test_digest__ends_by_its_link_without_a_login(buyer: User, clock: Clock) -> None:
    save(buyer, notify=Notify.DAILY)
    clock.move(minutes=1)
    new(clock, "Harp")
    (message,) = tomorrow(clock)
    link = re.search(r"/search/saved/unsubscribe/([^/]+)/", message.body)
    assert link
    assert message.extra_headers["List-Unsubscribe"].endswith(f"{link.group(0)}>")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert services.search_unsubscribe(token=link.group(1)) == 1
    assert services.search_unsubscribe(token=link.group(1)) == 0
    assert selectors.saved_searches(actor=buyer.actor)[0].notify == Notify.NEVER
    record = AuditRecord.objects.get(code="saved_search.notify_set")
    assert (record.actor_id, record.data) == (buyer.pk, {"notify": "never"})
    new(clock, "Harp again")
    assert tomorrow(clock) == []


@pytest.mark.parametrize("token", ["", "x", "ImFiYyI:1abc:xyz"])
def test_search_unsubscribe__refuses_what_it_did_not_make(db: None, token: str) -> None:
    with pytest.raises(UnsubscribeInvalidError):
        services.search_unsubscribe(token=token)


def test_search_notify_set__counts_as_new_only_what_comes_later(buyer: User, clock: Clock) -> None:
    saved = save(buyer)
    clock.move(days=3)
    new(clock, "Harp from before")
    clock.move(minutes=1)
    services.search_notify_set(actor=buyer.actor, search_id=saved.pk, notify=Notify.DAILY)
    assert tomorrow(clock) == []


def test_digest__is_not_sent_to_who_was_locked_out_or_left(buyer: User, clock: Clock) -> None:
    save(buyer, notify=Notify.DAILY)
    clock.move(minutes=1)
    new(clock, "Harp")
    buyer.is_active = False
    buyer.save()
    assert tomorrow(clock) == []


def test_digest__leaves_what_went_live_this_minute_for_tomorrow(buyer: User, clock: Clock) -> None:
    save(buyer, notify=Notify.DAILY)
    clock.move(days=1, minutes=-1)
    new(clock, "Harp")
    clock.move(days=-1, minutes=1)
    assert tomorrow(clock) == []
    assert len(tomorrow(clock)) == 1


# Leaving


def test_export__holds_the_kept_searches(buyer: User, blob_folder: Path) -> None:
    save(buyer, notify=Notify.DAILY)
    export = account_export_request(actor=buyer.actor)
    run_tasks(until=timezone.now())
    content = export_content(actor=buyer.actor, export_id=export.pk)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (found,) = json.loads(archive.read("search/saved-searches.json"))
    assert datetime.fromisoformat(found.pop("created"))
    params = {"q": ["harp"], "price_to": ["50"]}
    assert found == {"name": "A harp for Ottilie", "params": params, "notify": "daily"}


def test_account_delete__takes_searches_documents_and_counts_along(freelancer: User, blob_folder: Path) -> None:
    save(freelancer)
    put("Harp", owner_id=freelancer.pk)
    services.owner_signals_put(owner_id=freelancer.pk, completed=3)
    assert len([sentence for sentence in deletion_effects(actor=freelancer.actor) if "search" in sentence]) == 2
    account_delete(actor=freelancer.actor, password="a long password")
    assert not SavedSearch.objects.exists()
    assert not SearchStanding.objects.exists()
    assert find("harp").total == 0
