"""Sign-up, login, settings and public profiles as a browser sees them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from oeuvre.domains.accounts import services
from oeuvre.domains.accounts.models import User
from oeuvre.kit.actor import Role
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db
PASSWORD = "a long password"
ADDRESS = "maren@example.org"


@pytest.fixture(autouse=True)
def _mail_as_in_production(settings: Any) -> None:
    settings.EMAIL_BACKEND = "oeuvre.integrations.mail.QueuedEmailBackend"
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    settings.RATELIMIT_ENABLE = False
    settings.ACCOUNT_RATE_LIMITS = False


def _sign_up(client: Client, purpose: str = "sell") -> Any:
    return client.post(
        "/account/signup/",
        {"purpose": purpose, "display_name": "Maren Oduya", "email": ADDRESS, "password1": PASSWORD},
    )


def _confirm(client: Client) -> Any:
    run_tasks()
    found = re.search(r"https?://\S+(/account/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return client.post(found.group(1))


def _verified(user: User) -> User:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_signup__opens_a_freelancer_s_account_once_the_address_is_confirmed(client: Client) -> None:
    assert _sign_up(client).headers["Location"] == "/account/confirm-email/"
    user = User.objects.get(email=ADDRESS)
    assert user.is_freelancer
    assert user.profile.handle == "maren-oduya"
    assert client.get("/settings/").status_code == 302, "not logged in before the address is confirmed"
    assert _confirm(client).headers["Location"] == "/home/"
    assert client.get("/settings/").status_code == 200


def test_signup__of_a_buyer_opens_no_profile(client: Client) -> None:
    _sign_up(client, "buy")
    user = User.objects.get(email=ADDRESS)
    assert user.roles == {Role.BUYER}
    assert not hasattr(user, "profile")


def test_signup__cannot_make_an_operator(client: Client) -> None:
    answer = client.post(
        "/account/signup/",
        {
            "purpose": "operate",
            "display_name": "X",
            "email": ADDRESS,
            "password1": PASSWORD,
            "is_staff": "on",
        },
    )
    assert answer.status_code == 200
    assert not User.objects.exists()


def test_signup__with_a_known_address_tells_only_its_owner(client: Client, buyer: User) -> None:
    _verified(buyer)
    answer = client.post(
        "/account/signup/",
        {"purpose": "buy", "display_name": "Eve", "email": buyer.email, "password1": PASSWORD},
    )
    assert answer.headers["Location"] == "/account/confirm-email/", "the same answer as for a new address"
    run_tasks()
    assert [sent.to for sent in mail.outbox] == [[buyer.email]]
    assert User.objects.count() == 1


def test_mails__come_as_text_and_simple_html(client: Client) -> None:
    _sign_up(client)
    run_tasks()
    message = mail.outbox[0]
    assert isinstance(message, EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    assert message.subject == "Confirm your address for Oeuvre"
    assert "Welcome, Maren Oduya." in str(message.body)
    assert "<a href=" in html
    assert "<script" not in html


def test_login__leads_home(client: Client, buyer: User) -> None:
    _verified(buyer)
    answer = client.post("/account/login/", {"login": buyer.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/home/"
    assert client.cookies["django_language"].value == "en"


def test_login__with_a_wrong_password_does_not_say_which_part_was_wrong(client: Client, buyer: User) -> None:
    _verified(buyer)
    wrong = client.post("/account/login/", {"login": buyer.email, "password": "a wrong password"})
    unknown = client.post("/account/login/", {"login": "nobody@example.org", "password": PASSWORD})
    errors = [
        re.findall(r'class="alert alert--bad".*?</div></div>', page.content.decode(), re.S) for page in (wrong, unknown)
    ]
    assert errors[0] == errors[1] != []


def test_login__is_slowed_down(client: Client, buyer: User, settings: Any) -> None:
    del settings.ACCOUNT_RATE_LIMITS
    _verified(buyer)
    answers = [client.post("/account/login/", {"login": buyer.email, "password": "wrong"}) for _ in range(12)]
    last = answers[-1]
    assert last.status_code == 429 or "Too many failed login attempts" in last.content.decode()


def test_password_reset__works_once(client: Client, buyer: User) -> None:
    _verified(buyer)
    client.post("/account/password/reset/", {"email": buyer.email})
    run_tasks()
    link = re.search(r"https?://\S+?(/account/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    page = client.get(link.group(1), follow=True)
    done = client.post(page.request["PATH_INFO"], {"password1": "another long one", "password2": "another long one"})
    assert done.status_code == 302
    assert client.post("/account/login/", {"login": buyer.email, "password": "another long one"}).status_code == 302
    client.logout()
    assert "password1" not in client.get(link.group(1), follow=True).content.decode()


def test_two_step_login__asks_for_the_second_step(client: Client, buyer: User) -> None:
    _verified(buyer)
    client.post("/account/login/", {"login": buyer.email, "password": PASSWORD})
    asked = client.get("/account/2fa/totp/activate/").headers["Location"]
    assert asked.startswith("/account/reauthenticate/"), "a found session is not enough to add a second step"
    client.post(asked, {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/").content.decode()
    assert "data:image/svg+xml" in page
    secret = re.search(r'data-copy="([A-Z2-7]+)"', page)
    assert secret is not None
    code = format_hotp_value(hotp_value(secret.group(1), next(iter(yield_hotp_counters_from_time()))))
    assert client.post("/account/2fa/totp/activate/", {"code": code}).status_code == 302
    assert Authenticator.objects.filter(user=buyer, type="totp").exists()
    client.logout()
    answer = client.post("/account/login/", {"login": buyer.email, "password": PASSWORD})
    assert answer.headers["Location"].startswith("/account/2fa/authenticate/")
    assert client.get("/settings/").status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/settings/",
        "/settings/roles/",
        "/settings/activity/",
        "/settings/export/",
        "/settings/delete/",
        "/account/email/",
        "/account/password/change/",
        "/account/2fa/",
        "/account/sessions/",
    ],
)
def test_settings__are_for_people_who_are_logged_in(client: Client, buyer: User, path: str) -> None:
    assert client.get(path).headers["Location"].startswith("/account/login/")
    client.force_login(_verified(buyer))
    html = client.get(path).content.decode()
    assert html.count("<h1") == 1
    assert 'aria-current="page"' in html


def test_roles__a_buyer_becomes_a_freelancer(client: Client, buyer: User) -> None:
    client.force_login(buyer)
    assert client.post("/settings/roles/", {"role": "freelancer"}).headers["Location"] == "/settings/profile/"
    assert client.get("/settings/profile/").status_code == 200
    assert client.post("/settings/roles/", {"role": "operator"}).status_code == 422
    buyer.refresh_from_db()
    assert (buyer.is_freelancer, buyer.is_staff) == (True, False)


def test_profile__is_edited_and_shown_to_everybody(client: Client, freelancer: User) -> None:
    services.account_open(actor=freelancer.actor, freelancer=True)
    client.force_login(freelancer)
    client.post(
        "/settings/profile/", {"handle": "ada", "headline": "Plain <copy>", "languages": ["en", "de"], "bio": "Hello."}
    )
    client.logout()
    html = client.get("/freelancers/ada/").content.decode()
    assert "Plain &lt;copy&gt;" in html
    assert "English, German" in html
    assert freelancer.email not in html


def test_profile__keeps_a_language_that_not_everybody_is_offered(client: Client, freelancer: User) -> None:
    services.account_open(actor=freelancer.actor, freelancer=True)
    services.profile_update(actor=freelancer.actor, handle="ada", languages=["hr", "en"])
    client.force_login(freelancer)
    assert "Croatian" in client.get("/settings/profile/").text
    client.post("/settings/profile/", {"handle": "ada", "languages": ["en", "hr"]})
    assert "English, Croatian" in client.get("/freelancers/ada/").text


def test_profile__says_at_the_field_what_is_wrong(client: Client, freelancer: User, other_freelancer: User) -> None:
    services.account_open(actor=freelancer.actor, freelancer=True)
    services.account_open(actor=other_freelancer.actor, freelancer=True)
    client.force_login(freelancer)
    html = client.post("/settings/profile/", {"handle": "bo-lind"}).content.decode()
    assert "Somebody else has this handle" in html
    assert 'href="#id_handle"' in html


@pytest.mark.parametrize("handle", ["nobody", "deleted-000000000000"])
def test_profile__that_does_not_exist_is_not_found(client: Client, handle: str) -> None:
    assert client.get(f"/freelancers/{handle}/").status_code == 404


def test_export__is_packed_by_the_worker_and_downloaded(client: Client, buyer: User, blob_folder: Path) -> None:
    client.force_login(buyer)
    client.post("/settings/export/request/")
    assert "download" not in client.get("/settings/export/").content.decode().split("<tbody>")[1]
    run_tasks()
    link = re.search(r'href="(/settings/export/[0-9a-f-]{36}/)"', client.get("/settings/export/").content.decode())
    assert link is not None
    answer = client.get(link.group(1))
    assert answer.content.startswith(b"PK")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_export__of_somebody_else_is_not_found(
    client: Client, buyer: User, freelancer: User, blob_folder: Path
) -> None:
    export = services.account_export_request(actor=freelancer.actor)
    services.account_export_build(export_id=export.pk)
    client.force_login(buyer)
    assert client.get(f"/settings/export/{export.pk}/").status_code == 404


def test_delete__says_what_will_happen_and_wants_the_password(client: Client, buyer: User) -> None:
    client.force_login(buyer)
    assert "Nobody can read them again" in client.get("/settings/delete/").content.decode()
    assert "Nothing was deleted" in client.post("/settings/delete/", {"password": "no", "sure": "on"}).content.decode()
    client.post("/settings/delete/", {"password": PASSWORD})
    buyer.refresh_from_db()
    assert buyer.deleted_at is None, "not without the tick"


def test_delete__ends_every_session(client: Client, buyer: User) -> None:
    _verified(buyer)
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.post("/account/login/", {"login": buyer.email, "password": PASSWORD})
        assert browser.get("/settings/").status_code == 200
    answer = client.post("/settings/delete/", {"password": PASSWORD, "sure": "on"})
    assert answer.headers["Location"] == "/goodbye/"
    assert elsewhere.get("/settings/").status_code == 302
    assert client.post("/account/login/", {"login": "buyer@example.org", "password": PASSWORD}).status_code == 200


def test_home_by_role__leads_each_to_their_own_work(
    client: Client, buyer: User, freelancer: User, operator: User
) -> None:
    for user, starts in ((operator, "/operator/"), (freelancer, "/studio/"), (buyer, "/")):
        client.force_login(user)
        assert client.get("/home/").headers["Location"].startswith(starts)
