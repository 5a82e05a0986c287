"""The pages around a conversation: about it, reports, blocks, templates, search, settings, and the operator's queue."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from oeuvre.domains.conversations import selectors, services
from oeuvre.domains.conversations.models import Block, LearningConsent, MessageTemplate, Report
from oeuvre.domains.conversations.services import Card
from oeuvre.kit.actor import Actor
from tests.domains.conversation_talk import BODY, note, page_of, read, say, start

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


@pytest.fixture
def talk(buyer: User, freelancer: User) -> Conversation:
    talk = start(buyer, freelancer, subject_type="gig", subject_id=uuid.uuid4(), subject_label="A song")
    say(freelancer, talk, "Gladly.")
    return talk


def address(talk: Conversation, name: str = "thread") -> str:
    return reverse(f"conversations:{name}", args=[talk.pk])


def test_pages__need_few_queries(
    client: Client,
    freelancer: User,
    talk: Conversation,
    settings: Any,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.RATELIMIT_ENABLE = False  # it counts in the database
    client.force_login(freelancer)
    client.get(reverse("conversations:inbox"))  # the login's own bookkeeping
    pages = [address(talk, name) for name in ("about", "choose", "report")]
    pages += [reverse(f"conversations:{name}") for name in ("preferences", "templates")]
    for page in (*pages, reverse("conversations:search") + "?q=gladly"):
        with django_assert_max_num_queries(12, info=page):
            assert client.get(page).status_code == 200


def test_about__agrees_and_takes_back(client: Client, buyer: User, freelancer: User, talk: Conversation) -> None:
    client.force_login(freelancer)
    assert "learns nothing from it" in client.get(address(talk, "about")).text
    page = client.post(address(talk, "learning"), {"agree": "yes"}, follow=True).text
    assert "agree since" in page
    assert "learns nothing from it" in page
    client.force_login(buyer)
    assert "Ada Fell agrees that an assistant may learn" in client.get(address(talk)).text
    assert "may learn from it" in client.post(address(talk, "learning"), {"agree": "yes"}, follow=True).text
    client.post(address(talk, "learning"), {"agree": "no"})
    assert "learns nothing from it" in client.get(address(talk, "about")).text
    assert LearningConsent.objects.filter(ended_at=None).get().person == freelancer


def test_block__hides_the_form_and_says_so_to_both(
    client: Client, buyer: User, freelancer: User, talk: Conversation
) -> None:
    client.force_login(freelancer)
    client.post(address(talk, "block"))
    html = client.get(address(talk)).text
    assert "You blocked this person" in html
    assert "message-form" not in html
    assert "Cleo Marsh" in client.get(reverse("conversations:preferences")).text
    client.force_login(buyer)
    assert "takes no messages from you" in client.get(address(talk)).text
    answer = client.post(address(talk), {"body": "Hello?", "message_id": uuid.uuid4()})
    assert "takes no messages from you" in answer.text
    assert len(page_of(freelancer, talk).messages) == 2
    client.force_login(freelancer)
    client.post(reverse("conversations:unblock", args=[buyer.pk]))
    assert not Block.objects.exists()


def test_report__is_made_of_the_message_that_was_pressed(client: Client, buyer: User, talk: Conversation) -> None:
    client.force_login(buyer)
    theirs = page_of(buyer, talk).messages[1]
    assert f"{address(talk, 'report')}?message={theirs.id}" in client.get(address(talk)).text
    page = client.get(address(talk, "report"), {"message": theirs.id}).text
    assert f'value="{theirs.id}"' in page
    assert page.count(" checked") == 1
    assert "Ada Fell: Gladly." in page
    assert client.post(address(talk, "report"), {"reason": "spam"}).status_code == 422
    answer = client.post(address(talk, "report"), {"reason": "spam", "messages": [theirs.id]}, follow=True)
    assert "An operator looks at it" in answer.text
    assert Report.objects.get().messages.get().message_id == theirs.id


def test_report__offers_an_old_message_and_none_that_nobody_wrote(
    client: Client, buyer: User, freelancer: User, talk: Conversation
) -> None:
    old = page_of(buyer, talk).messages[1]
    for number in range(70):
        say(freelancer, talk, str(number))
    card = Card("order_event", talk.pk, "Order accepted")
    services.event_post(actor=Actor.system(), conversation_id=talk.pk, card=card)
    client.force_login(buyer)
    assert str(old.id) not in client.get(address(talk, "report")).text
    page = client.get(address(talk, "report"), {"message": old.id})
    assert str(old.id) in page.text
    assert "Order accepted" not in client.get(address(talk, "report")).text


def test_reports__are_answered_by_an_operator(client: Client, buyer: User, operator: User, talk: Conversation) -> None:
    theirs = say(talk.freelancer, talk, "<b>Pay</b> me elsewhere.", note("bank.txt", "words"))
    services.report_create(
        actor=buyer.actor, conversation_id=talk.pk, message_ids=[theirs.pk], reason="fraud", note="See this."
    )
    report = Report.objects.get()
    client.force_login(operator)
    assert "1" in client.get(reverse("operator:home")).text
    assert "Fraud" in client.get(reverse("reports:list")).text
    page = client.get(reverse("reports:report", args=[report.pk])).text
    assert "&lt;b&gt;Pay&lt;/b&gt; me elsewhere." in page
    assert "See this." in page
    assert BODY not in page
    assert "Gladly." not in page
    file = report.messages.get().files.get()
    answer = client.get(reverse("reports:file", args=[report.pk, file.pk]))
    assert (answer.content, answer.headers["Content-Disposition"]) == (b"words", 'attachment; filename="bank.txt"')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    where = reverse("reports:report", args=[report.pk])
    assert client.post(where, {"decision": "breach"}).status_code == 422
    assert client.post(where, {"decision": "breach", "answer": "We <i>spoke</i> to her."}).status_code == 302
    assert "No reports here" in client.get(reverse("reports:list")).text
    assert "Against the rules" in client.get(reverse("reports:list"), {"show": "answered"}).text
    client.force_login(buyer)
    assert "We &lt;i&gt;spoke&lt;/i&gt; to her." in client.get(address(talk, "about")).text


def test_templates__are_written_chosen_and_deleted(client: Client, freelancer: User, talk: Conversation) -> None:
    client.force_login(freelancer)
    new = reverse("conversations:template_new")
    assert "{nope}" in client.post(new, {"title": "Hello", "body": "{nope}"}).text
    assert client.post(new, {"title": "Hello", "body": "Dear {name}: <b>yes</b>"}).status_code == 302
    template = MessageTemplate.objects.get()
    assert "Hello" in client.get(reverse("conversations:templates")).text
    part = client.get(address(talk, "choose"), headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert 'data-fill-text="Dear Cleo Marsh: &lt;b&gt;yes&lt;/b&gt;"' in part
    page = client.get(address(talk), {"template": str(template.pk)}).text
    assert "Dear Cleo Marsh: &lt;b&gt;yes&lt;/b&gt;</textarea>" in page
    assert client.get(address(talk), {"template": str(uuid.uuid4())}).status_code == 404
    client.post(reverse("conversations:template_delete", args=[template.pk]))
    assert not MessageTemplate.objects.exists()


def test_templates__are_offered_to_freelancers_alone(client: Client, buyer: User, talk: Conversation) -> None:
    client.force_login(buyer)
    assert "Use a template" not in client.get(address(talk)).text
    assert client.get(reverse("conversations:templates")).status_code == 403


def test_search__shows_hits_with_a_way_to_them(
    client: Client, buyer: User, freelancer: User, talk: Conversation
) -> None:
    wanted = say(freelancer, talk, "A <b>needle</b> in it")
    for number in range(60):
        say(freelancer, talk, str(number))
    client.force_login(buyer)
    page = client.get(reverse("conversations:search"), {"q": "NEEDLE"}).text
    assert "<mark>needle</mark>" in page
    assert "&lt;b&gt;" in page
    assert "63 of 63 messages looked through" in page
    way = f"{address(talk)}?at={wanted.pk}"
    assert way in page
    html = client.get(way).text
    assert f'id="message-{wanted.pk}"' in html
    assert 'id="tail"' not in html
    part = client.get(reverse("conversations:search"), {"q": "needle"}, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "No more messages" in client.get(reverse("conversations:search"), {"q": "haystack"}).text
    assert "one to 8 words" in client.get(reverse("conversations:search"), {"q": "a b c d e f g h i"}).text


def test_search__is_bound_to_one_conversation_on_wish(
    client: Client, buyer: User, other_freelancer: User, talk: Conversation
) -> None:
    start(buyer, other_freelancer, "Gladly, they said")
    client.force_login(buyer)
    everywhere = client.get(reverse("conversations:search"), {"q": "gladly"}).text
    inside = client.get(reverse("conversations:search"), {"q": "gladly", "in": str(talk.pk)}).text
    assert "they said" in everywhere
    assert "they said" not in inside
    client.force_login(other_freelancer)
    assert client.get(reverse("conversations:search"), {"q": "gladly", "in": str(talk.pk)}).status_code == 404


def test_preferences__are_kept(client: Client, buyer: User) -> None:
    client.force_login(buyer)
    page = reverse("conversations:preferences")
    assert client.post(page, {"digest": "daily", "receipts": "on"}).status_code == 302
    assert selectors.preferences_of(person_id=buyer.pk) == selectors.Preferences("daily", receipts=True)
    assert client.post(page, {"digest": "hourly"}).status_code == 422
    client.post(page, {"digest": "never"})
    assert selectors.preferences_of(person_id=buyer.pk) == selectors.Preferences("never", receipts=False)


def test_receipt__appears_where_both_show_it(client: Client, buyer: User, freelancer: User, talk: Conversation) -> None:
    client.force_login(freelancer)
    read(buyer, talk)
    last = page_of(freelancer, talk).messages[-1].id
    fragment = reverse("conversations:latest", args=[talk.pk]) + f"?after={last}"
    assert "Read " not in client.get(fragment).text
    for person in (buyer, freelancer):
        services.preferences_set(actor=person.actor, digest="never", receipts=True)
    for page in (fragment, address(talk)):
        html = client.get(page).text
        assert 'id="receipt"' in html
        assert "Read " in html


@pytest.mark.parametrize("role", ["buyer", "freelancer"])
def test_header__counts_what_waits(
    role: str, client: Client, buyer: User, freelancer: User, talk: Conversation
) -> None:
    person: Any = {"buyer": buyer, "freelancer": freelancer}[role]
    client.force_login(person)
    shown = '<span class="nav__count" data-unread><span data-unread-count>1</span>'
    assert shown in client.get("/about/").text
    assert 'data-live="/conversations/live/"' in client.get("/about/").text
    read(person, talk)
    assert shown not in client.get("/about/").text
    assert "nav__count" in client.get("/about/").text
    client.logout()
    assert "data-live=" not in client.get("/about/").text


def test_thread__shows_cards(client: Client, buyer: User, talk: Conversation) -> None:
    piece = uuid.uuid4()
    for card in (Card("offer", piece, "Offer: <b>$480.00</b>"), Card("generation", piece, "A generation")):
        services.event_post(actor=buyer.actor, conversation_id=talk.pk, card=card)
    client.force_login(buyer)
    html = client.get(address(talk)).text
    assert "Offer: &lt;b&gt;$480.00&lt;/b&gt;" in html
    assert f'href="/pieces/{piece}/"' in html
    assert html.count("message__body") == 2
