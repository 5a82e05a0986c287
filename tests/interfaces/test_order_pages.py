"""The order's page for both sides: whose turn it is, what can be done, and where the money is."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oeuvre.domains.catalog.models import GigExtra
from oeuvre.domains.disputes import services as disputes
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.states import CriterionKind, OrderState
from oeuvre.domains.orders.terms import CriterionTerms
from oeuvre.domains.reviews import services as reviews
from oeuvre.kit.money import Money
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.order_pages import CARD_FIELDS, MOST_QUERIES, client_of, page_of, seen_by
from tests.interfaces.order_world import FILE_QUESTION
from tests.support.disputes import ANSWER, opened
from tests.support.gigs import live_gig
from tests.support.orders import QUESTION, TEXT, completed, delivered, placed, started
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db

SIXTY_WORDS = CriterionTerms(CriterionKind.WORDS, {"least": 60})


def test_order_page__says_whose_turn_it_is_to_each_side(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    assert "Your turn: deliver by" in seen_by(vetted, order)
    assert "The freelancer works on it" in seen_by(buyer, order)
    delivered(order)
    assert "Your turn: look at the delivery" in seen_by(buyer, order)
    assert "The buyer looks at your delivery." in seen_by(vetted, order)


def test_order_page__is_nobody_elses(buyer: User, vetted: User, operator: User) -> None:
    order = completed(buyer, vetted)
    assert client_of(operator).get(page_of(order)).status_code == 404
    assert "/account/login/" in Client().get(page_of(order)).headers["Location"]


def test_order_page__shows_each_side_its_own_money(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    money = seen_by(buyer, order).split('id="money-title"')[1].split("</section>")[0]
    assert "$105.00" in money
    assert "$90.00" not in money
    money = seen_by(vetted, order).split('id="money-title"')[1].split("</section>")[0]
    assert "$90.00" in money
    assert "$105.00" not in money


def test_conversation__begins_on_the_page_and_says_there_what_waits(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    assert "Write a message" in seen_by(vetted, order)
    answer = client_of(vetted).post(page_of(order, "talk"))
    order.refresh_from_db()
    assert answer.headers["Location"] == reverse("conversations:thread", args=[order.conversation_id])
    assert order.number in client_of(vetted).get(answer.headers["Location"]).content.decode()
    client_of(vetted).post(answer.headers["Location"], {"body": "Which harbour?", "message_id": uuid.uuid4()})
    assert "1 new message" in seen_by(buyer, order)
    assert "new message" not in seen_by(vetted, order)


def test_turn__tells_an_open_page_that_something_happened(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    seen = client_of(buyer).get(page_of(order)).context["seen"]
    client = client_of(buyer)
    assert "Something happened" not in client.get(page_of(order, "turn"), {"seen": seen}).content.decode()
    delivered(order)
    assert "Something happened" in client.get(page_of(order, "turn"), {"seen": seen}).content.decode()


def test_checkout__orders_what_was_chosen_at_the_total_that_was_shown(buyer: User, vetted: User) -> None:
    gig = live_gig(vetted)
    url = reverse("orders:new_from_gig", args=[gig.url_key])
    extra = GigExtra.objects.get(version=gig.published)
    client = client_of(buyer)
    page = client.get(url, {"package": "basic", "extra": str(extra.pk)}).content.decode()
    assert "$57.75" in page
    sent = {
        **CARD_FIELDS,
        "package": "basic",
        "extra": str(extra.pk),
        "total": "5775",
        "words_least": "60",
        "own": "It names the harbour.",
    }
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert "Read the rights and the AI policy" in refused.content.decode()
    assert not Order.objects.exists()
    answer = client.post(url, {**sent, "agree": "on"})
    order = Order.objects.get()
    assert answer.headers["Location"] == page_of(order)
    assert [line.title for line in order.lines.all()] == ["One notice", "Translation"]
    assert [(one.kind, one.label) for one in order.criteria.all()] == [
        ("words", ""),
        ("manual", "It names the harbour."),
    ]


def test_checkout__charges_nobody_another_amount_than_was_shown(buyer: User, vetted: User) -> None:
    gig = live_gig(vetted)
    url = reverse("orders:new_from_gig", args=[gig.url_key])
    sent = {**CARD_FIELDS, "package": "basic", "total": "1", "agree": "on"}
    answer = client_of(buyer).post(url, sent)
    assert answer.status_code == 422
    assert "It costs $42.00 now" in answer.content.decode()
    assert not Order.objects.exists()


def test_checkout__of_ones_own_gig_has_no_form(vetted: User) -> None:
    page = client_of(vetted).get(reverse("orders:new_from_gig", args=[live_gig(vetted).url_key])).content.decode()
    assert "This is your own gig" in page
    assert 'id="pay-form"' not in page


def test_payment__that_was_declined_can_be_tried_with_another_card(buyer: User, vetted: User) -> None:
    order = placed(buyer, vetted, card="sandbox:declined")
    run_tasks()
    assert "The payment did not go through" in seen_by(buyer, order)
    client_of(buyer).post(page_of(order, "pay"), CARD_FIELDS)
    run_tasks()
    order.refresh_from_db()
    assert order.status == OrderState.IN_PROGRESS


def test_requirements__are_answered_with_files_and_start_the_clock(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted, requirements=(QUESTION, FILE_QUESTION))
    client = client_of(buyer)
    file = SimpleUploadedFile("harbour.txt", b"The small one.")
    missing = client.post(page_of(order, "requirements"), {"q2": file})
    assert missing.status_code == 422
    order.refresh_from_db()
    assert order.status == OrderState.AWAITING_REQUIREMENTS
    file.seek(0)
    client.post(page_of(order, "requirements"), {"q1": "Everybody.", "q2": file})
    order.refresh_from_db()
    assert order.status == OrderState.IN_PROGRESS
    page = seen_by(vetted, order)
    assert "Everybody." in page
    assert "harbour.txt" in page


def test_requirements__show_a_freelancers_words_as_words(buyer: User, vetted: User) -> None:
    """Markup in a question's help would act in the buyer's name: htmx obeys whatever stands on the page."""
    attack = '<b hx-post="/orders/" hx-trigger="load">Say whom it is for.</b>'
    order = started(buyer, vetted, requirements=({**QUESTION, "help": attack, "label": attack},))
    page = seen_by(buyer, order)
    assert "Say whom it is for." in page
    assert "<b hx-post" not in page


def _hand_over(client: Client, order: Order, text: str, **changes: str) -> str:
    sent = {"note": "Here it is.", "ai_use": "none", "do": "hand_over", **changes}
    file = SimpleUploadedFile("notice.txt", text.encode())
    return client.post(page_of(order, "delivery"), {**sent, "uploads": file}, follow=True).content.decode()


def test_delivery__that_fails_a_check_says_which_one_and_keeps_the_draft(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted, criteria=(SIXTY_WORDS,))
    client = client_of(vetted)
    page = _hand_over(client, order, "Three short words.")
    checks = page.split('id="checks"')[1]
    assert checks.count("check-row--bad") == 1
    assert "60 is the least" in checks
    assert checks.count("check-row--good") == 2
    assert "notice.txt" in page
    assert "notice.txt" not in seen_by(buyer, order)
    order.refresh_from_db()
    assert order.status == OrderState.IN_PROGRESS


def test_delivery__is_downloaded_and_never_shown_by_the_two_sides_only(
    buyer: User, vetted: User, operator: User
) -> None:
    order = started(buyer, vetted)
    _hand_over(client_of(vetted), order, TEXT)
    order.refresh_from_db()
    assert order.status == OrderState.DELIVERED
    file = order.deliveries.get().files.get()
    url = page_of(order, "delivery_file", delivered_id=file.pk)
    answer = client_of(buyer).get(url)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="notice.txt"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content.decode() == TEXT
    assert client_of(operator).get(url).status_code == 404
    other = started(buyer, vetted)
    assert client_of(buyer).get(page_of(other, "delivery_file", delivered_id=file.pk)).status_code == 404


def test_revision__counts_down_and_goes_back_to_the_freelancer(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    delivery = delivered(order)
    client = client_of(buyer)
    assert "Ask for a revision (1 left)" in seen_by(buyer, order)
    short = client.post(page_of(order, "revise", delivery_id=delivery.pk), {"text": "No."})
    assert short.status_code == 422
    client.post(page_of(order, "revise", delivery_id=delivery.pk), {"text": "Name the small harbour."})
    assert "Name the small harbour." in seen_by(vetted, order)
    delivered(order, text=f"{TEXT} The small harbour.")
    assert "The revisions of this order are used up" in seen_by(buyer, order)


def test_acceptance__takes_the_buyers_word_on_their_own_criteria(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted, criteria=(CriterionTerms(CriterionKind.MANUAL, label="It is kind."),))
    delivery = delivered(order)
    one = order.criteria.get()
    client_of(buyer).post(page_of(order, "accept", delivery_id=delivery.pk), {f"met-{one.pk}": "yes"})
    order.refresh_from_db()
    one.refresh_from_db()
    assert (order.status, one.met) == (OrderState.COMPLETED, True)
    rights = client_of(buyer).get(page_of(order, "rights"))
    assert rights.json()["payload"]["number"] == order.number
    assert "clearing until" in seen_by(vetted, order)


def test_question__stops_the_clock_until_it_is_answered(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    client_of(vetted).post(page_of(order, "question"), {"text": "Which harbour is it?"})
    assert "The time stands still" in seen_by(vetted, order)
    question = order.questions.get()
    assert "Which harbour is it?" in seen_by(buyer, order)
    client_of(buyer).post(page_of(order, "answer", question_id=question.pk), {"text": "The small one."})
    assert "The small one." in seen_by(vetted, order)


def test_extra__shows_every_amount_before_the_buyer_agrees(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    sent = {"extra-title": "A second page", "extra-price": "20.00", "extra-days": "1", "extra-revisions": "0"}
    client_of(vetted).post(page_of(order, "extra"), sent)
    change = order.changes.get()
    assert "Agree and pay $21.00" in seen_by(buyer, order)
    assert "$18.00" in seen_by(vetted, order)
    client_of(buyer).post(page_of(order, "change_accept", change_id=change.pk), CARD_FIELDS)
    run_tasks()
    change.refresh_from_db()
    assert change.status == "agreed"


def test_cancellation__says_to_the_cent_what_each_side_has_then(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    client_of(vetted).post(page_of(order, "cancellation"), {"end-back": "50.00"})
    page = seen_by(buyer, order).split('id="proposals"')[1]
    assert "$52.50" in page
    assert "$45.00" in page
    change = order.changes.get()
    client_of(buyer).post(page_of(order, "change_accept", change_id=change.pk))
    order.refresh_from_db()
    assert order.status == OrderState.CANCELLED


def test_consent__is_asked_given_and_taken_back_in_one_click_each(buyer: User, vetted: User) -> None:
    order = completed(buyer, vetted)
    client_of(vetted).post(page_of(order, "consent_ask"))
    client = client_of(buyer)
    client.post(page_of(order, "consent"), {"grant": "yes"})
    assert client.get(page_of(order, "consent_statement")).json()["payload"]["decision"] == "granted"
    client.post(page_of(order, "consent"), {"grant": "no"})
    assert "The consent was taken back" in seen_by(vetted, order)


def test_reviews__stay_unseen_until_both_are_in(buyer: User, vetted: User) -> None:
    order = completed(buyer, vetted)
    scores = {"as_asked": "5", "communication": "4", "on_time": "5"}
    client_of(buyer).post(page_of(order, "review"), {**scores, "text": "Read by everybody at the quay."})
    assert "Your review is in" in seen_by(buyer, order)
    assert "Read by everybody" not in seen_by(vetted, order)
    client_of(vetted).post(page_of(order, "review"), {**scores, "text": "Knew what the notice was for."})
    assert "Read by everybody" in seen_by(vetted, order)
    assert "Knew what the notice was for." in seen_by(buyer, order)


def test_dashboards__put_what_waits_first(buyer: User, vetted: User) -> None:
    running, waiting = started(buyer, vetted, title="Runs"), started(buyer, vetted, title="Waits")
    delivered(waiting)
    page = client_of(buyer).get(reverse("orders:home")).content.decode()
    assert page.index("Waits for you") < page.index("Waits</a>") < page.index("Running") < page.index("Runs</a>")
    page = client_of(vetted).get(reverse("studio_orders:list")).content.decode()
    assert page.index("Runs</a>") < page.index("Waits</a>")
    assert "$180.00" in page  # both are held
    done = completed(buyer, vetted, title="Done")
    page = client_of(buyer).get(reverse("orders:home")).content.decode()
    assert f'{page_of(done)}#reviews"' in page  # and can be reviewed
    orders.order_cancel(actor=buyer.actor, order_id=started(buyer, vetted, requirements=(QUESTION,)).pk)
    over = client_of(buyer).get(reverse("orders:home")).content.decode().split('id="ended-title"')[1]
    assert "$105.00" in over  # what is complete
    assert "$0.00" in over  # and what was cancelled
    lines = client_of(vetted).get(reverse("studio_orders:earnings")).content.decode()
    assert running.number in lines


def test_buyer__is_known_to_freelancers_by_what_others_said(buyer: User, vetted: User) -> None:
    done, running = completed(buyer, vetted), started(buyer, vetted)
    for person, said in ((buyer, "Every word of it was needed."), (vetted, "Answered the same day, each time.")):
        scores = {"as_asked": 5, "communication": 4, "on_time": 3}
        reviews.review_write(actor=person.actor, order_id=done.pk, scores=scores, text=said)
    assert page_of(running, "buyer") in seen_by(vetted, running)
    page = client_of(vetted).get(page_of(running, "buyer")).content.decode()
    assert "Answered the same day, each time." in page
    assert "Every word of it was needed." not in page
    assert "1 review, mean 4.00 of 5" in page
    assert client_of(buyer).get(page_of(running, "buyer")).status_code == 403


def test_level__is_there_for_everybody_without_advice(vetted: User) -> None:
    public = Client().get(reverse("level", args=[vetted.profile.handle])).content.decode()
    assert "Needs 3 or more." in public
    own = client_of(vetted).get(reverse("studio_orders:level")).content.decode()
    advice = own.split("Needs 3 or more.")[1].split("</span>")[0].strip()
    assert advice
    assert advice not in public


def test_level__shows_what_would_become_of_it_before_it_happens(vetted: User) -> None:
    page = client_of(vetted).get(reverse("studio_orders:level"), {"on_time": "5", "fives": "5"}).content.decode()
    assert "Then:" in page


def _queries(person: User, url: str) -> int:
    client = client_of(person)
    client.get(url)  # the session's first page writes down when it was used
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def test_order_page__needs_a_fixed_number_of_queries(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted, 10_000, 5_000, criteria=(SIXTY_WORDS,))
    orders.extra_propose(actor=vetted.actor, order_id=order.pk, title="More", price=Money(2_000))
    done = completed(buyer, vetted)
    for person in (buyer, vetted):
        assert _queries(person, page_of(order)) <= MOST_QUERIES
        assert _queries(person, page_of(done)) <= MOST_QUERIES
    assert _queries(buyer, page_of(order, "turn")) <= MOST_QUERIES


def test_dashboards__need_no_more_queries_for_more_orders(buyer: User, vetted: User) -> None:
    started(buyer, vetted)
    pages = [(buyer, reverse("orders:home")), (vetted, reverse("studio_orders:list"))]
    before = [_queries(person, url) for person, url in pages]
    assert max(before) <= MOST_QUERIES
    for _number in range(2):
        started(buyer, vetted)
    assert [_queries(person, url) for person, url in pages] == before


def test_dispute__says_whose_turn_it_is_on_the_page_and_in_the_lists(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    delivered(order)
    dispute = opened(order, buyer)
    assert "Your turn: a dispute was opened. Answer it by" in seen_by(vetted, order)
    assert "The other side answers by" in seen_by(buyer, order)
    assert "Answer it by" in client_of(vetted).get(page_of(order, "turn")).content.decode()
    desk, home = reverse("studio_orders:list"), reverse("orders:home")
    page = client_of(vetted).get(desk).content.decode()
    assert page.index("Waits for you") < page.index("Answer it by")
    assert "Waits for you" not in client_of(buyer).get(home).content.decode()
    disputes.dispute_answer(actor=vetted.actor, dispute_id=dispute.pk, text=ANSWER)
    for person, url in ((vetted, desk), (buyer, home)):
        assert "Waits for you" in client_of(person).get(url).content.decode()
        assert "Agree on how the dispute ends" in seen_by(person, order)


def test_dispute__that_is_over_stays_on_the_page(buyer: User, vetted: User) -> None:
    order = started(buyer, vetted)
    dispute = opened(order, buyer, reason="not_delivered")
    disputes.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)
    assert dispute.number in seen_by(buyer, order)
