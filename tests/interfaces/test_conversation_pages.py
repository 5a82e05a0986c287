"""The pages of conversations, as a browser with and without htmx asks for them."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oeuvre.domains.accounts.services import account_role_add
from oeuvre.domains.conversations import selectors, services
from oeuvre.domains.creation import models as creation
from oeuvre.domains.creation.states import GenerationState, ModelState
from oeuvre.kit.actor import Role
from tests.support.budget import MOST_QUERIES

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation

BODY = "Could you make the second stanza shorter?"


@pytest.fixture
def handle(freelancer: User) -> str:
    account_role_add(actor=freelancer.actor, role=Role.FREELANCER)
    freelancer.refresh_from_db()
    found: str = freelancer.profile.handle
    return found


@pytest.fixture
def conversation(buyer: User, freelancer: User, handle: str) -> Conversation:
    return services.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body=BODY)


@pytest.fixture
def generation(buyer: User, freelancer: User) -> creation.Generation:
    """A piece that the buyer made with the freelancer's model."""
    model = creation.CreationModel.objects.create(
        owner=freelancer, name="Second Shift", slug="second-shift", status=ModelState.PUBLISHED
    )
    run = creation.TrainingRun.objects.create(model=model, status="ready")
    version = creation.ModelVersion.objects.create(model=model, run=run, name="second-shift@0123456789ab")
    return creation.Generation.objects.create(
        model=model,
        version=version,
        buyer=buyer,
        prompt="A song about ferries",
        seed=1,
        options={"max_tokens": 50},
        preview="The ferry leaves",
        status=GenerationState.READY,
    )


def form_values(html: str) -> dict[str, str]:
    fields = re.findall(
        r'<input type="hidden"\s+name="(message_id|after)"(?:\s+id="after")?(?:\s+value="([^"]*)")?', html
    )
    return dict(fields)


def send(client: Client, conversation: Conversation, body: str, **extra: Any) -> Any:
    address = reverse("conversations:thread", args=[conversation.pk])
    values = form_values(client.get(address).content.decode())
    return client.post(address, {**values, "body": body}, **extra)


def words(person: User, conversation: Conversation) -> list[str | None]:
    page = selectors.conversation_messages(actor=person.actor, conversation_id=conversation.pk)
    return [message.body for message in page.messages]


@pytest.mark.parametrize("name", ["inbox", "thread", "latest", "new"])
def test_pages__need_a_login(name: str, client: Client, conversation: Conversation, handle: str) -> None:
    arguments = {"inbox": [], "new": [handle]}.get(name, [conversation.pk])
    answer = client.get(reverse(f"conversations:{name}", args=arguments))
    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


def test_pages__of_others_are_not_there(
    client: Client, conversation: Conversation, other_freelancer: User, operator: User
) -> None:
    for stranger in (other_freelancer, operator):
        client.force_login(stranger)
        for name in ("thread", "latest"):
            assert client.get(reverse(f"conversations:{name}", args=[conversation.pk])).status_code == 404
        assert client.post(reverse("conversations:thread", args=[conversation.pk]), {"body": "x"}).status_code == 404
        assert BODY not in client.get(reverse("conversations:inbox")).content.decode()
    assert words(conversation.buyer, conversation) == [BODY]


def test_inbox__shows_who_wrote_and_what_is_new_with_few_queries(
    client: Client,
    conversation: Conversation,
    freelancer: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client.force_login(freelancer)
    with django_assert_max_num_queries(12):
        html = client.get(reverse("conversations:inbox")).content.decode()
    assert "Cleo Marsh" in html
    assert "1 new" in html
    assert conversation.buyer.email not in html


def test_thread__shows_the_messages_and_marks_them_read(
    client: Client, conversation: Conversation, freelancer: User
) -> None:
    client.force_login(freelancer)
    client.get(reverse("conversations:inbox"))  # the login's own bookkeeping
    with CaptureQueriesContext(connection) as context:
        html = client.get(reverse("conversations:thread", args=[conversation.pk])).content.decode()
    assert BODY in html
    assert selectors.unread_count(actor=freelancer.actor) == 0
    queries = [query["sql"] for query in context.captured_queries]
    assert len(queries) <= MOST_QUERIES, "\n".join(queries)


def test_thread__escapes_what_people_write(client: Client, conversation: Conversation, buyer: User) -> None:
    client.force_login(buyer)
    send(client, conversation, "<script>alert(1)</script> https://example.org/a")
    html = client.get(reverse("conversations:thread", args=[conversation.pk])).content.decode()
    assert "<script>alert(1)" not in html
    assert '<a href="https://example.org/a" rel="nofollow">' in html


def test_thread__sends_without_javascript(client: Client, conversation: Conversation, freelancer: User) -> None:
    client.force_login(freelancer)
    answer = send(client, conversation, "Gladly.\r\nTomorrow?")
    assert (answer.status_code, answer["Location"]) == (302, reverse("conversations:thread", args=[conversation.pk]))
    assert words(freelancer, conversation) == [BODY, "Gladly.\nTomorrow?"]


def test_thread__sent_twice_by_an_impatient_hand_is_one_message(
    client: Client, conversation: Conversation, freelancer: User
) -> None:
    client.force_login(freelancer)
    address = reverse("conversations:thread", args=[conversation.pk])
    values = {**form_values(client.get(address).content.decode()), "body": "Gladly."}
    client.post(address, values)
    client.post(address, values)
    assert words(freelancer, conversation) == [BODY, "Gladly."]


def test_thread__with_htmx_appends_only_what_is_new_and_empties_the_form(
    client: Client, conversation: Conversation, buyer: User, freelancer: User
) -> None:
    client.force_login(buyer)
    address = reverse("conversations:thread", args=[conversation.pk])
    values = form_values(client.get(address).content.decode())
    services.message_send(actor=freelancer.actor, conversation_id=conversation.pk, body="Just a moment.")
    html = client.post(address, {**values, "body": "Thank you."}, headers={"HX-Request": "true"}).content.decode()
    assert html.index("Just a moment.") < html.index("Thank you.")
    assert BODY not in html
    assert 'id="tail"' not in html, "the end of the list stays; what is new goes before it"
    fresh = form_values(html)
    assert fresh["message_id"] != values["message_id"]
    assert fresh["after"] != values["after"]
    assert 'hx-swap-oob="true"' in html
    assert "<textarea" in html
    assert ">Thank you.</textarea>" not in html.replace("\n", "")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [("", "Write something first"), ("  ", "Write something first"), ("x" * 4001, "at most 4000")],
)
def test_thread__says_what_is_wrong_and_keeps_the_words(
    body: str, complaint: str, client: Client, conversation: Conversation, buyer: User
) -> None:
    client.force_login(buyer)
    assert complaint in send(client, conversation, body).content.decode()
    answer = send(client, conversation, body, headers={"HX-Request": "true"})
    assert answer["HX-Retarget"] == "#message-form"
    html = answer.content.decode()
    assert complaint in html
    assert body.strip() in html
    assert form_values(html)["message_id"]
    assert words(buyer, conversation) == [BODY]


def test_latest__brings_what_came_meanwhile(
    client: Client, conversation: Conversation, buyer: User, freelancer: User
) -> None:
    client.force_login(buyer)
    values = form_values(client.get(reverse("conversations:thread", args=[conversation.pk])).content.decode())
    address = reverse("conversations:latest", args=[conversation.pk])
    assert "message__body" not in client.get(address, {"after": values["after"]}).content.decode()
    services.message_send(actor=freelancer.actor, conversation_id=conversation.pk, body="Gladly.")
    html = client.get(address, {"after": values["after"]}).content.decode()
    assert "Gladly." in html
    assert BODY not in html
    assert "<form" not in html
    assert selectors.unread_count(actor=buyer.actor) == 0


def test_new__starts_a_conversation_and_later_leads_to_it(
    client: Client, buyer: User, freelancer: User, handle: str
) -> None:
    client.force_login(buyer)
    address = reverse("conversations:new", args=[handle])
    values = form_values(client.get(address).content.decode())
    answer = client.post(address, {**values, "body": BODY})
    started = selectors.conversations_of(actor=buyer.actor).get()
    assert answer["Location"] == client.get(address)["Location"] == reverse("conversations:thread", args=[started.pk])
    assert words(freelancer, started) == [BODY]


def test_new__attaches_a_piece_and_shows_it_to_both(
    client: Client, buyer: User, freelancer: User, handle: str, generation: creation.Generation
) -> None:
    client.force_login(buyer)
    address = f"{reverse('conversations:new', args=[handle])}?piece=generation:{generation.pk}"
    page = client.get(address).content.decode()
    assert "Second Shift" in page
    assert "A song about ferries" in page
    client.post(address, {**form_values(page), "body": BODY})
    started = selectors.conversations_of(actor=buyer.actor).get()
    assert (started.subject_type, started.subject_id) == ("generation", generation.pk)
    assert started.subject_label == "A piece made with Second Shift"
    for person in (buyer, freelancer):
        client.force_login(person)
        html = client.get(reverse("conversations:thread", args=[started.pk])).content.decode()
        assert "A song about ferries" in html


def test_thread__goes_on_without_a_piece_that_was_closed(
    client: Client, buyer: User, freelancer: User, handle: str, generation: creation.Generation
) -> None:
    about: dict[str, Any] = {"subject_type": "generation", "subject_id": generation.pk, "subject_label": "A piece"}
    started = services.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body=BODY, **about)
    creation.CreationModel.objects.update(status=ModelState.DISABLED)
    client.force_login(buyer)
    html = client.get(reverse("conversations:thread", args=[started.pk])).content.decode()
    assert "closed or gone" in html
    assert "ferries" not in html
    assert "The ferry leaves" not in html
    assert BODY in html


@pytest.mark.parametrize("piece", ["generation:nonsense", "gig:0", "generation:" + str(uuid.uuid4())])
def test_new__knows_no_piece_that_is_not_there(piece: str, client: Client, buyer: User, handle: str) -> None:
    client.force_login(buyer)
    assert client.get(reverse("conversations:new", args=[handle]), {"piece": piece}).status_code == 404


def test_new__attaches_no_piece_of_other_people(
    client: Client, other_freelancer: User, handle: str, generation: creation.Generation
) -> None:
    client.force_login(other_freelancer)
    answer = client.get(reverse("conversations:new", args=[handle]), {"piece": f"generation:{generation.pk}"})
    assert answer.status_code == 404


def test_new__to_oneself_is_refused(client: Client, freelancer: User, handle: str) -> None:
    client.force_login(freelancer)
    assert client.get(reverse("conversations:new", args=[handle])).status_code == 422
