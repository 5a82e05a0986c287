"""Insights from what is stored: whose it is, what counts, in how many queries; and the weekly mail."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.utils import timezone

from oeuvre.domains.accounts.services import account_delete, account_export_request, deletion_effects
from oeuvre.domains.accounts.services import account_export_content as export_content
from oeuvre.domains.assistant.errors import ExchangeNotFoundError
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.errors import FeatureNotSubscribedError
from oeuvre.domains.billing.models import Subscription
from oeuvre.domains.billing.states import Feature
from oeuvre.domains.briefs.models import Offer
from oeuvre.domains.briefs.selectors import offers_sent
from oeuvre.domains.catalog.models import GigPackage
from oeuvre.domains.catalog.selectors import comparables
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.models import Conversation
from oeuvre.domains.conversations.selectors import enquiries_of
from oeuvre.domains.creation import services as creation
from oeuvre.domains.creation.earnings import sold_since
from oeuvre.domains.creation.models import CreationModel, Licence
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.demand.selectors import months_of
from oeuvre.domains.demand.states import DemandKind
from oeuvre.domains.insights import selectors, services
from oeuvre.domains.insights.errors import InsightsUnsubscribeInvalidError
from oeuvre.domains.insights.models import SettledQuestion, WeeklyMail
from oeuvre.domains.insights.selectors import enquiry_insights, is_mail_wanted, market_insights
from oeuvre.domains.insights.states import Reason, Stage
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.selectors import orders_paid
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.clock import Clock
from tests.support.ended_orders import ended
from tests.support.enquiries import ASKED, asker, enquiry, exchange, freelancer_with_insights, reply
from tests.support.factories import CARD, freelancer_with_profile, ready_generation
from tests.support.gigs import LEAF, live_gig
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]
HOUR = timedelta(hours=1)


@pytest.fixture
def ada(db: None) -> User:
    return freelancer_with_insights()


def since(days: int = 90) -> datetime:
    return timezone.now() - timedelta(days=days)


class TestFacts:
    """What lower layers tell in ids, times and sums."""

    def test_enquiries__say_who_asked_who_answered_and_who_spoke_last(self, ada: User, buyer: User) -> None:
        talk = enquiry(ada, buyer, answered=2 * HOUR)
        (found,) = enquiries_of(freelancer_id=ada.pk, since=since())
        assert (found.conversation_id, found.buyer_id, found.last_by_buyer) == (talk.pk, buyer.pk, False)
        assert found.answered_at == found.answered_last_at == found.last_at == found.asked_at + 2 * HOUR
        assert found.assisted_at is None
        reply(ada, talk, found.asked_at + HOUR, by_assistant=True)
        reply(buyer, talk, found.asked_at + 3 * HOUR)
        (found,) = enquiries_of(freelancer_id=ada.pk, since=since())
        assert (found.assisted_at, found.answered_at) == (found.asked_at + HOUR, found.asked_at + 2 * HOUR)
        assert (found.last_by_buyer, found.last_at) == (True, found.asked_at + 3 * HOUR)

    def test_enquiries__are_begun_by_buyers_and_about_no_order(
        self, ada: User, buyer: User, other_freelancer: User, django_assert_num_queries: Any
    ) -> None:
        enquiry(other_freelancer, buyer)
        written_first = enquiry(ada, asker("addressed"), at=timezone.now() - timedelta(days=9))
        reply(ada, written_first, timezone.now() - timedelta(days=10))
        about_order = enquiry(ada, asker("ordered"))
        Conversation.objects.filter(pk=about_order.pk).update(subject_type="order", subject_id=about_order.pk)
        blocked = enquiry(ada, asker("blocked"))
        conversations.person_block(actor=ada.actor, conversation_id=blocked.pk)
        enquiry(ada, asker("old"), at=timezone.now() - timedelta(days=91))
        with django_assert_num_queries(1):
            assert enquiries_of(freelancer_id=ada.pk, since=since()) == []

    def test_orders_and_offers__are_the_freelancers_own_of_the_time(self, ada: User, buyer: User) -> None:
        paid = ended(buyer, ada)
        Order.objects.filter(pk=ended(buyer, ada).pk).update(paid_at=None)
        Order.objects.filter(pk=ended(buyer, ada).pk).update(created_at=since(91))
        ended(buyer, freelancer_with_profile())
        assert [one.id for one in orders_paid(freelancer_id=ada.pk, since=since())] == [paid.pk]
        talk = enquiry(ada, buyer)
        Offer.objects.create(
            conversation_id=talk.pk, buyer=buyer, freelancer=ada, status="sent", amount=100, currency="USD", days=3,
            sent_at=timezone.now(), valid_until=timezone.now(),
        )  # fmt: skip
        Offer.objects.create(conversation_id=paid.pk, buyer=buyer, freelancer=ada, amount=100, currency="USD", days=3)
        assert [one.conversation_id for one in offers_sent(freelancer_id=ada.pk, since=since())] == [talk.pk]

    def test_comparables__are_of_others_and_of_five_freelancers_at_least(self, ada: User) -> None:
        triple = (LEAF, "basic", "USD")
        live_gig(ada)
        for number in range(4):
            other = freelancer_with_profile(f"o{number}@example.org", f"o{number}")
            gig = live_gig(other)
            GigPackage.objects.filter(version=gig.published, key="basic").update(amount=1_000 * (number + 1))
        live_gig(other)
        found = comparables(owner_id=ada.pk, asked=[triple])[triple]
        assert (found.freelancers, found.gigs, found.prices, found.days) == (4, 5, None, None)
        live_gig(freelancer_with_profile("o5@example.org", "o5"))
        found = comparables(owner_id=ada.pk, asked=[triple, (LEAF, "basic", "EUR")])[triple]
        assert found.prices == (Money(2_250), Money(3_500), Money(4_000))
        assert found.days == (2.0, 2.0, 2.0)
        assert comparables(owner_id=ada.pk, asked=[(LEAF, "basic", "EUR")])[LEAF, "basic", "EUR"].freelancers == 0

    def test_months__count_kinds_apart(self, db: None) -> None:
        for day, kind in ((date(2026, 10, 1), "brief"), (date(2026, 10, 31), "brief"), (date(2026, 11, 1), "search")):
            DemandEvent.objects.create(kind=kind, day=day, category=LEAF)
        asked = months_of(categories=[LEAF], kinds=[DemandKind.BRIEF], since=date(2026, 10, 1))
        assert [(one.month, one.count) for one in asked] == [(date(2026, 10, 1), 2)]

    def test_sold__is_summed_by_model_and_by_work_of_the_time(self, model: CreationModel, buyer: User) -> None:
        piece = ready_generation(model, buyer)
        sale = creation.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
        run_tasks()
        found = sold_since(actor=model.owner.actor, currency="USD", since=since())
        sale.refresh_from_db()
        assert [(one.name, one.sales, one.amount.amount) for one in found.by_model] == [
            (model.name, 1, sale.freelancer_share)
        ]
        assert sum(one.amount.amount for one in found.by_work) == sale.freelancer_share
        Licence.objects.filter(pk=sale.pk).update(paid_at=since(91))
        assert sold_since(actor=model.owner.actor, currency="USD", since=since()).by_model == ()

    def test_people_with__a_feature_are_those_whose_plan_opens_it_now(self, ada: User, vetted: User) -> None:
        assert billing.people_with(feature=Feature.ASSISTANT) == [ada.pk]
        over = timezone.now() - timedelta(seconds=1)
        Subscription.objects.filter(user=ada).update(cancel_at_period_end=True, current_period_end=over)
        assert billing.people_with(feature=Feature.ASSISTANT) == []


class TestEnquiries:
    def test_insights__need_the_plan(self, freelancer: User) -> None:
        for asked in (enquiry_insights, market_insights, selectors.earning_insights):
            with pytest.raises(FeatureNotSubscribedError):
                asked(actor=freelancer.actor)

    def test_insights__join_the_assistants_exchanges(self, ada: User) -> None:
        for number in range(5):
            talk = enquiry(ada, asker(f"prices-{number}"))
            exchange(talk, "price", "greeting")
        found = enquiry_insights(actor=ada.actor)
        assert [(row.key, row.enquiries, row.lost) for row in found.aspects.rows] == [("price", 5, 5)]
        assert found.lost.reasons == ((Reason.PRICE, 5),)
        assert (found.assistant.median, found.person.evidence.cases) == (2.0, 0)
        assert dict(found.funnel.stages)[Stage.ANSWERED] == 5

    def test_insights__give_the_words_of_unanswered_questions_to_the_freelancer(self, ada: User, buyer: User) -> None:
        open_ = exchange(enquiry(ada, buyer), "rights", status="handed_off", reason="unsupported")
        never = exchange(enquiry(ada, asker("never")), "private", status="handed_off", reason="never")
        found = enquiry_insights(actor=ada.actor)
        assert found.questions == {open_.pk: ASKED}
        assert [one.id for one in found.unanswered.questions] == [open_.pk]
        assert never.pk not in found.questions
        assert enquiry_insights(actor=ada.actor, with_words=False).questions == {}

    def test_insights__count_an_order_with_the_enquiry_before_it(self, ada: User) -> None:
        for number in range(5):
            person = asker(f"buys-{number}")
            enquiry(ada, person, answered=HOUR)
            ended(person, ada)
        ended(asker("direct"), ada)
        found = enquiry_insights(actor=ada.actor)
        assert (found.enquiries, found.orders, found.funnel.alone) == (5, 6, 1)
        assert dict(found.funnel.stages)[Stage.COMPLETED] == 5
        assert found.lost.evidence.cases == 0

    def test_insights__of_somebody_else_change_nothing(self, ada: User, buyer: User) -> None:
        other = freelancer_with_insights("bo@example.org", "bo", "Bo Lind")
        talk = enquiry(other, buyer, answered=HOUR)
        exchange(talk, "rights", status="handed_off", reason="unsupported")
        ended(buyer, other)
        found = enquiry_insights(actor=ada.actor)
        assert (found.enquiries, found.orders, found.funnel.alone, dict(found.questions)) == (0, 0, 0, {})

    def test_settled__questions_are_not_shown_or_counted_any_more(self, ada: User, buyer: User) -> None:
        open_ = exchange(enquiry(ada, buyer), "rights", status="handed_off", reason="unsupported")
        other = freelancer_with_insights("bo@example.org", "bo", "Bo Lind")
        with pytest.raises(ExchangeNotFoundError):
            services.question_settle(actor=other.actor, exchange_id=open_.pk)
        for _repeated in range(2):
            services.question_settle(actor=ada.actor, exchange_id=open_.pk)
        assert AuditRecord.objects.filter(code="unanswered_question.settled", actor_id=ada.pk).count() == 1
        found = enquiry_insights(actor=ada.actor)
        assert (found.unanswered.evidence.cases, found.questions) == (0, {})
        assert found.enquiries == 1, "the enquiry is still one"

    @pytest.mark.parametrize("number", [1, 12])
    def test_insights__take_the_same_queries_for_any_number(
        self, ada: User, number: int, django_assert_max_num_queries: Any
    ) -> None:
        for place in range(number):
            talk = enquiry(ada, asker(f"many-{place}"))
            exchange(talk, "rights", status="handed_off", reason="unsupported")
        with django_assert_max_num_queries(9):
            assert len(enquiry_insights(actor=ada.actor).questions) == number


class TestWeeklyMail:
    @pytest.fixture(autouse=True)
    def at_once(self, settings: Any) -> None:
        settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"

    @pytest.fixture
    def monday(self, monkeypatch: pytest.MonkeyPatch) -> Clock:
        return Clock(monkeypatch, datetime(2027, 2, 1, 5, 30, tzinfo=UTC))

    @pytest.fixture
    def ada(self, monday: Clock) -> User:
        """The clock stands before the plan begins."""
        monday.move(days=-7)
        user = freelancer_with_insights()
        monday.move(days=7)
        return user

    def sent(self) -> list[Any]:
        before = len(mail.outbox)
        services.weekly_mails_start()
        run_tasks()
        return [one for one in mail.outbox[before:] if "Your week" in one.subject]

    def lost(self, ada: User, monday: Clock, count: int) -> None:
        for number in range(count):
            enquiry(ada, asker(f"lost-{number}"), at=monday.now - timedelta(days=30))

    def test_mail__says_last_week_in_numbers_and_what_it_suggests(self, ada: User, monday: Clock) -> None:
        self.lost(ada, monday, 5)
        enquiry(ada, asker("new"), at=monday.now - timedelta(days=2))
        enquiry(ada, asker("today"), at=monday.now - HOUR)
        (message,) = self.sent()
        assert message.to == [ada.email]
        assert "1 new enquiry\n0 orders\n" in message.body
        assert "5 of 5 lost enquiries never got an answer." in message.body
        assert "Suggested: Use the assistant." in message.body
        assert "/studio/insights/#lost" in message.body
        assert ASKED not in message.body
        ((html, kind),) = message.alternatives
        assert kind == "text/html"
        assert "5 of 5 lost enquiries never got an answer." in html
        assert ASKED not in html

    def test_mail__claims_nothing_from_four(self, ada: User, monday: Clock) -> None:
        self.lost(ada, monday, 3)
        assert self.sent() == []
        monday.move(days=7)
        enquiry(ada, asker("new"), at=monday.now - timedelta(days=2))
        (message,) = self.sent()
        assert "lost" not in message.body
        assert "suggest" not in message.body

    def test_mail__comes_once_a_week_however_often_a_task_runs(self, ada: User, monday: Clock) -> None:
        self.lost(ada, monday, 5)
        assert len(self.sent()) == 1
        assert self.sent() == []
        monday.move(days=6)
        assert self.sent() == []
        monday.move(days=1)
        assert len(self.sent()) == 1

    def test_mail__goes_to_nobody_without_the_plan_nor_who_left(
        self, ada: User, freelancer: User, monday: Clock
    ) -> None:
        self.lost(ada, monday, 5)
        assert services.weekly_mails_start() == 1
        assert not services.weekly_mail_send(person_id=freelancer.pk, monday=monday.now.date())
        account_delete(actor=ada.actor, password="a long password")
        assert not services.weekly_mail_send(person_id=ada.pk, monday=monday.now.date())

    def test_mail__ends_by_its_link_without_a_login(self, ada: User, monday: Clock) -> None:
        self.lost(ada, monday, 5)
        (message,) = self.sent()
        link = re.search(r"/studio/insights/unsubscribe/([^/]+)/", message.body)
        assert link
        assert message.extra_headers["List-Unsubscribe"].endswith(f"{link.group(0)}>")
        assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for _repeated in range(2):
            assert not services.weekly_mail_unsubscribe(token=link.group(1)).is_wanted
        record = AuditRecord.objects.get(code="weekly_mail.set")
        assert (record.actor_id, record.data) == (ada.pk, {"wanted": False})
        monday.move(days=7)
        assert (self.sent(), services.weekly_mails_start()) == ([], 0)

    @pytest.mark.parametrize("token", ["", "x", "ImFiYyI:1abc:xyz"])
    def test_unsubscribe__refuses_what_it_did_not_make(self, token: str) -> None:
        with pytest.raises(InsightsUnsubscribeInvalidError):
            services.weekly_mail_unsubscribe(token=token)

    def test_weekly_mail_set__is_for_freelancers_and_turns_it_on_again(self, ada: User, buyer: User) -> None:
        with pytest.raises(PermissionDeniedError):
            services.weekly_mail_set(actor=buyer.actor, wanted=False)
        services.weekly_mail_set(actor=ada.actor, wanted=False)
        assert not is_mail_wanted(actor=ada.actor)
        services.weekly_mail_set(actor=ada.actor, wanted=True)
        assert is_mail_wanted(actor=ada.actor)


def test_account__takes_what_was_set_along_and_forgets_it(ada: User, buyer: User) -> None:
    asked = exchange(enquiry(ada, buyer), "rights", status="handed_off", reason="unsupported")
    services.question_settle(actor=ada.actor, exchange_id=asked.pk)
    services.weekly_mail_set(actor=ada.actor, wanted=False)
    services.weekly_mail_set(actor=ada.actor, wanted=True)
    export = account_export_request(actor=ada.actor)
    run_tasks(until=timezone.now())
    with zipfile.ZipFile(io.BytesIO(export_content(actor=ada.actor, export_id=export.pk))) as archive:
        assert json.loads(archive.read("insights/weekly-mail.json")) == {"wanted": True, "mailed_for": None}
    assert "The weekly mail about your business ends." in deletion_effects(actor=ada.actor)
    account_delete(actor=ada.actor, password="a long password")
    assert not WeeklyMail.objects.filter(person=ada).exists()
    assert not SettledQuestion.objects.filter(person=ada).exists()
