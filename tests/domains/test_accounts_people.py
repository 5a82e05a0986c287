"""Opening an account, roles, names, languages, profiles."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from oeuvre.domains.accounts import selectors, services
from oeuvre.domains.accounts.errors import (
    HandleInvalidError,
    HandleTakenError,
    LocaleUnknownError,
    ProfileNotFoundError,
    RoleNotOpenError,
    UserNotFoundError,
)
from oeuvre.domains.accounts.models import FreelancerProfile, User
from oeuvre.domains.audit import selectors as audit
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.errors import PermissionDeniedError

pytestmark = pytest.mark.django_db


def codes(user: User) -> list[str]:
    return [entry.code for entry in audit.log(actor=user.actor).order_by("at")]


def test_account_open__gives_a_freelancer_a_profile_under_their_name(buyer: User) -> None:
    user = services.account_open(actor=buyer.actor, freelancer=True, display_name="Maren Oduya", locale="pt")
    assert user.roles == {Role.FREELANCER, Role.BUYER}
    assert user.locale == "pt"
    assert user.profile.handle == "maren-oduya"
    assert codes(user) == ["account.created", "profile.created"]


def test_account_open__of_a_buyer_makes_no_profile(buyer: User) -> None:
    services.account_open(actor=buyer.actor, freelancer=False)
    assert not FreelancerProfile.objects.exists()


def test_account_open__ignores_a_language_that_the_site_does_not_speak(buyer: User) -> None:
    assert services.account_open(actor=buyer.actor, freelancer=False, locale="xx").locale == "en"


def test_account_open__gives_namesakes_different_handles(buyer: User, freelancer: User) -> None:
    first = services.account_open(actor=buyer.actor, freelancer=True, display_name="Ada Fell")
    second = services.account_open(actor=freelancer.actor, freelancer=True, display_name="Ada Fell")
    assert (first.profile.handle, second.profile.handle) == ("ada-fell", "ada-fell-2")


@pytest.mark.parametrize("name", ["Studio", "李", "é"])
def test_account_open__makes_a_usable_handle_of_any_name(buyer: User, name: str) -> None:
    handle = services.account_open(actor=buyer.actor, freelancer=True, display_name=name).profile.handle
    assert len(handle) >= 3
    assert handle != "studio"


def test_account_open__is_for_people(db: None) -> None:
    with pytest.raises(UserNotFoundError):
        services.account_open(actor=Actor.anonymous(), freelancer=True)


def test_account_role_add__makes_a_buyer_a_freelancer_once(buyer: User) -> None:
    services.account_role_add(actor=buyer.actor, role=Role.FREELANCER)
    user = services.account_role_add(actor=buyer.actor, role=Role.FREELANCER)
    assert user.is_freelancer
    assert codes(user) == ["account.role_added", "profile.created"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SYSTEM])
def test_account_role_add__makes_nobody_an_operator(buyer: User, role: Role) -> None:
    with pytest.raises(RoleNotOpenError):
        services.account_role_add(actor=buyer.actor, role=role)
    buyer.refresh_from_db()
    assert not buyer.is_staff


def test_account_rename__tidies_the_name(buyer: User) -> None:
    assert services.account_rename(actor=buyer.actor, display_name="  Cleo \n Marsh ").display_name == "Cleo Marsh"
    with pytest.raises(ValidationError):
        services.account_rename(actor=buyer.actor, display_name="x" * 81)


def test_account_locale_set__takes_languages_of_the_site(buyer: User) -> None:
    assert services.account_locale_set(actor=buyer.actor, locale="pt").locale == "pt"
    services.account_locale_set(actor=buyer.actor, locale="pt")
    assert codes(buyer) == ["account.locale_set"]
    with pytest.raises(LocaleUnknownError):
        services.account_locale_set(actor=buyer.actor, locale="tlh")


@pytest.fixture
def maren(freelancer: User) -> User:
    services.account_open(actor=freelancer.actor, freelancer=True, display_name="Maren Oduya")
    freelancer.refresh_from_db()
    return freelancer


def test_profile_update__changes_only_the_actor_s_own(maren: User, other_freelancer: User) -> None:
    services.account_open(actor=other_freelancer.actor, freelancer=True)
    services.profile_update(
        actor=maren.actor, handle="Maren-O", headline="Plain copy", trade="Copywriter", languages=["en", "pt", "en"]
    )
    mine, theirs = selectors.profile_own(actor=maren.actor), selectors.profile_own(actor=other_freelancer.actor)
    assert (mine.handle, mine.headline, mine.languages) == ("maren-o", "Plain copy", ["en", "pt"])
    assert theirs.headline == ""


def test_profile_update__refuses_a_handle_that_is_taken(maren: User, other_freelancer: User) -> None:
    services.account_open(actor=other_freelancer.actor, freelancer=True)
    taken = selectors.profile_own(actor=other_freelancer.actor).handle
    with pytest.raises(HandleTakenError):
        services.profile_update(actor=maren.actor, handle=taken, headline="Changed")
    assert selectors.profile_own(actor=maren.actor).headline == ""


@pytest.mark.parametrize("handle", ["", "ab", "operator", "two words", "-edge-", "ünï"])
def test_profile_update__refuses_what_is_no_handle(maren: User, handle: str) -> None:
    with pytest.raises(HandleInvalidError):
        services.profile_update(actor=maren.actor, handle=handle)


def test_profile_update__refuses_a_text_that_is_too_long(maren: User) -> None:
    with pytest.raises(ValidationError):
        services.profile_update(actor=maren.actor, handle="maren-oduya", bio="x" * 2001)


def test_profile_update__is_for_freelancers(buyer: User) -> None:
    with pytest.raises(PermissionDeniedError):
        services.profile_update(actor=buyer.actor, handle="cleo")


def test_profile_public__shows_freelancers_only(maren: User) -> None:
    assert selectors.profile_public(handle="MAREN-ODUYA").user == maren
    User.objects.filter(pk=maren.pk).update(is_active=False)
    with pytest.raises(ProfileNotFoundError):
        selectors.profile_public(handle="maren-oduya")


def test_people__shows_a_person_themselves_and_an_operator_everybody(buyer: User, operator: User) -> None:
    assert list(selectors.people(actor=buyer.actor)) == [buyer]
    assert set(selectors.people(actor=operator.actor)) == {buyer, operator}
    assert not selectors.people(actor=Actor.anonymous()).exists()


def test_public_name__never_is_an_address(buyer: User) -> None:
    User.objects.filter(pk=buyer.pk).update(display_name="")
    assert "@" not in User.objects.get(pk=buyer.pk).public_name
