"""The guide's pages: a need in one's own words, at most five questions, what fits, and a draft that login does not lose."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from oeuvre.domains.briefs import selectors
from oeuvre.domains.briefs.errors import GuideAnswerError
from oeuvre.domains.briefs.guiding import guide_forget
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Brief
from oeuvre.domains.briefs.states import BriefState
from oeuvre.domains.catalog.models import Category, UseCase
from oeuvre.domains.demand.services import demand_record
from oeuvre.interfaces.site.briefs.views import guide as views
from oeuvre.kit.money import Money
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.brief_pages import MOST_QUERIES, NEED, answered, at, brief_form, told, words_of
from tests.interfaces.order_pages import client_of
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import LEAF, OTHER_LEAF, live_gig, small_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.briefs.selectors import Answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embeddings")]


@pytest.fixture(autouse=True)
def leaf(db: None) -> Iterator[Category]:
    """The catalogue with a leaf for harbours and a use case in it."""
    found = small_catalogue()
    UseCase.objects.create(
        key="notices-for-doors",
        category=found,
        title="Notices for doors",
        question="Does everybody knock at the wrong door?",
        example="A harbour wrote on forty doors who lives behind them, and the widow sleeps.",
        ask=["Do you paint as well?"],
        price_low=8_000,
        price_high=40_000,
        days_low=2,
        days_high=9,
        way="human",
    )
    guide_forget()
    yield found
    guide_forget()


@pytest.fixture
def client() -> Client:
    return Client()


def at_proposals(client: Client) -> Any:
    answered(client, told(client))
    return client.get(at("proposals"))


class TestNeed:
    def test_start__takes_words_from_the_address_and_offers_examples(self, client: Client) -> None:
        page = client.get(at("start"), {"need": "A logo for a bakery"})
        assert page.context["form"]["text"].value() == "A logo for a bakery"
        assert "bakery's podcast" in words_of(page).replace("&#x27;", "'")
        assert "sessionid" not in client.cookies

    @pytest.mark.parametrize("text", ["", "   ", "x" * 4_001])
    def test_start__says_what_is_missing(self, client: Client, text: str) -> None:
        page = client.post(at("start"), {"text": text})
        assert page.status_code == 422
        assert page.context["form"].errors["text"]

    def test_start__without_a_category_on_show_says_so_and_keeps_the_words(self, client: Client) -> None:
        Category.objects.update(hidden=True)
        guide_forget()
        page = client.post(at("start"), {"text": NEED})
        assert page.status_code == 422
        assert "No category is on show here yet" in words_of(page)
        assert NEED in page.content.decode()

    def test_need__lies_in_the_session_sealed_and_opens_in_this_browser_alone(self, client: Client) -> None:
        told(client)
        stored = Session.objects.get()
        assert "harbour" not in str(stored.get_decoded())
        other = Client()
        other.cookies["sessionid"] = client.cookies["sessionid"].value
        assert other.get(at("proposals")).headers["Location"] == at("start")
        other.cookies["need"] = "AAAAAAAAAAAAAAAAAAAAAA=="
        assert other.get(at("proposals")).headers["Location"] == at("start")

    def test_forget__throws_it_away(self, client: Client) -> None:
        told(client)
        client.post(at("forget"))
        assert client.get(at("start")).context["form"]["text"].value() == ""
        assert "need" not in Session.objects.get().get_decoded()


class TestQuestions:
    def test_question__without_a_need_leads_to_the_beginning(self, client: Client) -> None:
        for place in (at("question", 1), at("proposals"), at("draft")):
            assert client.get(place).headers["Location"] == at("start")

    def test_question__a_sixth_is_never_asked(self, client: Client) -> None:
        count = answered(client, told(client, "I want something with AI"), "unsure")
        assert 1 <= count <= 5
        for number in (count + 1, 6, 99):
            page = client.get(at("question", number))
            assert page.headers["Location"] == at("proposals")
        assert client.post(at("question", 6), {"choice": "yes"}).headers["Location"] == at("proposals")

    def test_question__none_can_be_reached_before_the_one_before_it_is_answered(self, client: Client) -> None:
        told(client, "I want something with AI")
        assert client.get(at("question", 2)).headers["Location"] == at("proposals")

    def test_question__going_back_shows_the_answer_and_another_one_is_taken(self, client: Client) -> None:
        place = told(client, "I want something with AI")
        first = client.get(place).context["asked"]
        answered(client, place)
        page = client.get(at("question", 1))
        assert page.context["chosen"] == first.choices[0].key
        client.post(at("question", 1), {"choice": first.choices[1].key})
        shown = client.get(at("proposals"))
        assert [one.answer for one in shown.context["need"].given] == [first.choices[1].label]
        assert first.text in words_of(shown)

    def test_question__the_same_answer_again_keeps_those_after_it(self, client: Client) -> None:
        place = told(client, "I want something with AI")
        first = client.get(place).context["asked"].choices[0].key
        count = answered(client, place)
        client.post(at("question", 1), {"choice": first})
        assert len(client.get(at("proposals")).context["need"].answers) == count > 1

    def test_question__an_answer_that_it_does_not_have_is_refused_in_place(self, client: Client) -> None:
        place = told(client, "I want something with AI")
        page = client.post(place, {"choice": "everything"})
        assert page.status_code == 422
        assert "Choose one of the answers" in words_of(page)

    def test_question__tells_how_far_one_is(self, client: Client) -> None:
        page = words_of(client.get(told(client, "I want something with AI")))
        assert "Question 1 of 5 at most" in page
        assert "Enough questions: show what fits" in page


class TestProposals:
    def test_proposals__say_why_what_it_costs_and_what_to_look_at(self, client: Client) -> None:
        live_gig(freelancer_with_profile())
        page = at_proposals(client)
        assert page.context["first"].category == LEAF
        shown = words_of(page)
        for said in (
            "Notices", "You mention", "$80.00 \N{EN DASH} $400.00", "2 to 9 days", "Too few completed orders here yet",
            "Notices for harbour doors", "Ways to get there", "Hire a person", "Which is nearest to yours?",
            "A harbour wrote on forty doors", "Write brief",
        ):  # fmt: skip
            assert said in shown, said

    def test_proposals__leave_out_an_answer_that_is_not_offered_any_more(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answered(client, told(client))
        asked: list[int] = []

        def since_changed(*, answers: tuple[Answer, ...], **said: Any) -> Any:
            asked.append(len(answers))
            if answers:
                raise GuideAnswerError("Choose another.", question=answers[0].question)
            return selectors.guide(answers=answers, **said)

        monkeypatch.setattr(views, "selectors", SimpleNamespace(guide=since_changed))
        assert client.get(at("proposals")).status_code == 200
        assert asked == list(range(asked[0], -1, -1))
        assert asked[0] > 0

    def test_proposals__prices_come_from_orders_once_there_are_enough(self, client: Client) -> None:
        for number in range(1, 6):
            demand_record(kind="completed", category=LEAF, amount=Money(10_000 * number), days=number)
        shown = words_of(at_proposals(client))
        assert "$200.00 \N{EN DASH} $400.00" in shown
        assert "From 5 orders completed here" in shown
        assert "Too few completed orders" not in shown.split("Or did you mean")[0].split("Write brief")[0]

    def test_proposals__another_one_can_be_looked_at(self, client: Client) -> None:
        other = at_proposals(client).context["others"][0].category
        page = client.get(at("proposals"), {"category": other})
        assert page.context["first"].category == other
        assert client.get(at("proposals"), {"category": "nothing"}).context["first"].category == LEAF

    def test_proposals__say_so_when_meaning_cannot_be_compared(self, client: Client, embeddings: Any) -> None:
        shown = words_of(at_proposals(client))  # no vector of the catalogue was made
        assert "By words alone" in shown
        assert "rest on your words alone" in shown

    @pytest.mark.parametrize("place", [("question", 1), ("proposals",), ("draft",)])
    def test_guide__takes_few_queries(
        self, place: tuple[Any, ...], client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        """What fits asks for prices, searches twice where the words find little, and counts the visit."""
        live_gig(freelancer_with_profile())
        at_proposals(client)
        client.get(at(*place))
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(at(*place)).status_code == 200


class TestDraft:
    def drafted(self, client: Client) -> Any:
        at_proposals(client)
        client.post(at("proposals"), {"category": LEAF, "use_case": "notices-for-doors"})
        return client.get(at("draft"))

    def test_draft__is_filled_in_from_the_words(self, client: Client) -> None:
        form = self.drafted(client).context["form"]
        assert form["goal"].value() == NEED
        assert form["category"].value() == LEAF
        assert form["use_case"].value() == "notices-for-doors"
        assert str(form["budget_high"].value()) == "400.00"
        assert form["attributes.h_tone"].value() == ["salty"]

    def test_draft__another_category_asks_for_other_things_and_loses_no_word(self, client: Client) -> None:
        self.drafted(client)
        page = client.post(at("draft"), {**brief_form(category=OTHER_LEAF, title="Doors"), "again": "yes"})
        assert page.status_code == 200
        form = page.context["form"]
        assert form["title"].value() == "Doors"
        assert [field.name for field in form.attribute_fields] == ["attributes.h_tone"]
        assert Brief.objects.count() == 0

    def test_draft__holds_what_is_typed_while_one_goes_back(self, client: Client) -> None:
        self.drafted(client)
        assert client.post(at("draft"), {**brief_form(title="Doors at night"), "keep": "yes"}).status_code == 204
        client.get(at("proposals"))
        assert client.get(at("draft")).context["form"]["title"].value() == "Doors at night"
        client.post(at("proposals"), {"category": OTHER_LEAF})
        assert client.get(at("draft")).context["form"]["title"].value() != "Doors at night"

    def test_draft__keeps_no_more_than_a_brief_can_be(self, client: Client) -> None:
        """Anybody may send anything here, and what is kept lies in the database."""
        self.drafted(client)
        for name, values in (
            ("draft", {**brief_form(goal="x" * 250_000), "keep": "yes"}),
            ("draft", brief_form(goal="x" * 250_000)),
            ("proposals", {"category": "x" * 250_000}),
        ):
            assert client.post(at(name), values).status_code == 422
        longest = brief_form(goal="港" * LIMITS.goal, own="港" * 4_000)
        assert client.post(at("draft"), {**longest, "keep": "yes"}).status_code == 204
        assert client.get(at("draft")).context["form"]["goal"].value() == "港" * LIMITS.goal

    def test_draft__survives_what_no_form_sends(self, client: Client) -> None:
        self.drafted(client)
        odd = brief_form(open_days="soon", languages=["<b>"], budget_low="x", due="x")
        assert client.post(at("draft"), {**odd, "again": "yes"}).status_code == 200
        assert client.post(at("draft"), {**odd, "keep": "yes"}).status_code == 204
        assert client.get(at("draft")).status_code == 200

    def test_guide__looking_is_limited_as_telling_is(self, client: Client) -> None:
        """Each look compares the need with the whole catalogue."""
        for place in (at("question", 1), at("proposals"), at("draft")):
            codes = [client.get(place).status_code for _look in range(121)]
            assert (set(codes[:-1]), codes[-1]) == ({302}, 429)

    def test_draft__is_kept_by_who_is_logged_in_and_nothing_stays_behind(self, buyer: User) -> None:
        client = client_of(buyer)
        self.drafted(client)
        answer = client.post(at("draft"), brief_form())
        brief = Brief.objects.get()
        assert answer.headers["Location"] == at("brief", brief.pk)
        assert (brief.buyer, brief.status, brief.category) == (buyer, BriefState.DRAFT, LEAF)
        assert brief.attributes == {"h_tone": "salty", "h_sources": True, "h_years": 3.0}
        assert (brief.budget_low, brief.budget_high) == (10_000, 50_000)
        assert client.get(at("draft")).headers["Location"] == at("start")

    def test_draft__survives_the_login(self, client: Client, buyer: User) -> None:
        self.drafted(client)
        answer = client.post(at("draft"), brief_form(title="Doors in the dark"))
        assert "/account/login/" in answer.headers["Location"]
        assert Brief.objects.count() == 0
        client.post("/account/login/", {"login": buyer.email, "password": "a long password"})
        client.force_login(buyer)
        page = client.get(at("draft"))
        assert "Nothing was lost" in words_of(page)
        form = page.context["form"]
        assert form["title"].value() == "Doors in the dark"
        assert form["attributes.h_tone"].value() == ["salty"]

    def test_draft__says_what_is_wrong_in_its_place(self, buyer: User) -> None:
        client = client_of(buyer)
        self.drafted(client)
        page = client.post(at("draft"), brief_form(budget_low="900", title=""))
        assert page.status_code == 422
        assert page.context["form"].errors["title"]
        page = client.post(at("draft"), brief_form(budget_low="900"))
        assert "Swap the two amounts" in str(page.context["form"].errors["budget_high"])
        assert Brief.objects.count() == 0
