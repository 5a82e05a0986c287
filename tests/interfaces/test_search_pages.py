"""Searching, why something is where it is, and searches that people keep."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from oeuvre.domains.search import services as search
from oeuvre.domains.search.models import SavedSearch
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.saved import unsubscribe_token
from oeuvre.domains.search.states import Notify
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.market_pages import MOST_QUERIES, client_of
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import live_gig

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.catalog.models import Gig

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embeddings")]


@pytest.fixture
def gig() -> Gig:
    return live_gig(freelancer_with_profile())


def _html(address: str, client: Client | None = None, status: int = 200) -> str:
    answer = (client or Client()).get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_search__finds_and_shows_gig_price_and_the_way_to_the_reasons(gig: Gig) -> None:
    html = _html("/search/?q=harbour+notices")
    assert f'href="/gigs/{gig.url_key}/"' in html
    assert "$40.00" in html
    assert f"/search/why/gig/{gig.pk}/?q=harbour+notices" in html
    assert "Nobody can pay for a place" in html


def test_search__filters_are_a_form_with_counts_and_chips_take_them_away(gig: Gig) -> None:
    html = _html("/search/?q=notices&ai=assisted&price_to=100&kind=gig")
    assert re.search(r'type="checkbox"\s+name="ai"\s+value="assisted"\s+checked', html)
    assert "Price up to 100" in html
    assert 'href="?q=notices&amp;ai=assisted&amp;kind=gig"' in html
    assert "Notices for harbour doors" not in _html("/search/?q=notices&price_to=10")


def test_search__says_what_to_do_when_nothing_fits(gig: Gig) -> None:
    html = _html("/search/?q=zeppelin&price_to=10")
    assert "Nothing fits all of this" in html
    assert "Clear filters" in html
    assert "?need=zeppelin" in html
    assert "Clear filters" not in _html("/search/?q=zeppelin")


def test_search__puts_spelling_right_and_offers_the_words_as_written(gig: Gig) -> None:
    search.documents_index()
    html = _html("/search/?q=harbuor")
    assert "<strong>harbour</strong>" in html
    assert "exact=yes" in html


def test_search__says_what_is_wrong_with_a_parameter(gig: Gig) -> None:
    assert "takes an amount in USD" in _html("/search/?price_to=cheap", status=422)
    answer = Client().get("/search/?price_to=cheap", headers={"HX-Request": "true"})
    assert (answer.status_code, b"takes an amount in USD" in answer.content) == (200, True)  # htmx puts no error in


def test_search__asks_few_questions_of_the_database(
    gig: Gig, settings: Settings, django_assert_max_num_queries: Any
) -> None:
    settings.RATELIMIT_ENABLE = False  # its counters are in the cache, which need not be a table
    with django_assert_max_num_queries(MOST_QUERIES):
        _html("/search/?q=harbour")


def test_why__shows_every_input_and_the_arithmetic(gig: Gig) -> None:
    html = _html(f"/search/why/gig/{gig.pk}/?q=harbour")
    for words in ("1 / (60 + 1)", "ln(1 + 0)", "Weeks since it went live", "/search/list.json?q=harbour"):
        assert words in html, words
    assert Client().get("/search/why/gig/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_why__opens_over_the_results_and_is_a_page_without_javascript(gig: Gig) -> None:
    html = _html("/search/?q=harbour")
    link = re.search(r'<a class="hit-card__why"(.*?)>', html, re.DOTALL)
    assert link is not None
    assert f'href="/search/why/gig/{gig.pk}/?q=harbour"' in link[1]
    assert 'data-dialog-open="why-dialog"' in link[1]
    assert '<dialog class="dialog" id="why-dialog"' in html
    chosen = re.search(r'hx-select="#(\w+)"', link[1])
    assert chosen is not None
    assert f'id="{chosen[1]}"' in _html(f"/search/why/gig/{gig.pk}/?q=harbour")


def test_why__names_the_filter_that_keeps_it_out(gig: Gig) -> None:
    assert "Kept out by filters" in _html(f"/search/why/gig/{gig.pk}/?q=harbour&ai=none")


def test_list__is_the_whole_arithmetic_for_download(gig: Gig) -> None:
    found = Client().get("/search/list.json?q=harbour").json()
    assert found["formula"]["k"] == 60
    assert str(gig.pk) in [hit["ref_id"] for hit in found["hits"]]
    assert "text_rank" in Client().get("/search/list.csv?q=harbour").content.decode().splitlines()[0]


def test_save__keeps_mails_stops_and_forgets(gig: Gig, buyer: User) -> None:
    client = client_of(buyer)
    assert 'value="harbour, AI-assisted"' in _html("/search/save/?q=harbour&ai=assisted", client)
    client.post("/search/save/?q=harbour&ai=assisted", {"name": "Doors", "notify": "daily"})
    kept = SavedSearch.objects.get()
    html = _html("/search/saved/", client)
    assert "Doors" in html
    assert "/search/?q=harbour&amp;ai=assisted" in html
    client.post(f"/search/saved/{kept.pk}/notify/", {"notify": "never"})
    kept.refresh_from_db()
    assert kept.notify == Notify.NEVER
    client.post(f"/search/saved/{kept.pk}/delete/")
    assert not SavedSearch.objects.exists()


def test_save__says_at_the_field_what_is_missing(buyer: User) -> None:
    client = client_of(buyer)
    answer = client.post("/search/save/?q=harbour", {"name": "", "notify": "never"})
    assert answer.status_code == 422
    assert "Fill this in." in answer.content.decode()
    answer = client.post("/search/save/", {"name": "All", "notify": "never"})
    assert "asks for nothing yet" in answer.content.decode()


def test_unsubscribe__works_without_login_and_not_by_opening_the_link(buyer: User) -> None:
    saved = search.search_save(actor=buyer.actor, name="Doors", query=SearchQuery(text="harbour"), notify=Notify.DAILY)
    address = f"/search/saved/unsubscribe/{unsubscribe_token(owner_id=buyer.pk)}/"
    _html(address)
    saved.refresh_from_db()
    assert saved.notify == Notify.DAILY
    assert Client(enforce_csrf_checks=True).post(address).status_code == 200
    saved.refresh_from_db()
    assert saved.notify == Notify.NEVER
