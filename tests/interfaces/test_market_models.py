"""The gallery, a model's page, and what its rules turn away."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import services
from oeuvre.domains.creation.models import CreationModel, Generation, TopicRefusal
from oeuvre.domains.creation.states import RefusalState
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.market_pages import MOST_QUERIES, client_of, page_of
from tests.support.factories import PROMPT, published_model, vetted_freelancer
from tests.support.worker import pending_tasks, run_tasks

pytestmark = pytest.mark.django_db

FORM = {"prompt": PROMPT, "length": "short"}


def test_gallery__shows_each_model_with_its_owner_trade_and_lowest_price(model: CreationModel, client: Client) -> None:
    page = client.get("/models/")
    for part in ("Harbour Voice", "Notices with salt in them", "Vera Tide", "stories", "$3.15", page_of(model)):
        assert part in page.text, part
    assert "$45.00" not in page.text  # an edit is not a piece


@pytest.mark.parametrize(
    ("query", "found"), [("harbour", True), ("vera salt", True), ("dragons", False), ("\x00", True)]
)
def test_gallery__searches_names_taglines_and_people(
    model: CreationModel, client: Client, query: str, found: bool
) -> None:
    page = client.get("/models/", {"q": query})
    assert (page_of(model) in page.text) is found
    assert ("Nothing under that name" in page.text) is not found


def test_gallery__filters_by_trade_and_counts_each(model: CreationModel, client: Client) -> None:
    other = vetted_freelancer("lyric@example.org", "lyric", "Lyra Moon")
    other.profile.trade = "Songs"
    other.profile.save()
    second = published_model(other, "Night Songs")
    page = client.get("/models/")
    assert page.context["all_count"] == 2
    assert [(row.trade, row.count) for row in page.context["trades"]] == [("songs", 1), ("stories", 1)]
    page = client.get("/models/", {"trade": "songs"})
    assert page_of(second) in page.text
    assert page_of(model) not in page.text


def test_gallery__says_what_to_do_while_it_is_empty(db: None, client: Client) -> None:
    assert "No model has been published here yet" in client.get("/models/").text


def test_gallery__pages(model: CreationModel, client: Client) -> None:
    page = client.get("/models/", {"page": "99"})
    assert page.context["page"].number == 1


def test_gallery__needs_few_queries_however_many_models_there_are(
    model: CreationModel, vetted: User, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        published_model(vetted, f"Another {number}")
    client = client_of(buyer)
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get("/models/")
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get("/")


def test_home__shows_the_newest_models(model: CreationModel, client: Client) -> None:
    assert page_of(model) in client.get("/").text


def test_freelancer__shows_their_models(model: CreationModel, client: Client) -> None:
    assert page_of(model) in client.get("/freelancers/vetted/").text


def test_model__says_what_a_buyer_wants_to_know(model: CreationModel, client: Client) -> None:
    services.model_update(
        actor=model.owner.actor,
        model_id=model.pk,
        refused_topics=["gambling"],
        allowed_topics=["harbours"],
        sample_prompts=["A notice about eels"],
        licence_note="Send me a photograph.",
    )
    page = client.get(page_of(model))
    assert page.status_code == 200
    version = model.current_version
    assert version is not None
    for part in (
        "Vera Tide",
        "Short texts for doors and decks.",
        version.report["samples"][0]["text"],
        "0.71",
        "Longest copied run",
        "0 of 5",
        "from 6 works",
        version.name,
        "gambling",
        "harbours",
        "A notice about eels",
        "Send me a photograph.",
        "$45.00",
        "You may use, adapt and publish this piece in your business",
        "switched off",
    ):
        assert part in page.text, part


def test_model__keeps_the_passages_of_the_works_to_their_owner(model: CreationModel, client: Client) -> None:
    version = model.current_version
    assert version is not None
    passage = version.report["details"]["memorisation"]["passages"][0]["text"]
    assert passage[:60] not in client.get(page_of(model)).text


def test_model__splits_each_price_exactly(model: CreationModel, client: Client) -> None:
    page = client.get(page_of(model))
    for row in page.context["uses"]:
        assert sum(part.amount.amount for part in row.parts) == row.quote.total.amount
        assert sum(part.width for part in row.parts) == pytest.approx(100, abs=0.05)


def test_model__needs_few_queries(
    model: CreationModel, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(buyer)
    address = page_of(model)
    client.get(address)  # the first visit also writes the session down
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(address)


def test_model__takes_a_prompt_and_leads_to_the_piece(model: CreationModel, buyer: User) -> None:
    answer = client_of(buyer).post(page_of(model), FORM | {"seed": "7"})
    generation = Generation.objects.get()
    assert answer.url == f"/pieces/{generation.pk}/"  # type: ignore[attr-defined]  # a redirect
    assert (generation.prompt, generation.seed, generation.options) == (PROMPT, 7, {"max_tokens": 96})
    assert pending_tasks()[-1] == "creation.generation_write"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"prompt": ""}, "Say what you need"),
        ({"prompt": "x" * 2001}, "2000"),
        ({"length": "endless"}, "endless"),
        ({"seed": "-1"}, "greater than or equal to 0"),
        ({"seed": "many"}, "whole number"),
    ],
)
def test_model__says_at_the_field_what_is_wrong_with_a_prompt(
    model: CreationModel, buyer: User, change: dict[str, str], says: str
) -> None:
    answer = client_of(buyer).post(page_of(model), FORM | change)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == change.keys()
    assert says in answer.text
    assert not Generation.objects.exists()


def test_model__keeps_the_prompt_of_a_visitor_who_must_log_in_first(model: CreationModel, buyer: User) -> None:
    client = Client()
    assert "Log in and write a preview" in client.get(page_of(model)).text
    answer = client.post(page_of(model), FORM)
    assert answer.status_code == 302
    assert answer.url.startswith("/account/login/?next=/models/")  # type: ignore[attr-defined]  # a redirect
    assert PROMPT not in answer.url  # type: ignore[attr-defined]  # likewise
    client.force_login(buyer)
    page = client.get(page_of(model))
    assert PROMPT in page.text
    assert page.context["form"]["length"].value() == "short"
    assert not Generation.objects.exists()


def test_model__fills_in_a_sample_prompt_without_javascript(model: CreationModel, client: Client) -> None:
    services.model_update(actor=model.owner.actor, model_id=model.pk, sample_prompts=["A notice about eels"])
    page = client.get(page_of(model), {"sample": "0"})
    assert page.context["form"]["prompt"].value() == "A notice about eels"
    for odd in ("1", "-1", "x", "9" * 40, "²"):
        assert client.get(page_of(model), {"sample": odd}).status_code == 200


def test_model__says_how_many_previews_are_left_and_when_there_are_more(model: CreationModel, buyer: User) -> None:
    services.model_update(actor=model.owner.actor, model_id=model.pk, daily_previews=1)
    client = client_of(buyer)
    assert "1 free preview left today" in client.get(page_of(model)).text
    client.post(page_of(model), FORM)
    answer = client.post(page_of(model), FORM)
    assert answer.status_code == 422
    assert "after midnight UTC" in answer.text


def test_model__of_a_draft_is_its_owners_alone(vetted: User, buyer: User) -> None:
    draft = services.model_create(actor=vetted.actor, name="Draft")
    assert client_of(vetted).get(page_of(draft)).status_code == 200
    for client in (Client(), client_of(buyer)):
        assert client.get(page_of(draft)).status_code == 404
        assert client.post(page_of(draft), FORM).status_code == 404


def test_model__switched_off_is_gone_for_everybody_but_its_owner(
    model: CreationModel, vetted: User, buyer: User, operator: User
) -> None:
    services.model_disable(actor=vetted.actor, model_id=model.pk)
    for client in (Client(), client_of(buyer), client_of(operator)):
        answer = client.get(page_of(model))
        assert answer.status_code == 410
        assert "switched this model off" in answer.text
        assert client.post(page_of(model), FORM).status_code == 410
    page = client_of(vetted).get(page_of(model))
    assert page.status_code == 200
    assert "Only you see this page" in page.text


def test_model__that_is_not_there_is_not_found(model: CreationModel, client: Client) -> None:
    assert client.get("/models/vetted/nothing/").status_code == 404
    assert client.get("/models/nobody/harbour-voice/").status_code == 404


@pytest.mark.usefixtures("one_minute")
def test_model__limits_how_often_one_may_ask(model: CreationModel, buyer: User) -> None:
    client = client_of(buyer)
    answers = [client.post(page_of(model), {"prompt": ""}).status_code for _ in range(16)]
    assert answers == [422] * 15 + [429]


@pytest.fixture
def refusal(model: CreationModel, buyer: User) -> TopicRefusal:
    """A prompt that the model's rules turned away."""
    services.model_update(actor=model.owner.actor, model_id=model.pk, refused_topics=["gambling"])
    answer = client_of(buyer).post(page_of(model), FORM | {"prompt": "A slogan for a gambling hall"})
    found = TopicRefusal.objects.get()
    assert answer.url == f"/refusals/{found.pk}/"  # type: ignore[attr-defined]  # a redirect
    return found


def test_refusal__says_which_topic_and_takes_an_appeal(refusal: TopicRefusal, buyer: User) -> None:
    client = client_of(buyer)
    page = client.get(f"/refusals/{refusal.pk}/")
    assert "“gambling”" in page.text
    assert "names the topic" in page.text
    assert client.post(f"/refusals/{refusal.pk}/", {"reason": "no"}).status_code == 422
    client.post(f"/refusals/{refusal.pk}/", {"reason": "It is a bingo hall for charity."})
    refusal.refresh_from_db()
    assert refusal.status == RefusalState.APPEALED
    page = client.get(f"/refusals/{refusal.pk}/")
    assert "bingo hall for charity" in page.text
    again = client.post(f"/refusals/{refusal.pk}/", {"reason": "And another thing."})
    assert again.status_code == 422


@pytest.mark.parametrize(("allow", "says"), [(True, "This prompt may pass"), (False, "The refusal stands")])
def test_refusal__tells_the_answer(refusal: TopicRefusal, buyer: User, allow: bool, says: str) -> None:
    services.refusal_appeal(actor=buyer.actor, refusal_id=refusal.pk, reason="For charity.")
    owner = refusal.model.owner.actor
    services.refusal_answer(actor=owner, refusal_id=refusal.pk, allow=allow, answer="I have thought about it.")
    client = client_of(buyer)
    page = client.get(f"/refusals/{refusal.pk}/")
    assert says in page.text
    assert "I have thought about it." in page.text
    if allow:
        model_page = client.get(page_of(refusal.model))
        assert refusal.prompt in model_page.text
        client.post(page_of(refusal.model), FORM | {"prompt": refusal.prompt})
        assert Generation.objects.count() == 1


def test_refusal__is_its_buyers_alone(refusal: TopicRefusal, vetted: User, operator: User) -> None:
    for user in (vetted, operator):
        assert client_of(user).get(f"/refusals/{refusal.pk}/").status_code == 404
    assert Client().get(f"/refusals/{refusal.pk}/").status_code == 302
    run_tasks()
