"""Vetting, pages, prices, publishing and edits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import errors, selectors, services
from oeuvre.domains.creation.models import CreationModel, EligibilityApplication, ModelPrice
from oeuvre.domains.creation.states import ApplicationState, EditState
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import STATEMENT, freelancer_with_profile, ready_generation

pytestmark = pytest.mark.django_db


def test_application_submit__lists_every_criterion_that_is_not_met(freelancer: User) -> None:
    with pytest.raises(errors.CriteriaNotMetError) as caught:
        services.application_submit(actor=freelancer.actor, statement="short")
    assert [check.code for check in caught.value.context["unmet"]] == [
        "email_verified",
        "profile_complete",
        "statement_given",
    ]


def test_application_submit__is_one_at_a_time() -> None:
    user = freelancer_with_profile()
    services.application_submit(actor=user.actor, statement=STATEMENT)
    with pytest.raises(errors.ApplicationOpenError):
        services.application_submit(actor=user.actor, statement=STATEMENT)


def test_application_decide__a_refusal_gives_reasons_and_a_date_to_apply_again(operator: User) -> None:
    user = freelancer_with_profile()
    application = services.application_submit(actor=user.actor, statement=STATEMENT)
    with pytest.raises(errors.ReasonMissingError):
        services.application_decide(actor=operator.actor, application_id=application.pk, approve=False, reasons=" ")
    refused = services.application_decide(
        actor=operator.actor, application_id=application.pk, approve=False, reasons="Too few works yet."
    )
    assert refused.reapply_on == date.today() + timedelta(days=30)
    assert not selectors.is_eligible(user_id=user.pk)
    with pytest.raises(errors.ReapplyTooEarlyError):
        services.application_submit(actor=user.actor, statement=STATEMENT)
    EligibilityApplication.objects.update(reapply_on=date.today())
    assert services.application_submit(actor=user.actor, statement=STATEMENT).status == ApplicationState.SUBMITTED


def test_application_decide__is_for_operators(vetted: User) -> None:
    user = freelancer_with_profile()
    application = services.application_submit(actor=user.actor, statement=STATEMENT)
    with pytest.raises(PermissionDeniedError):
        services.application_decide(actor=vetted.actor, application_id=application.pk, approve=True, reasons="Me!")


def test_model_create__gives_each_model_an_address_of_its_own(vetted: User) -> None:
    slugs = [services.model_create(actor=vetted.actor, name="Harbour Voice").slug for _ in range(3)]
    assert slugs == ["harbour-voice", "harbour-voice-2", "harbour-voice-3"]


def test_model_publish__lists_everything_that_is_missing(vetted: User) -> None:
    model = services.model_create(actor=vetted.actor, name="Bare")
    with pytest.raises(errors.NotPublishableError) as caught:
        services.model_publish(actor=vetted.actor, model_id=model.pk)
    assert len(caught.value.context["missing"]) == 3


def test_model_price_set__keeps_the_history_and_one_price_a_use(vetted: User) -> None:
    model = services.model_create(actor=vetted.actor, name="Priced")
    for amount in (500, 700, 700):
        services.model_price_set(actor=vetted.actor, model_id=model.pk, use="personal", amount=Money(amount))
    assert ModelPrice.objects.filter(model=model).count() == 2
    assert [offer.price for offer in selectors.uses_on_offer(model=model)] == [Money(700)]
    services.model_price_set(actor=vetted.actor, model_id=model.pk, use="personal", amount=None)
    assert selectors.uses_on_offer(model=model) == []
    for bad in (0, -1, 10_000_01):
        with pytest.raises(errors.PriceInvalidError):
            services.model_price_set(actor=vetted.actor, model_id=model.pk, use="personal", amount=Money(bad))


def test_gallery__shows_published_models_and_finds_them_by_words(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    services.model_create(actor=vetted.actor, name="A draft")
    assert list(selectors.gallery(actor=buyer.actor)) == [model]
    assert list(selectors.gallery(actor=buyer.actor, search="salt vera")) == [model]
    assert not selectors.gallery(actor=buyer.actor, search="desert").exists()
    assert selectors.gallery(actor=buyer.actor)[0].from_amount == 300  # type: ignore[attr-defined]  # annotated


def test_edit_request__carries_price_and_due_date_and_is_answered_by_the_freelancer(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    generation = ready_generation(model, buyer)
    with pytest.raises(errors.EditInvalidError):
        services.edit_request(actor=buyer.actor, generation_id=generation.pk, instructions="more")
    with pytest.raises(errors.EditInvalidError):
        services.edit_request(
            actor=buyer.actor, generation_id=generation.pk, instructions="Make it warmer.", due_on=date.today()
        )
    edit = services.edit_request(actor=buyer.actor, generation_id=generation.pk, instructions="Make it warmer.")
    assert (edit.money, edit.due_on) == (Money(4500), date.today() + timedelta(days=3))
    with pytest.raises(errors.EditNotFoundError):
        services.edit_answer(actor=buyer.actor, edit_id=edit.pk, accept=True)
    assert services.edit_answer(actor=vetted.actor, edit_id=edit.pk, accept=True).status == EditState.ACCEPTED
