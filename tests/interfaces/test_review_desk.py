"""Reviews that were reported, appeals, and keys of other installations: what an operator sees, decides, and says why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from oeuvre.domains.reviews import services
from oeuvre.domains.reviews.common import seal
from oeuvre.domains.reviews.facts import numbers_of
from oeuvre.domains.reviews.levels.rules import level_rules
from oeuvre.domains.reviews.models import Demotion, FreelancerLevel, Installation, Review, ReviewReport
from oeuvre.domains.reviews.services.appeals import appeal_context
from oeuvre.domains.reviews.states import DemotionState, InstallationState, ReportReason, ReviewState
from tests.interfaces.order_pages import client_of
from tests.interfaces.order_world import brought_along
from tests.support.ended_orders import reviewed
from tests.support.factories import freelancer_with_profile
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db
DESK = reverse("reviews_desk:list")
WORDS = "They asked for money to change this."


@pytest.fixture
def ada(db: None, buyer: User) -> User:
    person = freelancer_with_profile("ada@example.org", "ada", "Ada Fell")
    reviewed(buyer, person, 1, 1, 1, text="Pay me back and I change these words.")
    return person


@pytest.fixture
def review(ada: User) -> Review:
    return Review.objects.get(subject=ada)


def test_report__is_sent_from_a_page_and_decided_with_public_reasons(ada: User, operator: User, review: Review) -> None:
    page = reverse("review_report", args=[review.pk])
    client = client_of(ada)
    assert "Pay me back" in client.get(page).content.decode()
    assert client.post(page, {"part": "review"}).status_code == 422
    client.post(page, {"part": "review", "reason": ReportReason.LEVERAGE, "note": WORDS})
    report = ReviewReport.objects.get()
    desk = client_of(operator)
    assert "Asked for, bought, or used to press somebody" in desk.get(DESK).content.decode()
    place = reverse("reviews_desk:report", args=[report.pk])
    shown = desk.get(place).content.decode()
    assert WORDS in shown
    assert "Pay me back" in shown
    assert desk.post(place, {"answer": "yes", "reasons": ""}).status_code == 422
    desk.post(place, {"answer": "yes", "reasons": "It asks for money."})
    review.refresh_from_db()
    assert (review.status, review.decision) == (ReviewState.HIDDEN, "It asks for money.")
    assert "Nothing is reported." in desk.get(DESK).content.decode()
    assert "Decide report" not in desk.get(place).content.decode()


def test_hidden_review__is_listed_with_its_words_and_shown_again_with_public_reasons(
    ada: User, buyer: User, operator: User, review: Review, mailoutbox: list[EmailMessage]
) -> None:
    report = services.report_create(actor=ada.actor, review_id=review.pk, reason=ReportReason.LEVERAGE)
    desk, place = client_of(operator), reverse("reviews_desk:report", args=[report.pk])
    assert "Show it again" not in desk.get(place).content.decode()
    services.report_decide(actor=operator.actor, report_id=report.pk, hide=True, reasons="It asks for money.")
    assert place in desk.get(DESK).content.decode()
    assert "Pay me back" in desk.get(place).content.decode()
    restore = reverse("reviews_desk:restore", args=[report.pk])
    assert desk.post(restore, {"reasons": ""}).status_code == 422
    run_tasks()
    mailoutbox.clear()
    assert desk.post(restore, {"reasons": "It does not: read it again."}).status_code == 302
    review.refresh_from_db()
    assert (review.status, review.decision) == (ReviewState.VISIBLE, "It does not: read it again.")
    assert place not in desk.get(DESK).content.decode()
    assert "Show it again" not in desk.get(place).content.decode()
    run_tasks()
    assert sorted(to for message in mailoutbox for to in message.to) == sorted([ada.email, buyer.email])
    assert "It is shown already." in desk.post(restore, {"reasons": "Twice."}, follow=True).content.decode()


def test_hidden_answer__is_shown_again_without_touching_the_review(ada: User, operator: User, review: Review) -> None:
    services.answer_write(actor=ada.actor, review_id=review.pk, text="Ask my other clients what they were sold.")
    report = services.report_create(
        actor=review.author.actor, review_id=review.pk, reason=ReportReason.UNTRUE, part="answer"
    )
    services.report_decide(actor=operator.actor, report_id=report.pk, hide=True, reasons="It names others.")
    desk = client_of(operator)
    assert "Ask my other clients" in desk.get(reverse("reviews_desk:report", args=[report.pk])).content.decode()
    desk.post(reverse("reviews_desk:restore", args=[report.pk]), {"reasons": "It names nobody."})
    review.refresh_from_db()
    assert (review.status, review.answer.status) == (ReviewState.VISIBLE, ReviewState.VISIBLE)


@pytest.mark.parametrize(("answer", "state"), [("yes", DemotionState.OVERTURNED), ("no", DemotionState.UPHELD)])
def test_appeal__is_read_and_answered(answer: str, state: str, ada: User, operator: User) -> None:
    now = timezone.now()
    FreelancerLevel.objects.create(freelancer=ada, level="trusted", since=now)
    demotion = Demotion(
        freelancer=ada, from_level="trusted", to_level="established", status=DemotionState.APPEALED,
        effective_at=now + timedelta(days=9), appealed_at=now, numbers=numbers_of(ada.pk, level_rules()).as_dict(),
    )  # fmt: skip
    demotion.appeal = seal(ada.pk, "Two orders were late because of a flood.", appeal_context(demotion))
    demotion.save()
    desk, place = client_of(operator), reverse("reviews_desk:appeal", args=[demotion.pk])
    assert "because of a flood" in desk.get(DESK).content.decode()
    form = {f"{demotion.pk.hex}-answer": answer, f"{demotion.pk.hex}-reasons": "The numbers say so."}
    assert desk.post(place, {f"{demotion.pk.hex}-answer": answer}).status_code == 422
    desk.post(place, form)
    demotion.refresh_from_db()
    assert demotion.status == state
    assert "Nobody appealed." in desk.get(DESK).content.decode()


def test_installation__is_compared_and_known(ada: User, operator: User) -> None:
    brought_along(ada)
    Installation.objects.update(status=InstallationState.WAITING)
    row = Installation.objects.get()
    desk = client_of(operator)
    assert row.fingerprint in desk.get(DESK).content.decode()
    form: dict[str, Any] = {f"{row.pk.hex}-answer": "yes", f"{row.pk.hex}-reasons": "Their page shows this key."}
    desk.post(reverse("reviews_desk:installation", args=[row.pk]), form)
    row.refresh_from_db()
    assert (row.status, row.reasons) == (InstallationState.KNOWN, "Their page shows this key.")


def test_desk__asks_few_questions_of_the_database(
    ada: User, operator: User, review: Review, django_assert_max_num_queries: Any
) -> None:
    services.report_create(actor=ada.actor, review_id=review.pk, reason=ReportReason.UNTRUE)
    brought_along(ada)
    client = client_of(operator)
    client.get(DESK)
    with django_assert_max_num_queries(12):
        client.get(DESK)
