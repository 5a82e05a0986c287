"""Pages that belong to nobody in particular, and pages that say what went wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django_ratelimit.exceptions import Ratelimited

from oeuvre.domains.accounts.errors import HandleTakenError, KeyDestroyedError
from oeuvre.interfaces.site.middleware import DomainErrorMiddleware

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/about/", "/account/login/", "/account/signup/", "/goodbye/"])
def test_page__is_whole_without_javascript(client: Client, path: str) -> None:
    answer = client.get(path)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.count("<h1") == 1
    assert '<a class="skip-link" href="#main">' in html
    assert 'id="main"' in html
    assert re.search(r"<title>[^<]*Oeuvre", html)
    assert 'lang="en"' in html


def test_page__allows_only_its_own_scripts_and_styles(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "media-src 'self'" in policy
    assert "unsafe" not in policy


def test_home__says_that_payments_are_play_money_while_they_are(client: Client, settings: Any) -> None:
    assert "data-sandbox" in client.get("/").content.decode()
    settings.SANDBOX_PAYMENTS = False
    assert "data-sandbox" not in client.get("/").content.decode()


def test_theme__is_in_the_page_before_it_is_drawn(client: Client) -> None:
    assert "data-theme=" not in client.get("/").content.decode().split("<head>")[0]
    client.cookies["theme"] = "dark"
    assert '<html lang="en" data-theme="dark">' in client.get("/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/").content.decode().split("<head>")[0]


def test_theme__switches_without_javascript_and_goes_back(client: Client) -> None:
    answer = client.post("/theme/", {"next": "/about/"})
    assert answer.headers["Location"] == "/about/"
    assert client.cookies["theme"].value == "dark"
    client.post("/theme/")
    assert client.cookies["theme"].value == "light"


@pytest.mark.parametrize("path", ["/theme/", "/locale/"])
def test_back__never_leads_to_another_site(client: Client, path: str) -> None:
    answer = client.post(path, {"next": "https://elsewhere.example/", "language": "en"})
    assert answer.headers["Location"] == "/"


def test_locale__changes_pages_and_is_kept_with_the_account(client: Client, buyer: User) -> None:
    client.force_login(buyer)
    client.post("/locale/", {"language": "pt"})
    assert 'lang="pt"' in client.get("/about/").content.decode()
    buyer.refresh_from_db()
    assert buyer.locale == "pt"
    client.post("/locale/", {"language": "tlh"})
    buyer.refresh_from_db()
    assert buyer.locale == "pt"


def test_styleguide__is_for_operators_and_development(
    client: Client, buyer: User, operator: User, settings: Any
) -> None:
    settings.DEBUG = False
    client.force_login(buyer)
    assert client.get("/styleguide/").status_code == 404
    client.force_login(operator)
    answer = client.get("/styleguide/")
    assert answer.status_code == 200
    assert "style=" not in answer.content.decode()


def test_not_found__has_the_house_s_look(client: Client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "Not in this drawer" in answer.content.decode()


def test_csrf_failure__says_what_to_do(buyer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/theme/")
    assert answer.status_code == 403
    assert "This form has gone stale" in answer.content.decode()


def _answer(error: Exception, path: str = "/studio/") -> HttpResponse:
    request = RequestFactory().get(path)
    answer = DomainErrorMiddleware(lambda _request: HttpResponse()).process_exception(request, error)
    assert answer is not None
    return answer


def test_domain_error__shows_its_message_and_code() -> None:
    answer = _answer(HandleTakenError("Somebody else has <this> handle."))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else has &lt;this&gt; handle." in html
    assert "409 · handle_taken" in html
    assert "Gone, on purpose" in _answer(KeyDestroyedError("The key was destroyed.")).content.decode()


def test_domain_error__is_json_under_api() -> None:
    answer = _answer(HandleTakenError("Taken."), "/api/v1/profile/")
    assert answer.status_code == 409
    assert answer.content == b'{"error": {"code": "handle_taken", "message": "Taken."}}'


def test_rate_limit__is_answered_with_429_and_words() -> None:
    answer = _answer(Ratelimited())
    assert answer.status_code == 429
    assert "Wait a minute" in answer.content.decode()


def test_other_errors__are_not_hidden() -> None:
    request = RequestFactory().get("/")
    assert DomainErrorMiddleware(lambda _request: HttpResponse()).process_exception(request, ValueError()) is None


def test_server_error__needs_neither_database_nor_context(client: Client) -> None:
    from django.template.loader import get_template

    html = get_template("500.html").render()
    assert "That went wrong on our side" in html
