"""A gig's page and the tree of services: what everybody reads, and what machines do."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.services import Criterion
from oeuvre.domains.creation import services as creation
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.search import services as search
from oeuvre.domains.search.services import Counts
from oeuvre.domains.search.states import Kind
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.search_fixtures import *  # noqa: F403  (as above)
from tests.interfaces.market_pages import MOST_QUERIES, client_of
from tests.support.clock import Clock
from tests.support.ended_orders import TEXT, reviewed
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import LEAF, live_gig
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.catalog.models import Gig
    from oeuvre.domains.creation.models import CreationModel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embeddings")]


@pytest.fixture
def gig() -> Gig:
    return live_gig(freelancer_with_profile())


def _page(gig: Gig, client: Client | None = None) -> str:
    answer = (client or Client()).get(f"/gigs/{gig.url_key}/")
    assert answer.status_code == 200
    return answer.content.decode()


def _structured(html: str) -> Any:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_home__shows_the_newest_gig_of_each_freelancer(gig: Gig) -> None:
    newer = live_gig(gig.owner)
    other = live_gig(freelancer_with_profile("other@example.org", handle="other"))
    shown = [card["href"] for card in Client().get("/").context["gigs"]]
    assert shown == [f"/gigs/{one.url_key}/" for one in (other, newer)]


def test_gig__shows_what_a_buyer_must_know_before_buying(gig: Gig) -> None:
    html = _page(gig)
    for words in (
        "Notices for harbour doors", "Three lines that fishermen", "$40.00", "$300.00", "2 days", "9 days", "A whole quay",
        "Translation", "+1 day", "What must people know?", "Front · Back", "Do you come by?", "AI-assisted",
        "Every delivery says where a model was used", "Commercial use", "Nell Anders", "No reviews yet",
        f"piece=gig:{gig.pk}",
    ):  # fmt: skip
        assert words in html, words
    assert f'<link rel="canonical" href="http://127.0.0.1:8000/gigs/{gig.url_key}/">' in html
    assert 'property="og:title" content="Notices for harbour doors"' in html


def test_gig__tells_machines_the_offers_and_a_rating_only_with_reviews(gig: Gig) -> None:
    data = _structured(_page(gig))
    assert (data["@type"], data["provider"]["name"]) == ("Service", "Nell Anders")
    assert [(offer["price"], offer["priceCurrency"]) for offer in data["offers"]] == [
        ("40.00", "USD"),
        ("300.00", "USD"),
    ]
    assert "aggregateRating" not in data
    search.signals_put(kind=Kind.GIG, ref_id=gig.pk, counts=Counts(rating_sum=9, rating_count=2, completed=2))
    rated = _structured(_page(gig))["aggregateRating"]
    assert (rated["ratingValue"], rated["reviewCount"]) == (4.5, 2)


def test_gig__shows_its_reviews_to_people_and_machines(
    gig: Gig, buyer: User, django_assert_max_num_queries: Any
) -> None:
    assert 'id="reviews"' not in _page(gig)
    reviewed(buyer, gig.owner, 5, 4, 5, gig_id=gig.pk)
    run_tasks()
    client = Client()
    _page(gig, client)
    with django_assert_max_num_queries(MOST_QUERIES):
        html = _page(gig, client)
    assert TEXT in html[html.index('id="reviews"') :]
    assert _structured(html)["review"][0]["reviewBody"] == TEXT


def test_gig__without_reviews_shows_those_of_its_freelancer_and_says_so(gig: Gig, buyer: User) -> None:
    reviewed(buyer, gig.owner)
    run_tasks()
    html = _page(gig)
    assert "none of this gig yet" in html
    assert 'href="/freelancers/new/#reviews"' in html
    assert "aggregateRating" not in _structured(html)


def test_gig__structured_data_cannot_leave_its_element_and_needs_no_inline_script() -> None:
    gig = live_gig(freelancer_with_profile(), title="</script><script>alert(1)")
    answer = Client().get(f"/gigs/{gig.url_key}/")
    html = answer.content.decode()
    assert "<script>alert" not in html
    assert _structured(html)["name"] == "</script><script>alert(1)"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_gig__an_old_address_leads_to_the_present_one(gig: Gig) -> None:
    answer = Client().get(f"/gigs/something-else-{gig.code}/")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/gigs/{gig.url_key}/")
    assert Client().get("/gigs/nothing-here/").status_code == 404


def test_gig__paused_says_so_and_cannot_be_ordered(gig: Gig) -> None:
    assert "/orders/new/gig/" in _page(gig)
    catalog.gig_pause(actor=gig.owner.actor, gig_id=gig.pk)
    html = _page(gig)
    assert "takes no orders at the moment" in html
    assert "/orders/new/gig/" not in html


def test_gig__counts_a_view_once_a_session_and_never_the_owners(gig: Gig, buyer: User) -> None:
    _page(gig, client_of(gig.owner))
    visitor = client_of(buyer)
    _page(gig, visitor)
    _page(gig, visitor)
    assert [(event.kind, event.category) for event in DemandEvent.objects.all()] == [("view", LEAF)]


def test_gig__says_a_criterion_without_words_of_its_own_in_ours(gig: Gig) -> None:
    own = live_gig(
        freelancer_with_profile("eve@example.org", "eve", "Eve Sand"),
        criteria=(
            Criterion("words", "", {"most": 200}),
            Criterion("format", "", {"formats": ["pdf"]}),
            Criterion("no_ai", "My hand and nothing else"),
        ),
    )
    html = _page(own)
    terms = html[html.index('id="criteria"') :]
    for words in ("At most 200 words", "in each of these formats: PDF", "My hand and nothing else"):
        assert words in terms, words
    assert "<span>words</span>" not in html


@pytest.mark.parametrize("cookie", ["", "a-session-that-there-is-not"])
def test_gig__counts_visitors_without_a_session_once_a_day_and_gives_them_none(
    gig: Gig, monkeypatch: pytest.MonkeyPatch, cookie: str
) -> None:
    """Programs that read the market take no cookies: each of their visits would begin a session of its own."""

    def visit(address: str) -> None:
        client = Client(REMOTE_ADDR=address)
        client.cookies["sessionid"] = cookie
        _page(gig, client)

    for _time in range(3):
        visit("198.51.100.7")
    assert DemandEvent.objects.count() == 1
    visit("198.51.100.8")
    visit("2001:db8::1")
    visit("2001:db8::2")  # the same household
    assert DemandEvent.objects.count() == 3
    Clock(monkeypatch)  # stands on another day
    visit("198.51.100.7")
    assert DemandEvent.objects.count() == 4
    assert not Session.objects.exists()


def test_gig__counts_a_visitor_without_a_session_for_so_many_gigs_a_day(
    gig: Gig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oeuvre.interfaces.site.catalogue.seen._MOST_UNKNOWN", 1)
    other = live_gig(freelancer_with_profile("eve@example.org", "eve", "Eve Sand"))
    for one in (gig, other):
        _page(one)
    assert DemandEvent.objects.count() == 1


def test_gig__joined_to_a_model_offers_three_ways_with_price_and_time(model: CreationModel) -> None:
    gig = live_gig(model.owner)
    assert "Three ways" not in _page(gig)
    creation.gig_model_join(actor=model.owner.actor, gig_id=gig.pk, model_id=model.pk)
    html = _page(gig)
    ways = html[html.index('id="ways"') : html.index('id="about-title"')]
    for words in ("$3.00", "within minutes", "$45.00", "3 days", "$40.00", "2 days", f"/models/vetted/{model.slug}/"):
        assert words in ways, words


def test_gig__asks_few_questions_of_the_database(gig: Gig, buyer: User, django_assert_max_num_queries: Any) -> None:
    client = client_of(buyer)
    _page(gig, client)
    with django_assert_max_num_queries(MOST_QUERIES):
        _page(gig, client)


def test_tree__names_every_group_and_leaf_with_its_gigs(gig: Gig, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(MOST_QUERIES):
        html = Client().get("/services/").content.decode()
    assert 'href="/services/harbour-work/"' in html
    assert f'href="/services/{LEAF}/"' in html


def test_category__leaf_shows_its_gigs_and_says_where_figures_come_from(gig: Gig) -> None:
    html = Client().get(f"/services/{LEAF}/").content.decode()
    assert "Notices for harbour doors" in html
    assert "0 completed orders; a range needs 5" in html
    assert Client().get("/services/nothing/").status_code == 404


def test_category__use_cases_carry_question_example_and_an_honest_mark() -> None:
    html = Client().get("/services/chatbots/").content.decode()
    assert "What to ask the freelancer" in html
    assert "An estimate: what is usual in the trade" in html


def test_category__group_lists_its_leaves_and_what_is_on_offer(gig: Gig) -> None:
    html = Client().get("/services/harbour-work/").content.decode()
    assert "Notices for harbours." in html
    assert "Notices for harbour doors" in html


def test_category__tells_machines_what_it_is_and_where_it_stands(gig: Gig) -> None:
    html = Client().get(f"/services/{LEAF}/").content.decode()
    steps = _structured(html)["breadcrumb"]["itemListElement"]
    assert [step["item"].removeprefix("http://127.0.0.1:8000") for step in steps] == [
        "/services/",
        "/services/harbour-work/",
        f"/services/{LEAF}/",
    ]
    assert f'property="og:url" content="http://127.0.0.1:8000/services/{LEAF}/"' in html
