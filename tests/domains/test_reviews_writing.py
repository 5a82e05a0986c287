"""Double-blind reviews: written, sealed, visible together, answered once, reported, hidden."""

from __future__ import annotations

import uuid

import pytest
from django.core import mail
from django.db import connection

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.states import EndedBy, OrderState
from oeuvre.domains.reviews import errors, facts, selectors, services
from oeuvre.domains.reviews.models import Review, ReviewWindow
from oeuvre.domains.reviews.states import Part, ReportReason, ReportState, ReviewState, Side, WindowState
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.states import IllegalTransitionError
from tests.support.clock import Clock
from tests.support.ended_orders import TEXT, ended, reviewed, scores, window, written
from tests.support.orders import completed
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db
NOBODY = Actor.anonymous()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def order(buyer: User, freelancer: User, clock: Clock) -> Order:
    return window(ended(buyer, freelancer))


def codes(subject: object) -> list[str]:
    rows = AuditRecord.objects.filter(object_id=str(subject.pk)).order_by("at")  # type: ignore[attr-defined]
    return list(rows.values_list("code", flat=True))


class TestWindow:
    def test_order_ended__opens_the_window_of_a_completed_order(
        self, buyer: User, freelancer: User, clock: Clock, blob_folder: object
    ) -> None:
        order = completed(buyer, freelancer)
        found = ReviewWindow.objects.get(order=order)
        assert (found.buyer_id, found.freelancer_id, found.gig_id) == (buyer.pk, freelancer.pk, order.gig_id)
        assert (found.closes_at - clock.now).days == 14
        assert codes(found) == ["review_window.opened"]

    @pytest.mark.parametrize(
        ("ended_by", "worked", "opens"),
        [
            (EndedBy.BUYER, True, True),
            (EndedBy.LATE, True, True),
            (EndedBy.DISPUTE, True, True),
            (EndedBy.EARLY, False, False),
            (EndedBy.UNPAID, False, False),
        ],
    )
    def test_window_open__only_after_work(
        self, buyer: User, freelancer: User, ended_by: EndedBy, worked: bool, opens: bool
    ) -> None:
        order = ended(buyer, freelancer, ended_by=ended_by, worked=worked)
        assert (services.window_open(order) is not None) == opens

    def test_window_open__gives_the_days_again_after_a_dispute_and_leaves_a_closed_one_alone(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order.ended_at = clock.move(days=5)
        assert services.window_open(order)
        assert (ReviewWindow.objects.get(order=order).closes_at - clock.now).days == 14
        written(order, buyer)
        written(order, freelancer)
        closed = ReviewWindow.objects.get(order=order)
        order.ended_at = clock.move(days=5)
        services.window_open(order)
        assert ReviewWindow.objects.get(order=order).closes_at == closed.closes_at


class TestWrite:
    def test_review_write__is_sealed_until_both_are_in(self, order: Order, buyer: User, freelancer: User) -> None:
        review = written(order, buyer, 5, 4, 3)
        assert review.status == ReviewState.WRITTEN
        with connection.cursor() as cursor:
            cursor.execute("SELECT as_asked, communication, on_time, stars, text FROM reviews_review")
            assert cursor.fetchall() == [(None, None, None, None, "")]
        assert TEXT.encode() not in bytes(review.sealed)
        assert facts.summary(facts.visible(freelancer_id=freelancer.pk)).count == 0
        assert selectors.reviews_of_freelancer(actor=NOBODY, freelancer_id=freelancer.pk).total == 0
        assert codes(review) == ["review.written"]

    def test_review_write__the_other_side_learns_nothing_of_it(
        self, order: Order, buyer: User, freelancer: User
    ) -> None:
        before = selectors.order_reviews(actor=freelancer.actor, order_id=order.pk)
        written(order, buyer)
        assert selectors.order_reviews(actor=freelancer.actor, order_id=order.pk) == before
        assert mail.outbox == []

    def test_review_write__shows_both_at_once_when_both_are_in(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        first = written(order, buyer, 5, 4, 5)
        second = written(order, freelancer, 4, 4, 4)
        first.refresh_from_db()
        assert {first.status, second.status} == {ReviewState.VISIBLE}
        assert (first.as_asked, first.communication, first.on_time, first.stars, first.text) == (5, 4, 5, 5, TEXT)
        assert bytes(first.sealed) == b""
        assert first.visible_at == second.visible_at == clock.now
        assert ReviewWindow.objects.get(order=order).status == WindowState.CLOSED
        run_tasks()
        assert sorted(message.to[0] for message in mail.outbox) == [buyer.email, freelancer.email]
        assert not any(TEXT in message.body for message in mail.outbox)

    def test_review_write__can_be_changed_until_it_is_visible_and_not_after(
        self, order: Order, buyer: User, freelancer: User
    ) -> None:
        first = written(order, buyer, 1, 1, 1)
        again = written(order, buyer, 5, 5, 4, text="On second thoughts it was very good work.")
        assert first.pk == again.pk
        own = selectors.order_reviews(actor=buyer.actor, order_id=order.pk)
        assert own is not None
        assert own.draft is not None
        assert (own.draft.scores.on_time, own.draft.text) == (4, "On second thoughts it was very good work.")
        written(order, freelancer)
        again.refresh_from_db()
        assert again.stars == 5
        with pytest.raises(errors.ReviewClosedError):
            written(order, buyer, 1, 1, 1)

    def test_windows_close__shows_the_only_one_after_14_days(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        review = written(order, buyer)
        clock.move(days=13, hours=23)
        assert services.windows_close() == 0
        clock.move(hours=2)
        with pytest.raises(errors.ReviewClosedError):  # before the schedule came by, too
            written(order, freelancer)
        assert services.windows_close() == 1
        assert services.windows_close() == 0
        review.refresh_from_db()
        assert review.status == ReviewState.VISIBLE
        assert facts.summary(facts.visible(freelancer_id=freelancer.pk)).count == 1

    def test_review_write__waits_while_a_dispute_is_open(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        written(order, buyer)
        Order.objects.filter(pk=order.pk).update(status=OrderState.DISPUTED)
        clock.move(days=20)
        with pytest.raises(errors.ReviewPausedError):
            written(order, freelancer)
        assert services.windows_close() == 0
        found = selectors.order_reviews(actor=buyer.actor, order_id=order.pk)
        assert found is not None
        assert (found.is_paused, found.may_write) == (True, False)

    def test_review_write__is_for_the_two_of_the_order(
        self, order: Order, other_freelancer: User, operator: User
    ) -> None:
        for stranger in (other_freelancer, operator):
            with pytest.raises(errors.ReviewWindowNotFoundError):
                written(order, stranger)
        with pytest.raises(errors.ReviewWindowNotFoundError):
            services.review_write(actor=NOBODY, order_id=order.pk, scores=scores(), text=TEXT)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"text": "Too short"}, "text"),
            ({"text": "long " * 401}, "text"),
            ({"scores": {"as_asked": 5}}, "communication"),
        ],
    )
    def test_review_write__says_what_is_wrong(
        self, order: Order, buyer: User, change: dict[str, object], field: str
    ) -> None:
        values: dict[str, object] = {"scores": scores(), "text": TEXT} | change
        with pytest.raises(errors.ReviewInvalidError) as caught:
            services.review_write(actor=buyer.actor, order_id=order.pk, **values)  # type: ignore[arg-type]
        assert caught.value.context["field"] == field
        assert not Review.objects.exists()

    def test_windows_waiting__lists_what_one_can_still_review(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        assert [row.order_id for row in selectors.windows_waiting(actor=buyer.actor)] == [order.pk]
        written(order, buyer)
        assert not selectors.windows_waiting(actor=buyer.actor)
        assert selectors.windows_waiting(actor=freelancer.actor)
        clock.move(days=15)
        assert not selectors.windows_waiting(actor=freelancer.actor)


class TestShown:
    def test_summary__averages_each_aspect_with_its_count(self, buyer: User, freelancer: User) -> None:
        gig = uuid.uuid4()
        reviewed(buyer, freelancer, 5, 4, 3, gig_id=gig)
        reviewed(buyer, freelancer, 2, 2, 2)
        everything = facts.summary(facts.visible(freelancer_id=freelancer.pk))
        assert everything.distribution == (0, 1, 0, 1, 0)
        assert [(mean.sum, mean.count) for mean in everything.aspects.values()] == [(7, 2), (6, 2), (5, 2)]
        assert facts.summary(facts.visible(gig_id=gig)).distribution == (0, 0, 0, 1, 0)
        assert selectors.buyer_summary(buyer_id=buyer.pk).distribution == (0, 0, 0, 0, 2)

    def test_reviews_of_gig__pages_in_two_queries(
        self, buyer: User, freelancer: User, clock: Clock, django_assert_num_queries: object
    ) -> None:
        gig = uuid.uuid4()
        for number in range(12):
            clock.move(minutes=1)
            reviewed(buyer, freelancer, 5, 5, 1 + number % 5, gig_id=gig, text=f"{TEXT} {number}")
        with django_assert_num_queries(2):  # type: ignore[operator]
            page = selectors.reviews_of_gig(actor=buyer.actor, gig_id=gig)
        assert (page.total, page.pages, len(page.items)) == (12, 2, 10)
        assert page.items[0].text == f"{TEXT} 11"
        assert page.items[0].author == "Cleo Marsh"
        assert {one.stars for one in selectors.reviews_of_gig(actor=NOBODY, gig_id=gig, stars=4).items} == {4}

    def test_json_ld__names_the_stars_and_the_words(self, buyer: User, freelancer: User) -> None:
        reviewed(buyer, freelancer, 5, 5, 4)
        shown = selectors.reviews_of_freelancer(actor=NOBODY, freelancer_id=freelancer.pk).items[0].json_ld()
        assert shown is not None
        assert (shown["reviewRating"]["ratingValue"], shown["reviewBody"]) == (5, TEXT)


class TestAnswer:
    def test_answer_write__once_by_the_one_it_is_about(self, buyer: User, freelancer: User) -> None:
        review = reviewed(buyer, freelancer)
        assert selectors.reviews_of_freelancer(actor=freelancer.actor, freelancer_id=freelancer.pk).items[0].may_answer
        services.answer_write(actor=freelancer.actor, review_id=review.pk, text="Thank you, come again.")
        shown = selectors.reviews_of_freelancer(actor=NOBODY, freelancer_id=freelancer.pk).items[0]
        assert shown.answer is not None
        assert (shown.answer.author, shown.answer.text) == ("Ada Fell", "Thank you, come again.")
        with pytest.raises(errors.AlreadyAnsweredError):
            services.answer_write(actor=freelancer.actor, review_id=review.pk, text="And another thing.")
        with pytest.raises(errors.NotYourReviewError):
            services.answer_write(actor=buyer.actor, review_id=review.pk, text="No, thank you.")

    def test_answer_write__not_before_it_is_visible(self, order: Order, buyer: User, freelancer: User) -> None:
        review = written(order, buyer)
        with pytest.raises(errors.ReviewNotFoundError):
            services.answer_write(actor=freelancer.actor, review_id=review.pk, text="I know what you wrote.")


class TestModeration:
    def test_report_decide__hides_with_public_reasons_and_counts_it_no_more(
        self, buyer: User, freelancer: User, operator: User
    ) -> None:
        review = reviewed(buyer, freelancer, 1, 1, 1)
        report = services.report_create(
            actor=freelancer.actor, review_id=review.pk, reason=ReportReason.LEVERAGE, note="He asked for money back."
        )
        queue = list(selectors.reports_open(actor=operator.actor))
        assert queue == [report]
        read = selectors.report_get(actor=operator.actor, report_id=report.pk)
        assert (read.note, read.review.text) == ("He asked for money back.", TEXT)
        mail.outbox.clear()
        services.report_decide(
            actor=operator.actor, report_id=report.pk, hide=True, reasons="It was used to get money back."
        )
        shown = selectors.reviews_of_freelancer(actor=NOBODY, freelancer_id=freelancer.pk).items[0]
        assert (shown.is_hidden, shown.text, shown.stars, shown.scores) == (True, None, None, None)
        assert shown.decision == "It was used to get money back."
        assert facts.summary(facts.visible(freelancer_id=freelancer.pk)).count == 0
        run_tasks()
        assert {message.to[0] for message in mail.outbox} == {freelancer.email, buyer.email}
        assert "review.hidden" in codes(review)

    def test_report_decide__keeps_with_public_reasons_and_answers_everybody_who_reported_it(
        self, buyer: User, freelancer: User, other_freelancer: User, operator: User
    ) -> None:
        review = reviewed(buyer, freelancer, 2, 2, 2)
        first, second = (
            services.report_create(actor=user.actor, review_id=review.pk, reason=ReportReason.UNTRUE)
            for user in (freelancer, other_freelancer)
        )
        services.report_decide(
            actor=operator.actor, report_id=first.pk, hide=False, reasons="An opinion, not a statement of fact."
        )
        second.refresh_from_db()
        assert second.status == ReportState.KEPT
        shown = selectors.reviews_of_freelancer(actor=NOBODY, freelancer_id=freelancer.pk).items[0]
        assert (shown.is_hidden, shown.stars, shown.decision) == (False, 2, "An opinion, not a statement of fact.")
        with pytest.raises(IllegalTransitionError):
            services.report_decide(actor=operator.actor, report_id=second.pk, hide=True, reasons="Or perhaps.")

    def test_review_restore__shows_again_what_was_hidden(self, buyer: User, freelancer: User, operator: User) -> None:
        review = reviewed(buyer, freelancer)
        report = services.report_create(actor=freelancer.actor, review_id=review.pk, reason=ReportReason.ABUSE)
        services.report_decide(actor=operator.actor, report_id=report.pk, hide=True, reasons="An insult.")
        services.review_restore(actor=operator.actor, review_id=review.pk, reasons="It quoted the buyer's own text.")
        assert facts.summary(facts.visible(freelancer_id=freelancer.pk)).count == 1

    def test_report_decide__an_answer_is_hidden_by_itself(self, buyer: User, freelancer: User, operator: User) -> None:
        review = reviewed(buyer, freelancer)
        services.answer_write(actor=freelancer.actor, review_id=review.pk, text="This person lives in Quay Road 4.")
        report = services.report_create(
            actor=buyer.actor, review_id=review.pk, part=Part.ANSWER, reason=ReportReason.PRIVATE
        )
        services.report_decide(actor=operator.actor, report_id=report.pk, hide=True, reasons="An address.")
        shown = selectors.reviews_of_freelancer(actor=NOBODY, freelancer_id=freelancer.pk).items[0]
        assert shown.answer is not None
        assert (shown.is_hidden, shown.answer.is_hidden, shown.answer.text) == (False, True, None)
        services.review_restore(
            actor=operator.actor, review_id=review.pk, part=Part.ANSWER, reasons="The address is a shop."
        )
        shown = selectors.reviews_of_freelancer(actor=NOBODY, freelancer_id=freelancer.pk).items[0]
        assert shown.answer is not None
        assert shown.answer.text == "This person lives in Quay Road 4."

    def test_report_create__needs_something_visible_and_a_reason(
        self, order: Order, buyer: User, freelancer: User
    ) -> None:
        review = written(order, buyer)
        with pytest.raises(errors.ReviewNotFoundError):
            services.report_create(actor=freelancer.actor, review_id=review.pk, reason=ReportReason.ABUSE)
        written(order, freelancer)
        with pytest.raises(errors.ReportInvalidError):
            services.report_create(actor=freelancer.actor, review_id=review.pk, reason="dislike")
        with pytest.raises(errors.ReviewNotFoundError):
            services.report_create(
                actor=freelancer.actor, review_id=review.pk, part=Part.ANSWER, reason=ReportReason.ABUSE
            )
        one = services.report_create(actor=freelancer.actor, review_id=review.pk, reason=ReportReason.ABUSE)
        assert services.report_create(actor=freelancer.actor, review_id=review.pk, reason=ReportReason.UNTRUE) == one

    def test_report_create__has_a_limit_a_person(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from oeuvre.domains.reviews.limits import Limits
        from oeuvre.domains.reviews.services import moderation

        monkeypatch.setattr(moderation, "LIMITS", Limits(reports=1))
        first, second = (reviewed(buyer, freelancer, text=f"{TEXT} {number}") for number in range(2))
        services.report_create(actor=freelancer.actor, review_id=first.pk, reason=ReportReason.ABUSE)
        with pytest.raises(errors.TooManyReportsError):
            services.report_create(actor=freelancer.actor, review_id=second.pk, reason=ReportReason.ABUSE)

    def test_report_decide__is_for_operators_who_are_no_part_of_it(
        self, buyer: User, freelancer: User, operator: User
    ) -> None:
        User.objects.filter(pk=freelancer.pk).update(is_staff=True)
        freelancer.refresh_from_db()
        review = reviewed(buyer, freelancer)
        report = services.report_create(actor=buyer.actor, review_id=review.pk, reason=ReportReason.ABUSE)
        with pytest.raises(errors.OwnReportError):
            services.report_decide(actor=freelancer.actor, report_id=report.pk, hide=True, reasons="I dislike it.")
        with pytest.raises(PermissionDeniedError):
            services.report_decide(actor=buyer.actor, report_id=report.pk, hide=True, reasons="I dislike it.")
        with pytest.raises(errors.ReportNotFoundError):
            services.report_decide(actor=operator.actor, report_id=uuid.uuid4(), hide=True, reasons="Nothing.")
        with pytest.raises(PermissionDeniedError):
            selectors.reports_open(actor=buyer.actor)


class TestLeaving:
    def test_erase__takes_the_words_and_leaves_the_scores_of_others(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        review = reviewed(buyer, freelancer, 3, 3, 3)
        waiting = written(window(ended(buyer, freelancer)), buyer)
        effects = accounts.deletion_effects(actor=buyer.actor)
        assert any("words of the reviews" in sentence for sentence in effects)
        accounts.account_delete(actor=buyer.actor, password="a long password")
        assert not Review.objects.filter(pk=waiting.pk).exists()
        shown = selectors.reviews_of_freelancer(actor=NOBODY, freelancer_id=freelancer.pk).items[0]
        assert (shown.id, shown.stars, shown.text, shown.author) == (review.pk, 3, None, "Deleted account")
        clock.move(days=15)
        services.windows_close()  # the window of the review that is gone closes without it
        assert facts.summary(facts.visible(freelancer_id=freelancer.pk)).count == 1

    def test_windows_close__drops_a_review_whose_key_is_gone(
        self, order: Order, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        written(order, buyer)
        accounts.vault_destroy(actor=Actor.system(), owner_type="account", owner_id=buyer.pk)
        clock.move(days=15)
        assert services.windows_close() == 1
        assert not Review.objects.exists()

    def test_export__holds_what_one_wrote_and_what_was_written_of_one(
        self, order: Order, buyer: User, freelancer: User
    ) -> None:
        written(order, buyer, 5, 5, 4, text="A sealed opinion about the notice.")
        reviewed(buyer, freelancer, 4, 4, 4)
        files = dict(services.export(buyer.actor))
        assert b"A sealed opinion about the notice." in files["written.json"]
        assert TEXT.encode() in files["about-me.json"]
        assert b"A sealed opinion" not in dict(services.export(freelancer.actor))["about-me.json"]


def test_review_named_set__is_taken_back_by_its_author_alone(buyer: User, freelancer: User) -> None:
    review = reviewed(buyer, freelancer)
    assert services.review_named_set(actor=buyer.actor, review_id=review.pk, named=True).named
    with pytest.raises(errors.ReviewNotFoundError):
        services.review_named_set(actor=freelancer.actor, review_id=review.pk, named=True)
    assert not services.review_named_set(actor=buyer.actor, review_id=review.pk, named=False).named
    assert codes(review)[-2:] == ["review.named", "review.unnamed"]


def test_order_reviews__puts_the_one_about_the_reader_first(order: Order, buyer: User, freelancer: User) -> None:
    written(order, buyer)
    written(order, freelancer)
    for user, side in ((buyer, Side.FREELANCER), (freelancer, Side.BUYER)):
        found = selectors.order_reviews(actor=user.actor, order_id=order.pk)
        assert found is not None
        assert [one.side for one in found.visible] == [side, side.other]
        assert found.draft is None
    assert selectors.order_reviews(actor=NOBODY, order_id=order.pk) is None
