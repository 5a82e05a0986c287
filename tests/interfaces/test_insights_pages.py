"""The pages of insights, what they say below five cases, and the end of the weekly mail."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.states import Plan
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.models import Conversation, Message
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.insights.mailing import unsubscribe_token
from oeuvre.domains.insights.market import months_before
from oeuvre.domains.insights.models import WeeklyMail
from oeuvre.domains.insights.selectors import is_mail_wanted
from tests.support.factories import CARD, freelancer_with_profile
from tests.support.gigs import live_gig

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.django_db

PAGES = ("/studio/insights/", "/studio/insights/market/", "/studio/insights/earnings/")


@pytest.fixture
def ada(db: None) -> User:
    """A freelancer with the assistant's plan."""
    user = freelancer_with_profile("ada@example.org", "ada", "Ada Fell")
    billing.subscription_start(actor=user.actor, plan=Plan.ASSISTANT, method_token=CARD)
    return user


@pytest.fixture
def page(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def enquiries(freelancer: User, count: int, *, days: int = 30, answered: bool = False) -> list[Conversation]:
    """Buyers who asked so many days ago, and were answered within the hour or never."""
    made = []
    for number in range(count):
        buyer = User.objects.create_user(f"asks-{days}-{number}@example.org", "a long password")
        talk = conversations.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body="Could you?")
        if answered:
            conversations.message_send(actor=freelancer.actor, conversation_id=talk.pk, body="Gladly.")
        _move(talk, days)
        made.append(talk)
    return made


def _move(talk: Conversation, days: int) -> None:
    at = timezone.now() - timedelta(days=days)
    Conversation.objects.filter(pk=talk.pk).update(created_at=at, last_message_at=at)
    for place, message in enumerate(Message.objects.filter(conversation=talk).order_by("created_at")):
        Message.objects.filter(pk=message.pk).update(created_at=at + timedelta(minutes=30 * place))


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def few(client: Client, address: str) -> list[tuple[str, str]]:
    """What each insight without enough cases says: how many there are, how many it needs."""
    return re.findall(r'class="few"[^>]*data-cases="(\d+)"\s+data-needed="(\d+)"', client.get(address).content.decode())


@pytest.mark.parametrize("address", PAGES)
def test_pages__say_what_they_would_tell_without_the_plan(freelancer: User, address: str) -> None:
    freelancer_without = Client()
    freelancer_without.force_login(freelancer)
    text = read(freelancer_without, address)
    assert "What this page would tell you" in text
    assert "Choose plan" in text


@pytest.mark.parametrize(
    ("address", "empty"),
    [
        (PAGES[0], "No enquiries in this time"),
        (PAGES[1], "No live gig to compare"),
        (PAGES[2], "No sales in this time"),
    ],
)
def test_pages__with_nothing_yet_say_what_fills_them(page: Client, address: str, empty: str) -> None:
    assert empty in read(page, address)


def test_overview__four_enquiries_claim_nothing_and_five_do(page: Client, ada: User) -> None:
    enquiries(ada, 4)
    text = read(page, PAGES[0])
    assert "4 of 5 lost enquiries" in text
    assert set(few(page, PAGES[0])) == {("4", "5"), ("0", "5")}
    assert "What they suggest" not in text
    enquiries(ada, 1, days=31)
    text = read(page, PAGES[0])
    assert "5 of 5 lost enquiries never got an answer." in text
    assert "Never answered" in text
    assert "0 of 5 replies by your assistant" in text


def test_overview__draws_with_a_table_of_the_same_numbers(page: Client, ada: User) -> None:
    enquiries(ada, 5, answered=True)
    answer = page.get(PAGES[0]).content.decode()
    assert answer.count('<svg role="img" aria-label="') >= 2
    assert re.search(r"<td>Answered</td>\s*<td>5</td>", answer)
    assert re.search(r"<td>Silence after your answer</td>\s*<td>5</td>", answer)
    assert 'style="' not in answer


@pytest.mark.parametrize(("asked", "counted"), [("28", 0), ("90", 5), ("365", 5), ("7", 5), ("x", 5)])
def test_overview__is_of_the_period_that_was_asked_for(page: Client, ada: User, asked: str, counted: int) -> None:
    enquiries(ada, 5, days=40, answered=True)
    assert ("No enquiries in this time" not in read(page, f"{PAGES[0]}?days={asked}")) == bool(counted)


def test_overview__shows_nobody_elses(page: Client, other_freelancer: User) -> None:
    enquiries(other_freelancer, 5)
    assert "No enquiries in this time" in read(page, PAGES[0])


@pytest.mark.parametrize("freelancers", [4, 5])
def test_market__compares_with_five_freelancers_or_not_at_all(page: Client, ada: User, freelancers: int) -> None:
    live_gig(ada)
    for number in range(freelancers):
        live_gig(freelancer_with_profile(f"rival{number}@example.org", f"rival{number}", f"Rival {number}"))
    text = read(page, PAGES[1])
    assert ("4 of 5 freelancers needed" in text) == (freelancers == 4)
    assert ("within the middle half" in text) == (freelancers == 5)
    assert ("Your prices" in text) == (freelancers == 5)


@pytest.mark.parametrize("count", [4, 5])
def test_market__tells_of_demand_from_five_cases_on(page: Client, ada: User, count: int) -> None:
    gig = live_gig(ada)
    assert gig.category is not None
    asked(gig.category.key, [count])
    text = read(page, PAGES[1])
    assert ("4 of 5 searches and briefs in six months" in text) == (count == 4)
    assert ("rising" in text) == (count == 5)


def asked(category: str, by_month: Sequence[int]) -> None:
    """Briefs in the last whole months, the latest first."""
    months = reversed(months_before(timezone.now().date()))
    for month, count in zip(months, by_month, strict=False):
        DemandEvent.objects.bulk_create(DemandEvent(kind="brief", day=month, category=category) for _ in range(count))


def test_mail__is_turned_off_and_on(page: Client, ada: User) -> None:
    assert "Stop weekly mail" in read(page, "/studio/insights/mail/")
    page.post("/studio/insights/mail/", {"wanted": "no"})
    assert not is_mail_wanted(actor=ada.actor)
    assert "Get weekly mail" in read(page, "/studio/insights/mail/")
    page.post("/studio/insights/mail/", {"wanted": "yes"})
    assert is_mail_wanted(actor=ada.actor)


def test_unsubscribe__takes_one_press_without_a_login_and_a_look_ends_nothing(ada: User) -> None:
    anybody = Client(enforce_csrf_checks=True)
    address = f"/studio/insights/unsubscribe/{unsubscribe_token(person_id=ada.pk)}/"
    assert "Stop the weekly mail?" in read(anybody, address)
    assert is_mail_wanted(actor=ada.actor)
    answer = anybody.post(address, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not WeeklyMail.objects.get(person=ada).is_wanted


def test_unsubscribe__refuses_a_link_that_is_not_whole(ada: User) -> None:
    whole = unsubscribe_token(person_id=ada.pk)
    for broken in (whole[:-2], "x"):
        assert Client().post(f"/studio/insights/unsubscribe/{broken}/").status_code == 422
    assert is_mail_wanted(actor=ada.actor)
