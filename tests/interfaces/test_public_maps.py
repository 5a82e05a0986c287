"""Home, a freelancer's page, and what search engines are told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from oeuvre.domains.catalog import services as catalog
from oeuvre.interfaces.site import views
from tests.interfaces.market_pages import MOST_QUERIES
from tests.support.ended_orders import TEXT, reviewed
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import LEAF, live_gig
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.catalog.models import Gig

pytestmark = pytest.mark.django_db


@pytest.fixture
def gig() -> Gig:
    return live_gig(freelancer_with_profile())


def test_home__leads_to_search_services_gigs_and_models(gig: Gig, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(MOST_QUERIES):
        html = Client().get("/").content.decode()
    assert re.search(r'<form[^>]*action="/search/"', html)
    assert 'href="/services/harbour-work/"' in html
    assert f'href="/gigs/{gig.url_key}/"' in html
    assert "Models on the shelf" in html


def test_home__puts_gigs_on_the_shelf_and_takes_a_need_in_plain_words(
    gig: Gig, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = live_gig(freelancer_with_profile("other@example.org", "other"))
    assert "hero__shelf--bare" in Client().get("/").content.decode()
    monkeypatch.setattr(views, "SHELF", 1)
    html = Client().get("/").content.decode()
    shelf, below = html.split('id="groups-title"')
    assert [one.url_key in shelf for one in (gig, other)] == [False, True]
    assert [one.url_key in below for one in (gig, other)] == [True, False]
    assert re.search(r'method="post"\s+action="/briefs/start/"', html)
    assert 'property="og:image" content="http://127.0.0.1:8000/static/share' in html


def test_freelancer__with_reviews_the_work_is_rated_and_never_the_person(gig: Gig, buyer: User) -> None:
    reviewed(buyer, gig.owner, gig_id=gig.pk)
    run_tasks()
    html = Client().get("/freelancers/new/").content.decode()
    assert TEXT in html
    assert 'href="/conversations/new/new/"' in html
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    person = json.loads(found[1])
    assert "aggregateRating" not in person
    assert person["makesOffer"]["itemOffered"]["aggregateRating"]["reviewCount"] == 1


def test_freelancer__shows_gigs_skills_and_numbers(gig: Gig, django_assert_max_num_queries: Any) -> None:
    catalog.freelancer_skill_add(actor=gig.owner.actor, skill_key="lyric-writing")
    with django_assert_max_num_queries(MOST_QUERIES):
        html = Client().get("/freelancers/new/").content.decode()
    for words in ("Notices for harbour doors", "stated, not shown yet", "No reviews yet", "Orders completed"):
        assert words in html, words
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    person = json.loads(found[1])
    assert (person["@type"], person["name"]) == ("Person", "Nell Anders")
    assert len(person["knowsAbout"]) == 1
    assert "example.org" not in found[1]


def test_sitemap__holds_what_is_on_offer_and_nothing_else(gig: Gig) -> None:
    answer = Client().get("/sitemap.xml")
    assert answer.headers["Content-Type"].startswith("application/xml")
    text = answer.content.decode()
    for path in (
        "/",
        "/briefs/start/",
        "/services/",
        f"/services/{LEAF}/",
        f"/gigs/{gig.url_key}/",
        "/freelancers/new/",
    ):
        assert f"<loc>http://127.0.0.1:8000{path}</loc>" in text, path
    catalog.gig_pause(actor=gig.owner.actor, gig_id=gig.pk)
    assert gig.url_key not in Client().get("/sitemap.xml").content.decode()


def test_robots__keeps_private_areas_out_and_names_the_sitemap() -> None:
    text = Client().get("/robots.txt").content.decode()
    assert "Disallow: /studio/" in text
    assert "Allow: /briefs/start/\nDisallow:" in text
    assert "Disallow: /briefs/" in text
    assert "Disallow: /search/" in text
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in text
