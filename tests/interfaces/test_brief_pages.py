"""Briefs and offers as pages: published or sent, answered, compared, accepted, and everything that is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.briefs import selectors, services
from oeuvre.domains.briefs.guiding import guide_forget
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Brief, BriefFile, Invitation, Offer
from oeuvre.domains.briefs.states import AiWish, BriefState, OfferState
from oeuvre.domains.catalog.services import Criterion
from oeuvre.domains.conversations import selectors as talks
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.states import OrderSource, OrderState
from oeuvre.kit.money import Money
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.brief_pages import (
    MOST_QUERIES,
    answered,
    at,
    brief_form,
    offer_form,
    studio,
    told,
    words_of,
)
from tests.interfaces.order_pages import CARD_FIELDS, client_of
from tests.support.briefs import draft_brief, offer_content, open_brief, sent_offer
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import LEAF, OTHER_LEAF, live_gig, small_catalogue
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embeddings")]


@pytest.fixture
def freelancer(db: None) -> User:
    return freelancer_with_profile()


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger@example.org", "a long password", display_name="Sam Stray")


def checkout(offer: Offer) -> str:
    return f"/orders/new/offer/{offer.pk}/"


def paid(offer: Offer, total: int = 36_750, **more: Any) -> dict[str, Any]:
    return {**CARD_FIELDS, "agree": "on", "total": str(total), **more}


def test_journey__from_a_need_to_an_order(buyer: User, freelancer: User) -> None:
    small_catalogue()
    guide_forget()
    live_gig(freelancer)
    client = client_of(buyer)
    assert answered(client, told(client)) <= 5
    client.post(at("proposals"), {"category": LEAF})
    client.post(at("draft"), brief_form())
    brief = Brief.objects.get()
    client.post(at("publish", brief.pk))
    brief.refresh_from_db()
    assert brief.status == BriefState.PUBLISHED

    desk = client_of(freelancer)
    assert "Notices for forty harbour doors" in words_of(desk.get(studio("list")))
    desk.post(studio("offer_new", brief.pk), {**offer_form(), "send": "yes"})
    offer = Offer.objects.get()
    assert (offer.status, offer.price, offer.days) == (OfferState.SENT, Money(35_000), 9)

    compared = words_of(client.get(at("offers", brief.pk)))
    assert "$350.00" in compared
    assert "$367.50 with fee and tax" in compared
    page = words_of(client.get(checkout(offer), {"extra": "0"}))
    assert "In Portuguese as well" in page
    assert "$462.00" in page
    answer = client.post(checkout(offer), paid(offer, 46_200, extra="0"))
    run_tasks()
    order = Order.objects.get()
    assert answer.headers["Location"] == f"/orders/{order.pk}/"
    assert (order.source, order.status, order.offer_id) == (OrderSource.OFFER, OrderState.IN_PROGRESS, offer.pk)
    brief.refresh_from_db()
    assert brief.status == BriefState.CLOSED
    for side in (client, desk):  # the order leads both to the brief, which has the files
        assert at("brief", brief.pk) in side.get(f"/orders/{order.pk}/").content.decode()
        assert side.get(at("brief", brief.pk)).status_code == 200
    guide_forget()


class TestBuyer:
    def test_home__is_empty_with_a_way_on_and_lists_what_there_is(self, buyer: User, freelancer: User) -> None:
        client = client_of(buyer)
        assert "No briefs yet" in words_of(client.get(at("home")))
        brief = open_brief(buyer)
        draft_brief(buyer, title="For later")
        sent_offer(freelancer, brief)
        page = words_of(client.get(at("home")))
        for said in ("Offers that wait for you", "Forty door notices", "1 offer to compare", "For later", "Drafts"):
            assert said in page, said

    def test_home__shows_briefs_page_by_page_and_what_takes_offers_first(
        self, buyer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("oeuvre.interfaces.site.briefs.views.briefs.PER_PAGE", 2)
        over = open_brief(buyer, title="Long over")
        services.brief_withdraw(actor=buyer.actor, brief_id=over.pk)
        open_brief(buyer, title="Takes offers")
        draft_brief(buyer, title="For later")
        services.brief_withdraw(actor=buyer.actor, brief_id=open_brief(buyer, title="Over since today").pk)
        client = client_of(buyer)
        first, second = (words_of(client.get(at("home"), {"page": number})) for number in (1, 2))
        assert first.index("Takes offers") < first.index("For later")
        assert "Page 1 of 2" in first
        assert second.index("Over since today") < second.index("Long over")
        assert "Long over" not in first
        assert "For later" not in second

    def test_home__takes_few_queries_however_many_there_are(
        self, buyer: User, freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _number in range(4):
            sent_offer(freelancer, open_brief(buyer))
        client = client_of(buyer)
        client.get(at("home"))
        with django_assert_max_num_queries(MOST_QUERIES):
            client.get(at("home"))

    def test_orders__show_the_offers_and_briefs_that_wait(
        self, buyer: User, freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _number in range(3):
            sent_offer(freelancer, open_brief(buyer))
        draft_brief(buyer, title="For later")
        talk = conversations.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body="And masts?")
        custom = services.offer_draft(actor=freelancer.actor, content=offer_content(), conversation_id=talk.pk)
        services.offer_send(actor=freelancer.actor, offer_id=custom.pk)
        client = client_of(buyer)
        client.get("/orders/")
        with django_assert_max_num_queries(MOST_QUERIES):
            page = words_of(client.get("/orders/"))
        for said in ("Offers and briefs", "Offer of Nell Anders", "$350.00", "1 offer to compare", "For later"):
            assert said in page, said
        assert page.count("Offer of") == 1  # those on briefs are counted with the brief

    @pytest.mark.parametrize("name", ["brief", "edit", "offers"])
    def test_brief__its_pages_take_few_queries(
        self, name: str, buyer: User, freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        """The dearest kind: a leaf that says nothing of licences, a brief with attributes, invitations and offers."""
        brief = open_brief(buyer, category=OTHER_LEAF, attributes={"h_tone": "salty"})
        sent_offer(freelancer, brief)
        for number in range(2):
            asked = freelancer_with_profile(f"f{number}@example.org", f"f{number}", f"Freelancer {number}")
            services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={asked.pk: None})
        client = client_of(buyer)
        client.get(at(name, brief.pk))
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(at(name, brief.pk)).status_code == 200

    def test_send__takes_few_queries_beside_the_matching(
        self, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        brief = open_brief(buyer)
        for number in range(3):
            fits = freelancer_with_profile(f"f{number}@example.org", f"f{number}", f"Freelancer {number}")
            live_gig(fits)
            sent_offer(fits, brief)
        client = client_of(buyer)
        client.get(at("send", brief.pk))
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(at("send", brief.pk)).status_code == 200

    def test_brief__of_another_is_not_there(self, buyer: User, freelancer: User, stranger: User) -> None:
        brief = draft_brief(buyer)
        for person in (freelancer, stranger):
            client = client_of(person)
            for name in ("brief", "edit", "send", "offers"):
                assert client.get(at(name, brief.pk)).status_code == 404, name
            for name in ("publish", "withdraw", "extend", "copy"):
                client.post(at(name, brief.pk), {"days": "60"})
        brief.refresh_from_db()
        assert brief.status == BriefState.DRAFT
        assert Brief.objects.count() == 1

    def test_brief__shows_its_state_and_all_that_it_says(self, buyer: User) -> None:
        brief = open_brief(buyer, due=timezone.now().date() + timedelta(days=20))
        page = words_of(client_of(buyer).get(at("brief", brief.pk)))
        for said in (
            "Notices for forty harbour doors", "Published", "No offer yet", "$100.00", "$500.00", "AI as a tool of a person",
            "Commercial use", "Salty", "My uncle laughs once at least.", "The buyer judges it", "Software checks it",
            "Forty short texts", "English",
        ):  # fmt: skip
            assert said in page, said

    def test_edit__saves_everything_and_refuses_a_stale_copy(self, buyer: User) -> None:
        brief = draft_brief(buyer)
        client = client_of(buyer)
        form = client.get(at("edit", brief.pk)).context["form"]
        assert form["own"].value() == "My uncle laughs once at least."
        assert form["words_most"].value() == 200
        data = {**brief_form(title="Fifty doors", due="2031-05-04", own=""), "revision": "1"}
        assert client.post(at("edit", brief.pk), data).status_code == 302
        content = selectors.brief_get(actor=buyer.actor, brief_id=brief.pk).content
        assert content is not None
        assert (content.title, str(content.due), [one.kind for one in content.criteria]) == (
            "Fifty doors", "2031-05-04", ["words"],
        )  # fmt: skip
        page = client.post(at("edit", brief.pk), data)
        assert page.status_code == 422
        assert "changed in another window" in words_of(page)
        assert "Open it as it is now" in words_of(page)

    def test_edit__leaves_a_criterion_the_words_that_it_had_while_it_asks_for_the_same(self, buyer: User) -> None:
        words = Criterion("words", "No door says more than my aunt", {"most": 200})
        brief = draft_brief(buyer, criteria=(words,))
        data = {**brief_form(own=""), "revision": "1"}
        assert client_of(buyer).post(at("edit", brief.pk), data).status_code == 302
        content = selectors.brief_get(actor=buyer.actor, brief_id=brief.pk).content
        assert content is not None
        assert content.criteria == (words,)
        data |= {"revision": "2", "words_most": "150"}
        assert client_of(buyer).post(at("edit", brief.pk), data).status_code == 302
        content = selectors.brief_get(actor=buyer.actor, brief_id=brief.pk).content
        assert content is not None
        (changed,) = content.criteria
        assert (changed.label, dict(changed.spec)) == ("", {"most": 150})

    def test_brief__says_a_criterion_without_words_of_its_own_in_ours(self, buyer: User, freelancer: User) -> None:
        brief = open_brief(buyer, criteria=(Criterion("format", "", {"formats": ["pdf"]}),))
        for person in (buyer, freelancer):
            assert "in each of these formats: PDF" in words_of(client_of(person).get(at("brief", brief.pk)))

    def test_edit__names_the_field_that_is_wrong(self, buyer: User) -> None:
        brief = draft_brief(buyer)
        data = {**brief_form(**{"attributes.h_years": "99"}), "revision": "1"}
        page = client_of(buyer).post(at("edit", brief.pk), data)
        assert page.status_code == 422
        assert page.context["form"].errors["attributes.h_years"]

    def test_edit__of_a_brief_that_is_over_is_refused(self, buyer: User) -> None:
        brief = open_brief(buyer)
        services.brief_withdraw(actor=buyer.actor, brief_id=brief.pk)
        page = client_of(buyer).get(at("edit", brief.pk), follow=True)
        assert "Make a new one from it" in words_of(page)

    @pytest.mark.usefixtures("blob_folder")
    def test_files__are_added_fetched_and_taken_out_on_the_briefs_page(
        self, buyer: User, freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        brief = open_brief(buyer)
        client, reader = client_of(buyer), client_of(freelancer)
        assert "Add files" in words_of(client.get(at("brief", brief.pk)))
        upload = SimpleUploadedFile("doors.txt", b"Forty doors, all blue.")
        page = client.post(at("files_add", brief.pk), {"added": [upload]}, follow=True)
        assert "1 file added." in words_of(page)
        refused = client.post(at("files_add", brief.pk), {"added": [SimpleUploadedFile("run.exe", b"MZ")]}, follow=True)
        assert "Nothing was added." in words_of(refused)
        file = BriefFile.objects.get()
        place = at("file", brief.pk, file.pk)
        for one in (client, reader):
            one.get(at("brief", brief.pk))
            with django_assert_max_num_queries(MOST_QUERIES):
                html = one.get(at("brief", brief.pk)).content.decode()
            assert place in html
        assert at("file_remove", brief.pk, file.pk) not in html  # a reader takes nothing out
        answer = reader.get(place)
        assert answer.content == b"Forty doors, all blue."
        assert answer.headers["Content-Disposition"] == 'attachment; filename="doors.txt"'
        assert reader.post(at("file_remove", brief.pk, file.pk), follow=True).status_code == 404
        client.post(at("file_remove", brief.pk, file.pk))
        assert reader.get(place).status_code == 404

    def test_publish__says_what_is_missing(self, buyer: User) -> None:
        brief = draft_brief(buyer, goal="Doors.")
        client = client_of(buyer)
        assert "Not ready to be seen yet" in words_of(client.get(at("brief", brief.pk)))
        page = client.post(at("publish", brief.pk), follow=True)
        assert "Say in a sentence or two" in words_of(page)
        brief.refresh_from_db()
        assert brief.status == BriefState.DRAFT

    def test_send__asks_those_ticked_who_are_suggested_with_reasons(self, buyer: User, freelancer: User) -> None:
        gig = live_gig(freelancer)
        brief = draft_brief(buyer)
        client = client_of(buyer)
        page = words_of(client.get(at("send", brief.pk)))
        for said in ("Nell Anders", "within the budget of $500.00", "Works in English.", "How it is computed", "fit"):
            assert said in page, said
        mail.outbox.clear()
        client.post(at("send", brief.pk), {"freelancer": [str(freelancer.pk)], f"gig_{freelancer.pk}": str(gig.pk)})
        invitation = Invitation.objects.get()
        assert (invitation.freelancer, invitation.gig_id, len(mail.outbox)) == (freelancer, gig.pk, 1)
        assert f"/briefs/{brief.pk}/" in str(mail.outbox[0].body)
        brief.refresh_from_db()
        assert brief.status == BriefState.SENT
        assert "Asked for an offer" in words_of(client.get(at("brief", brief.pk)))
        sent_offer(freelancer, brief)
        assert "made an offer" in words_of(client.get(at("send", brief.pk)))

    def test_send__takes_freelancers_by_their_handles_too(self, buyer: User, freelancer: User) -> None:
        other = freelancer_with_profile("second@example.org", "second", "Sol Rake")
        brief = draft_brief(buyer)
        client = client_of(buyer)
        page = client.post(at("send", brief.pk), {"handles": "@new, nobody-here"})
        assert "There is no freelancer @nobody-here here." in words_of(page)
        assert 'value="@new, nobody-here"' in page.content.decode()
        assert not Invitation.objects.exists()
        client.post(at("send", brief.pk), {"handles": f"@{freelancer.profile.handle}, Second"})
        assert set(Invitation.objects.values_list("freelancer_id", flat=True)) == {freelancer.pk, other.pk}

    def test_send__with_nobody_ticked_or_nobody_there_says_so(self, buyer: User, stranger: User) -> None:
        brief = draft_brief(buyer)
        client = client_of(buyer)
        assert "Nobody fits yet" in words_of(client.get(at("send", brief.pk)))
        assert "Choose at least one freelancer" in words_of(client.post(at("send", brief.pk)))
        page = client.post(at("send", brief.pk), {"freelancer": [str(stranger.pk), "nonsense"]})
        assert "cannot be invited" in words_of(page)
        brief.refresh_from_db()
        assert brief.status == BriefState.DRAFT

    def test_extend__withdraw__copy(self, buyer: User) -> None:
        brief = open_brief(buyer, open_days=7)
        client = client_of(buyer)
        longer = client.get(at("brief", brief.pk)).context["longer"]
        assert [end.days for end in longer] == [14, 30]
        client.post(at("extend", brief.pk), {"days": "30"})
        brief.refresh_from_db()
        assert brief.opened_at is not None
        assert brief.closes_at == brief.opened_at + timedelta(days=30)
        page = client.post(at("extend", brief.pk), {"days": "900"}, follow=True)
        assert "1 to 90 days" in words_of(page)
        client.post(at("withdraw", brief.pk))
        brief.refresh_from_db()
        assert brief.status == BriefState.WITHDRAWN
        assert "You took this brief back" in words_of(client.get(at("brief", brief.pk)))
        answer = client.post(at("copy", brief.pk))
        made = Brief.objects.exclude(pk=brief.pk).get()
        assert answer.headers["Location"] == at("edit", made.pk)


class TestFreelancer:
    def test_list__shows_what_fits_first_with_why_and_can_be_filtered(self, buyer: User, freelancer: User) -> None:
        live_gig(freelancer)
        open_brief(buyer)
        open_brief(buyer, title="Cheap doors", budget_low=None, budget_high=Money(500), languages=("pt",))
        client = client_of(freelancer)
        page = client.get(studio("list"))
        assert [row["title"] for row in page.context["fitting"]] == ["Notices for forty harbour doors", "Cheap doors"]
        assert "Offers 3 of the 3 things that the brief asks for." in words_of(page)
        for given, titles in (
            ({"budget": "100"}, ["Notices for forty harbour doors"]),
            ({"language": "pt"}, ["Cheap doors"]),
            ({"category": LEAF}, ["Cheap doors", "Notices for forty harbour doors"]),
            ({"budget": "9000"}, []),
        ):
            found = client.get(studio("list"), given)
            assert sorted(row["title"] for row in found.context["rows"]) == titles, given
            assert not found.context["fitting"]
        assert "No brief like this" in words_of(client.get(studio("list"), {"budget": "9000"}))

    def test_list__is_empty_with_words(self, freelancer: User) -> None:
        assert "No brief is published now" in words_of(client_of(freelancer).get(studio("list")))

    def test_list__takes_few_queries_however_many_there_are(
        self, buyer: User, freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        live_gig(freelancer)
        for _number in range(5):
            open_brief(buyer)
        asked = draft_brief(buyer)
        services.brief_send(actor=buyer.actor, brief_id=asked.pk, freelancers={freelancer.pk: None})
        client = client_of(freelancer)
        client.get(studio("list"))
        with django_assert_max_num_queries(MOST_QUERIES):
            page = client.get(studio("list"))
        assert page.context["fitting"]
        assert page.context["invitations"]

    @pytest.mark.parametrize("given", [{}, {"sum": "yes"}])
    def test_brief__takes_few_queries(
        self,
        given: dict[str, str],
        buyer: User,
        freelancer: User,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for _number in range(3):
            live_gig(freelancer)
        brief = open_brief(buyer)
        client = client_of(freelancer)
        client.get(at("brief", brief.pk), given)
        with django_assert_max_num_queries(MOST_QUERIES):
            page = client.get(at("brief", brief.pk), given)
        assert page.context["match" if given else "fit"]

    def test_offer__is_written_with_few_queries(
        self, buyer: User, freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        place = studio("offer_new", open_brief(buyer).pk)
        client = client_of(freelancer)
        client.get(place)
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(place).status_code == 200

    def test_brief__says_why_it_fits_and_leads_to_an_offer(self, buyer: User, freelancer: User) -> None:
        live_gig(freelancer)
        brief = open_brief(buyer)
        page = words_of(client_of(freelancer).get(at("brief", brief.pk)))
        for said in ("Why it fits you", "within the budget of $500.00", "Write offer", "0 offers wait already"):
            assert said in page, said
        whole = words_of(client_of(freelancer).get(at("brief", brief.pk), {"sum": "yes"}))
        assert "the buyer sees the same" in whole
        assert "How it is computed" in whole
        assert "Compare offers" not in page

    def test_invitation__is_shown_and_declined(self, buyer: User, freelancer: User) -> None:
        brief = draft_brief(buyer)
        services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: None})
        client = client_of(freelancer)
        assert "You are asked for an offer" in words_of(client.get(studio("list")))
        assert "Make no offer" in words_of(client.get(at("brief", brief.pk)))
        client.post(studio("invitation_decline", brief.pk))
        assert "You are asked for an offer" not in words_of(client.get(studio("list")))
        assert "makes no offer" in words_of(client_of(buyer).get(at("brief", brief.pk)))

    def test_ask__opens_the_conversation_with_the_brief_attached(self, buyer: User, freelancer: User) -> None:
        brief = open_brief(buyer)
        client = client_of(freelancer)
        page = client.post(studio("ask", brief.pk), follow=True)
        assert "Attached brief" in page.content.decode()
        assert studio("offer_new", brief.pk) in page.content.decode()

    def test_offer__is_kept_as_a_draft_with_its_sum_and_sent_later(self, buyer: User, freelancer: User) -> None:
        brief = open_brief(buyer)
        client = client_of(freelancer)
        page = client.get(studio("offer_new", brief.pk))
        assert page.context["form"]["promised"].value() == ["0", "1"]
        assert [key for key, _label in page.context["form"].fields["ai_policy"].choices] == ["none", "assisted"]
        answer = client.post(studio("offer_new", brief.pk), {**offer_form(), "save": "yes"})
        offer = Offer.objects.get()
        assert answer.headers["Location"] == studio("offer_edit", offer.pk)
        assert offer.status == OfferState.DRAFTED
        page = client.get(studio("offer_edit", offer.pk))
        shown = words_of(page)
        assert "You receive $315.00" in shown
        assert page.context["form"]["promised"].value() == ["0"]
        assert page.context["form"]["extra_1_title"].value() == "In Portuguese as well"
        assert client.get(studio("offer_new", brief.pk)).headers["Location"] == studio("offer_edit", offer.pk)
        client.post(studio("offer_edit", offer.pk), {**offer_form(title="Fewer doors"), "send": "yes"})
        shown_offer = selectors.offer_get(actor=buyer.actor, offer_id=offer.pk)
        assert shown_offer.content is not None
        assert (shown_offer.offer.status, shown_offer.content.title) == (OfferState.SENT, "Fewer doors")
        assert len(shown_offer.content.criteria) == 1

    def test_offer__a_row_that_is_half_filled_in_is_named(self, buyer: User, freelancer: User) -> None:
        brief = open_brief(buyer)
        data = {**offer_form(milestone_2_price="", milestone_3_price="5"), "send": "yes"}
        page = client_of(freelancer).post(studio("offer_new", brief.pk), data)
        assert page.status_code == 422
        errors = page.context["form"].errors
        assert {"milestone_2_price", "milestone_3_title", "milestone_3_days"} == set(errors)
        assert not Offer.objects.exists()

    def test_offer__keeps_the_words_of_its_own_criteria_when_its_draft_is_saved(
        self, buyer: User, freelancer: User
    ) -> None:
        own = Criterion("size", "It fits on a stamp", {"most": 2 * 1024 * 1024})
        brief = open_brief(buyer)
        offer = services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content(criteria=(own,)))
        client_of(freelancer).post(studio("offer_edit", offer.pk), {**offer_form(megabytes="2"), "save": "yes"})
        content = selectors.offer_get(actor=freelancer.actor, offer_id=offer.pk).content
        assert content is not None
        assert own in content.criteria

    def test_offer__whose_ai_does_not_fit_stays_a_draft_and_says_why(self, buyer: User, freelancer: User) -> None:
        brief = open_brief(buyer)
        client = client_of(freelancer)
        client.post(studio("offer_new", brief.pk), {**offer_form(), "save": "yes"})
        data = {**brief_form(ai_wish="human"), "revision": "1"}
        client_of(buyer).post(at("edit", brief.pk), data)
        offer = Offer.objects.get()
        assert Brief.objects.get().ai_wish == AiWish.HUMAN
        page = client.post(studio("offer_edit", offer.pk), {**offer_form(), "send": "yes"})
        assert page.status_code == 422
        assert page.context["form"].errors["ai_policy"]
        offer.refresh_from_db()
        assert offer.status == OfferState.DRAFTED

    def test_offer__on_a_brief_that_is_over_is_refused(self, buyer: User, freelancer: User) -> None:
        brief = open_brief(buyer)
        client = client_of(freelancer)
        client.post(studio("offer_new", brief.pk), {**offer_form(), "save": "yes"})
        offer = Offer.objects.get()
        services.brief_withdraw(actor=buyer.actor, brief_id=brief.pk)
        page = client.post(studio("offer_edit", offer.pk), {**offer_form(), "send": "yes"})
        assert page.status_code == 422
        assert "takes no offers any more" in words_of(page)
        client.post(studio("offer_withdraw", offer.pk))
        assert client.get(studio("offer_new", brief.pk)).status_code in (404, 410)
        assert client.post(studio("offer_new", brief.pk), {**offer_form(), "send": "yes"}).status_code in (404, 410)

    def test_sum__is_worked_out_while_one_types(self, freelancer: User) -> None:
        client = client_of(freelancer)
        assert "Write a price" in words_of(client.post(studio("sum"), {}))
        said = words_of(
            client.post(studio("sum"), {"milestone_1_price": "100", "milestone_2_price": "x", "milestone_1_days": "3"})
        )
        for words in (
            "Your price $100.00",
            "Commission \N{MINUS SIGN}$10.00",
            "You receive $90.00",
            "The buyer pays $105.00",
            "3 days",
        ):
            assert words in said, words

    def test_offer__after_the_last_that_one_may_send_is_refused_before_it_is_written(
        self, buyer: User, freelancer: User
    ) -> None:
        brief = open_brief(buyer)
        for _time in range(LIMITS.offers_each):
            services.offer_withdraw(actor=freelancer.actor, offer_id=sent_offer(freelancer, brief).pk)
        answer = client_of(freelancer).get(studio("offer_new", brief.pk))
        assert answer.status_code == 409
        assert "Write to the buyer in your conversation" in words_of(answer)

    def test_offers__lists_ones_own_and_takes_back(self, buyer: User, freelancer: User) -> None:
        client = client_of(freelancer)
        assert "No offers yet" in words_of(client.get(studio("offers")))
        offer = sent_offer(freelancer, open_brief(buyer))
        assert "Wait for the buyer" in words_of(client.get(studio("offers")))
        client.post(studio("offer_withdraw", offer.pk))
        offer.refresh_from_db()
        assert offer.status == OfferState.WITHDRAWN
        assert "Answered and over" in words_of(client.get(studio("offers")))


class TestCustomOffer:
    def test_offers__are_shown_page_by_page_and_what_waits_first(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("oeuvre.interfaces.site.briefs.views.studio.OFFERS_PER_PAGE", 2)
        waiting, drafted, over = open_brief(buyer), open_brief(buyer), open_brief(buyer)
        sent_offer(freelancer, waiting, title="Waits for an answer")
        services.offer_draft(actor=freelancer.actor, brief_id=drafted.pk, content=offer_content(title="Not sent yet"))
        services.offer_withdraw(actor=freelancer.actor, offer_id=sent_offer(freelancer, over, title="Taken back").pk)
        client = client_of(freelancer)
        first, second = (words_of(client.get(studio("offers"), {"page": number})) for number in (1, 2))
        assert first.index("Not sent yet") < first.index("Waits for an answer")
        assert "Page 1 of 2" in first
        assert "Taken back" in second
        assert "Taken back" not in first

    def test_custom_offer__is_made_in_a_conversation_and_ordered(self, buyer: User, freelancer: User) -> None:
        small_catalogue()
        talk = conversations.conversation_start(
            actor=buyer.actor, freelancer_id=freelancer.pk, body="What about masts?"
        )
        client = client_of(freelancer)
        place = studio("offer_custom", talk.pk)
        assert place in client.get(f"/conversations/{talk.pk}/").content.decode()
        assert client_of(buyer).get(place).status_code == 403
        client.post(place, {**offer_form(promised=[]), "send": "yes"})
        offer = Offer.objects.get()
        assert (offer.status, offer.conversation_id) == (OfferState.SENT, talk.pk)
        seen = client_of(buyer).get(f"/conversations/{talk.pk}/")
        assert "Look at offer" in words_of(seen)
        assert place not in seen.content.decode()
        answer = client_of(buyer).post(checkout(offer), paid(offer))
        run_tasks()
        order = Order.objects.get()
        assert answer.headers["Location"] == f"/orders/{order.pk}/"
        assert order.source == OrderSource.CUSTOM


class TestOffer:
    @pytest.fixture
    def offer(self, buyer: User, freelancer: User) -> Offer:
        return sent_offer(freelancer, open_brief(buyer))

    def test_offers__stand_side_by_side_with_what_they_lack(self, buyer: User, offer: Offer) -> None:
        assert offer.brief is not None
        other = freelancer_with_profile("second@example.org", "second", "Sol Rake")
        dear = offer_content(milestones=(offer_content().milestones[0],), criteria=())
        sent = services.offer_draft(actor=other.actor, brief_id=offer.brief_id, content=dear)
        services.offer_send(actor=other.actor, offer_id=sent.pk)
        page = words_of(client_of(buyer).get(at("offers", offer.brief_id)))
        for said in (
            "Nell Anders",
            "Sol Rake",
            "lowest price",
            "quickest",
            "Does not promise",
            "No reviews yet",
            "new",
        ):
            assert said in page, said

    def test_offers__take_few_queries_however_many_there_are(
        self, buyer: User, offer: Offer, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(4):
            other = freelancer_with_profile(f"f{number}@example.org", f"f{number}", f"Freelancer {number}")
            assert offer.brief is not None
            sent_offer(other, offer.brief)
        client = client_of(buyer)
        client.get(at("offers", offer.brief_id))
        with django_assert_max_num_queries(MOST_QUERIES):
            client.get(at("offers", offer.brief_id))

    def test_offer__is_read_by_its_two_sides_with_their_own_sums(
        self, buyer: User, freelancer: User, stranger: User, offer: Offer
    ) -> None:
        own = words_of(client_of(freelancer).get(at("offer", offer.pk)))
        assert "You receive $315.00" in own
        assert "Accept offer" not in own
        read = words_of(client_of(buyer).get(at("offer", offer.pk)))
        assert "Total $367.50" in read
        assert "Accept offer" in read
        assert client_of(stranger).get(at("offer", offer.pk)).status_code == 404
        assert client_of(stranger).get(checkout(offer)).status_code == 404
        assert client_of(freelancer).get(checkout(offer)).status_code == 404

    def test_decline__with_a_word_that_stands_in_the_conversation(
        self, buyer: User, freelancer: User, offer: Offer
    ) -> None:
        client = client_of(buyer)
        assert client_of(freelancer).get(at("decline", offer.pk)).status_code == 404
        assert client.get(at("decline", offer.pk)).status_code == 200
        answer = client.post(at("decline", offer.pk), {"word": "A cousin does it."})
        assert answer.headers["Location"] == at("offers", offer.brief_id)
        offer.refresh_from_db()
        assert offer.status == OfferState.DECLINED
        assert offer.conversation_id is not None
        page = talks.conversation_messages(actor=freelancer.actor, conversation_id=offer.conversation_id)
        assert page.messages[-1].body == "A cousin does it."
        assert client.post(at("decline", offer.pk), {"word": "x" * 501}).status_code == 422

    def test_checkout__of_an_offer_that_has_expired_charges_nothing(self, buyer: User, offer: Offer) -> None:
        Offer.objects.filter(pk=offer.pk).update(valid_until=timezone.now() - timedelta(minutes=1))
        client = client_of(buyer)
        page = client.get(checkout(offer))
        assert "cannot be accepted any more" in words_of(page)
        assert "pay-form" not in page.content.decode().split("<aside")[0]
        refused = client.post(checkout(offer), paid(offer))
        assert refused.status_code == 422
        assert "Nothing was charged." in words_of(refused)
        assert not Order.objects.exists()

    def test_checkout__a_total_that_was_not_shown_is_refused(self, buyer: User, offer: Offer) -> None:
        refused = client_of(buyer).post(checkout(offer), paid(offer, 1))
        assert refused.status_code == 422
        offer.refresh_from_db()
        assert offer.status == OfferState.SENT
        assert not Order.objects.exists()

    def test_checkout__twice_orders_once_and_leads_to_the_order(self, buyer: User, offer: Offer) -> None:
        client = client_of(buyer)
        first = client.post(checkout(offer), paid(offer))
        again = client.post(checkout(offer), paid(offer))
        assert first.headers["Location"] == again.headers["Location"] == f"/orders/{Order.objects.get().pk}/"
        assert client.get(checkout(offer)).headers["Location"] == first.headers["Location"]

    def test_checkout__counts_the_days_of_all_milestones(self, buyer: User, offer: Offer) -> None:
        assert "Delivered within 9 days" in words_of(client_of(buyer).get(checkout(offer)))

    def test_conversation__shows_the_brief_and_the_offer(self, buyer: User, freelancer: User, offer: Offer) -> None:
        for person in (buyer, freelancer):
            page = client_of(person).get(f"/conversations/{offer.conversation_id}/")
            shown = words_of(page)
            assert "Brief: Notices" in shown
            assert "Offer: $350.00, 9 days" in shown
            assert at("offer", offer.pk) in page.content.decode()
        assert "Compare offers" in words_of(client_of(buyer).get(f"/conversations/{offer.conversation_id}/"))
