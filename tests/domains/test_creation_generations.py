"""Generations: asked for, written, sealed; only the preview leaves before payment."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import errors, opening, selectors, services
from oeuvre.domains.creation.models import CreationModel, Generation, TopicRefusal
from oeuvre.domains.creation.states import GenerationState, RefusalState
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import PROMPT, ready_generation
from tests.support.fake_studio import FakeStudio
from tests.support.scripted import scripted_text

pytestmark = pytest.mark.django_db


def _whole_text(generation: Generation) -> str:
    pieces = scripted_text(
        generation.version.name, generation.prompt, generation.seed, generation.options["max_tokens"]
    )
    return "".join(pieces).strip()


def test_generation_write__seals_the_text_and_shows_the_preview(model: CreationModel, buyer: User) -> None:
    generation = ready_generation(model, buyer)
    text = _whole_text(generation)
    assert generation.status == GenerationState.READY
    assert text.startswith(generation.preview)
    assert 0 < len(generation.preview.split()) <= len(text.split()) // 2
    assert (generation.mime, generation.size) == ("text/plain", len(text.split()))
    assert text.encode() not in port("storage", BlobStore).get(generation.content_key)
    assert sum(row["share"] for row in generation.credit) == pytest.approx(1)
    assert all(row["title"] for row in generation.credit)


def test_generation_write__hosts_the_version_when_the_studio_does_not_hold_it(
    model: CreationModel, buyer: User, studio: FakeStudio
) -> None:
    studio.restart()
    assert ready_generation(model, buyer).status == GenerationState.READY
    assert list(studio.hosted) == [model.current_version.name]  # type: ignore[union-attr]  # published, so there is one
    hosted = studio.calls["host"]
    ready_generation(model, buyer)
    assert studio.calls["host"] == hosted


def test_generation_write__tells_the_studio_whose_turn_it_is(
    model: CreationModel, vetted: User, buyer: User, studio: FakeStudio
) -> None:
    for person in (buyer, vetted, buyer):
        ready_generation(model, person)
    assert studio.askers[-3:] == [buyer.pk, vetted.pk, buyer.pk]


def test_generation_write__after_a_crash_gives_the_same_text(model: CreationModel, buyer: User) -> None:
    generation = services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=PROMPT, seed=11)
    Generation.objects.filter(pk=generation.pk).update(status=GenerationState.WRITING, preview="half a")
    generation = services.generation_write(generation_id=generation.pk)
    assert generation.status == GenerationState.READY
    assert _whole_text(generation).startswith(generation.preview)
    assert services.generation_write(generation_id=generation.pk).sha256 == generation.sha256


def test_generation_write__tells_when_the_studio_is_down(model: CreationModel, buyer: User, studio: FakeStudio) -> None:
    studio.failures = [errors.StudioUnavailableError("The studio does not answer. Try again in a minute.")]
    generation = ready_generation(model, buyer)
    assert generation.status == GenerationState.FAILED
    assert "Try again" in generation.failure


def test_clean_content__is_for_the_owner_and_for_nobody_unpaid(
    model: CreationModel, vetted: User, buyer: User, operator: User
) -> None:
    generation = ready_generation(model, buyer)
    assert opening.clean_content(actor=vetted.actor, generation_id=generation.pk).text == _whole_text(generation)
    with pytest.raises(errors.NotPaidError):
        opening.clean_content(actor=buyer.actor, generation_id=generation.pk)
    with pytest.raises(errors.GenerationNotFoundError):
        opening.clean_content(actor=operator.actor, generation_id=generation.pk)


def test_generation_request__counts_free_previews_by_day_and_not_failed_ones(
    model: CreationModel, buyer: User, studio: FakeStudio
) -> None:
    services.model_update(actor=model.owner.actor, model_id=model.pk, daily_previews=2)
    studio.failures = [errors.StudioUnavailableError("down")]
    assert ready_generation(model, buyer).status == GenerationState.FAILED
    ready_generation(model, buyer)
    ready_generation(model, buyer)
    with pytest.raises(errors.PreviewsUsedUpError, match="2 free previews"):
        ready_generation(model, buyer)
    Generation.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert ready_generation(model, buyer).status == GenerationState.READY


@pytest.mark.parametrize("prompt", ["", "  ", "ab", "\x00\x00\x00", "x" * 2001])
def test_generation_request__refuses_a_prompt_that_says_nothing_or_too_much(
    model: CreationModel, buyer: User, prompt: str
) -> None:
    with pytest.raises(errors.PromptInvalidError):
        services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=prompt)


def test_generation_request__of_a_refused_topic_is_recorded_and_can_be_appealed(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    services.model_update(actor=vetted.actor, model_id=model.pk, refused_topics=["political campaign"])
    prompt = "A leaflet for a political campaign in the harbour ward"
    with pytest.raises(errors.TopicRefusedError) as caught:
        services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=prompt)
    refusal: TopicRefusal = caught.value.context["refusal"]
    assert TopicRefusal.objects.get().topic == "political campaign"
    services.refusal_appeal(actor=buyer.actor, refusal_id=refusal.pk, reason="It is for the school play.")
    with pytest.raises(errors.RefusalNotFoundError):
        services.refusal_answer(actor=buyer.actor, refusal_id=refusal.pk, allow=True, answer="")
    answered = services.refusal_answer(actor=vetted.actor, refusal_id=refusal.pk, allow=True, answer="Fine.")
    assert answered.status == RefusalState.OVERTURNED
    services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=prompt)


def test_generation_request__matches_topics_by_words_when_the_studio_is_down(
    model: CreationModel, vetted: User, buyer: User, studio: FakeStudio
) -> None:
    services.model_update(actor=vetted.actor, model_id=model.pk, refused_topics=["gambling"])
    studio.failures = [errors.StudioUnavailableError("down")]
    with pytest.raises(errors.TopicRefusedError):
        services.generation_request(actor=buyer.actor, model_id=model.pk, prompt="A slogan for a gambling hall")


def test_generation_request__does_not_find_a_draft_of_somebody_else(vetted: User, buyer: User) -> None:
    draft = services.model_create(actor=vetted.actor, name="Draft")
    with pytest.raises(errors.ModelNotPublishedError):
        services.generation_request(actor=buyer.actor, model_id=draft.pk, prompt=PROMPT)


def test_generation_get__is_for_its_buyer_and_the_owner_only(
    model: CreationModel, vetted: User, buyer: User, operator: User, other_freelancer: User
) -> None:
    generation = ready_generation(model, buyer)
    for person in (buyer, vetted):
        assert selectors.generation_get(actor=person.actor, generation_id=generation.pk) == generation
    for person in (operator, other_freelancer):
        with pytest.raises(errors.GenerationNotFoundError):
            selectors.generation_get(actor=person.actor, generation_id=generation.pk)


def test_generation_request__writes_a_prompt_with_a_seed_at_one_length_only(model: CreationModel, buyer: User) -> None:
    """Or the preview of a long text would show all of a short one, which begins alike."""
    ask = partial(services.generation_request, model_id=model.pk, prompt="A notice about the tide")
    ask(actor=buyer.actor, options={"max_tokens": 96}, seed=7)
    with pytest.raises(errors.PromptInvalidError, match="another seed"):
        ask(actor=buyer.actor, options={"max_tokens": 440}, seed=7)
    ask(actor=buyer.actor, options={"max_tokens": 96}, seed=7)
    ask(actor=buyer.actor, options={"max_tokens": 440}, seed=8)
    ask(actor=model.owner.actor, options={"max_tokens": 440}, seed=7)
