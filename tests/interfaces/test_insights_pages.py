"""The pages of insights, what they say below five cases, and the end of the weekly mail."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.insights.mailing import unsubscribe_token
from oeuvre.domains.insights.market import months_before
from oeuvre.domains.insights.models import WeeklyMail
from oeuvre.domains.insights.selectors import is_mail_wanted
from tests.support.budget import MOST_QUERIES
from tests.support.enquiries import ASKED, asker, enquiry, exchange, freelancer_with_insights
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import live_gig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation

pytestmark = pytest.mark.django_db

PAGES = ("/studio/insights/", "/studio/insights/market/", "/studio/insights/earnings/")


@pytest.fixture
def ada(db: None) -> User:
    return freelancer_with_insights()


@pytest.fixture
def page(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def enquiries(freelancer: User, count: int, *, days: int = 30, answered: bool = False) -> list[Conversation]:
    """Buyers who asked so many days ago, and were answered within the hour or never."""
    at = timezone.now() - timedelta(days=days)
    wait = timedelta(minutes=30) if answered else None
    return [enquiry(freelancer, asker(f"asks-{days}-{number}"), at=at, answered=wait) for number in range(count)]


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


def test_overview__leads_from_an_unanswered_question_to_its_answer(page: Client, ada: User) -> None:
    talks = enquiries(ada, 4)
    open_ = [exchange(talk, "rights", status="handed_off", reason="unsupported") for talk in talks]
    answer = page.get(PAGES[0]).content.decode()
    assert answer.count(ASKED) == 4, "a question is work to do from the first one on"
    assert f"/studio/assistant/bank/new/?exchange={open_[0].pk}" in answer
    assert "4 of 5 unanswered questions" in read(page, PAGES[0])
    draft = page.get(f"/studio/assistant/bank/new/?exchange={open_[0].pk}")
    assert ASKED in draft.content.decode()
    exchange(enquiries(ada, 1, days=31)[0], "rights", status="handed_off", reason="unsupported")
    assert "5 questions about rights of use could not be answered" in read(page, PAGES[0])


def test_settle__takes_a_question_off_the_list(page: Client, ada: User) -> None:
    first, second = (exchange(talk, "rights", status="handed_off", reason="unsupported") for talk in enquiries(ada, 2))
    answer = page.post(f"/studio/insights/questions/{first.pk}/settle/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/studio/insights/#unanswered")
    shown = page.get(PAGES[0]).content.decode()
    assert f"exchange={first.pk}" not in shown
    assert f"exchange={second.pk}" in shown
    assert "1 of 5 unanswered questions" in read(page, PAGES[0])


def test_overview__says_of_an_assistant_that_answers_how_quickly(page: Client, ada: User) -> None:
    for talk in enquiries(ada, 5):
        exchange(talk, "price", seconds=2.5)
    text = read(page, PAGES[0])
    assert "Assistant, median 2.5 s" in text
    assert "0 of 5 enquiries that were for you to answer" in text
    assert "5 of 5 lost enquiries asked about the price and then fell silent." in text
    assert 'href="/studio/insights/market/"' in page.get(PAGES[0]).content.decode()


def test_pages__stay_within_their_queries(page: Client, ada: User) -> None:
    """The suite's budget opens them for who has no plan with them."""
    for talk in enquiries(ada, 6):
        exchange(talk, "rights", status="handed_off", reason="unsupported")
    live_gig(ada)
    for address in (*PAGES, "/studio/insights/mail/"):
        page.get(address)  # what is kept for a minute is read now
        with CaptureQueriesContext(connection) as asked:
            assert page.get(address).status_code == 200
        assert len(asked) <= MOST_QUERIES, [query["sql"] for query in asked.captured_queries]


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
