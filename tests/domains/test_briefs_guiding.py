"""The guide of an installation: fed by its catalogue and vectors, priced by its orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.briefs import errors, selectors, services
from oeuvre.domains.briefs.content import Answered
from oeuvre.domains.briefs.guide.questions import UNSURE, Answer
from oeuvre.domains.briefs.guiding import guide_forget, guide_now, knowledge_now
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import GuideVector
from oeuvre.domains.briefs.services import vectors
from oeuvre.domains.briefs.states import AiWish
from oeuvre.domains.catalog.models import Attribute, AttributeOption, Category, CategoryAttribute, UseCase
from oeuvre.domains.catalog.services import category_update
from oeuvre.domains.demand.services import demand_record
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money
from tests.support.fake_embeddings import FAKE_EMBEDDINGS, FakeEmbeddings, fake_embeddings
from tests.support.gigs import LEAF, live_gig, small_catalogue
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoAssertNumQueries, Settings

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db
NEED = "Fishermen knock at the wrong doors, I need texts for the harbour doors. Budget 300 dollars."
CASE = "notices-for-doors"


@pytest.fixture(autouse=True)
def studio(settings: Settings) -> Iterator[FakeEmbeddings]:
    settings.PORTS = {**settings.PORTS, **FAKE_EMBEDDINGS}
    guide_forget()
    yield fake_embeddings()
    guide_forget()


@pytest.fixture
def leaf(db: None) -> Category:
    """The only two leaves on show; the first has a use case."""
    found = small_catalogue()
    Category.objects.exclude(pk__in=[found.pk, found.parent_id]).exclude(parent=found.parent).update(hidden=True)
    UseCase.objects.create(
        key=CASE,
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
    return found


def ask(**given: Any) -> selectors.GuideShown:
    return selectors.guide(actor=Actor.anonymous(), text=given.pop("text", NEED), **given)


def completed(count: int, *, use_case: str = CASE) -> None:
    for number in range(count):
        demand_record(
            kind="completed", category=LEAF, use_case=use_case, amount=Money(10_000 * (number + 1)), days=number + 1
        )


class TestKnowledge:
    def test_knowledge_now__is_what_the_catalogue_shows(
        self, leaf: Category, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_max_num_queries(10):
            known = knowledge_now()
        assert [one.key for one in known.leaves] == [LEAF, "harbour-maps"]
        first = known.leaves[0]
        assert (first.group, first.kind, first.use_cases[0].price) == ("harbour-work", "trade", (8_000, 40_000))
        assert {option.key for option in known.attributes["h_tone"].options} == {"plain", "warm", "salty"}

    def test_guide_refresh__embeds_what_is_new_and_forgets_what_is_gone(
        self, leaf: Category, operator: User, studio: FakeEmbeddings
    ) -> None:
        texts = {text.sha256 for text in knowledge_now().texts()}
        assert services.guide_refresh() == len(texts) == GuideVector.objects.count()
        assert services.guide_refresh() == 0
        category_update(
            actor=operator.actor, category_id=leaf.pk, name="Door texts", summary=leaf.summary, aliases=leaf.aliases
        )
        assert services.guide_refresh() == 2  # the summary and the aliases, which begin with the name
        assert set(GuideVector.objects.values_list("sha256", flat=True)) == {
            text.sha256 for text in knowledge_now().texts()
        }

    def test_guide_refresh__keeps_what_came_when_the_studio_goes_away(
        self, leaf: Category, studio: FakeEmbeddings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(vectors, "AT_ONCE", 2)
        embed = FakeEmbeddings.embed

        def twice(self: FakeEmbeddings, texts: Any, *, patient: bool = False) -> Any:
            self.away = len(self.asked) >= 2
            return embed(self, texts, patient=patient)

        monkeypatch.setattr(FakeEmbeddings, "embed", twice)
        assert services.guide_refresh() == 4 == GuideVector.objects.count()

    def test_task__refreshes(self, leaf: Category) -> None:
        from oeuvre.domains.briefs.tasks import guide_refresh

        guide_refresh(timestamp=0)
        assert GuideVector.objects.exists()
        assert run_tasks() == []

    def test_guide_now__is_kept_and_made_anew_when_vectors_came(self, leaf: Category) -> None:
        first = guide_now()
        assert guide_now() is first
        assert not first.has_meaning
        services.guide_refresh()
        guide_forget()
        assert guide_now().has_meaning


class TestGuide:
    def test_guide__proposes_with_typical_ranges_and_says_so_where_too_few_orders_were_completed(
        self, leaf: Category, freelancer: User
    ) -> None:
        live_gig(freelancer)
        services.guide_refresh()
        completed(4)
        found = ask()
        first = found.proposals[0]
        assert (first.category, first.live_gigs, found.by_words_only, found.notice) == (LEAF, 1, False, "")
        assert first.reasons
        assert first.price is not None
        assert (first.price.low, first.price.high, first.price.count) == (Money(8_000), Money(40_000), 4)
        assert first.price.is_typical
        assert first.price.note.startswith("Too few completed orders here yet: typical range")
        assert [case.key for case in first.cases] == [CASE]
        assert len(found.ways) == 8

    def test_guide__takes_ranges_from_five_completed_orders_on(self, leaf: Category) -> None:
        completed(5)
        price = ask().proposals[0].price
        assert price is not None
        assert (price.low, price.median, price.high) == (Money(20_000), Money(30_000), Money(40_000))
        assert (price.days_low, price.days_high, price.is_typical) == (2, 4, False)
        assert "5 orders" in price.note

    def test_guide__a_use_case_with_too_few_orders_takes_those_of_its_category(self, leaf: Category) -> None:
        completed(2)
        completed(4, use_case="")
        price = ask().proposals[0].price
        assert price is not None
        assert (price.count, price.is_typical) == (6, False)

    def test_guide__goes_by_words_while_the_studio_is_away_and_says_so(
        self, leaf: Category, studio: FakeEmbeddings
    ) -> None:
        services.guide_refresh()
        studio.away = True
        found = ask()
        assert (found.proposals[0].category, found.by_words_only) == (LEAF, True)
        assert "your words alone" in found.notice

    def test_guide__ends_in_a_draft_that_can_be_kept_and_published(self, leaf: Category, buyer: User) -> None:
        answers = [Answer(f"case:{CASE}", "yes"), Answer("general:maker", "person"), Answer("general:often", UNSURE)]
        found = ask(answers=answers)
        assert found.asked == 3
        assert found.draft.answers == (
            Answered("Does everybody knock at the wrong door?", "Yes"),
            Answered("Who may make it?", "A person, without AI"),
        )
        assert (found.draft.use_case, found.draft.budget_high) == (CASE, Money(30_000))
        assert found.draft.ai_wish == AiWish.HUMAN
        assert found.ask == ("Do you paint as well?",)
        brief = services.brief_create(actor=buyer.actor, content=found.draft)
        services.brief_publish(actor=buyer.actor, brief_id=brief.pk)
        assert selectors.brief_get(actor=buyer.actor, brief_id=brief.pk).content == found.draft

    def test_guide__a_budget_in_another_currency_stays_in_the_words(self, leaf: Category) -> None:
        assert ask(text="Texts for doors, budget 300 pounds.").draft.budget_high is None

    @pytest.mark.parametrize("text", ["", "  ", "x" * (LIMITS.need + 1)])
    def test_guide__needs_some_words_and_not_a_book(self, leaf: Category, text: str) -> None:
        with pytest.raises(errors.NeedInvalidError):
            ask(text=text)

    def test_guide__refuses_an_answer_that_there_is_not_and_ignores_a_question_that_is_gone(
        self, leaf: Category
    ) -> None:
        with pytest.raises(errors.GuideAnswerError):
            ask(answers=[Answer(f"case:{CASE}", "perhaps")])
        assert ask(answers=[Answer("case:was-hidden", "yes")]).asked == 0

    def test_guide__without_a_category_on_show_says_so(self, leaf: Category) -> None:
        Category.objects.update(hidden=True)
        with pytest.raises(errors.GuideUnavailableError):
            ask()

    def test_guide__takes_few_queries_once_it_is_made(
        self, leaf: Category, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        ask()
        with django_assert_max_num_queries(3):
            ask()


def test_draft__of_the_shipped_catalogue_is_content_that_a_brief_takes(buyer: User) -> None:
    """Whatever the guide drafts for any leaf passes the checks of a brief."""
    if not Category.objects.filter(key="chatbots", hidden=False).exists():
        from oeuvre.domains.catalog.services import catalogue_load

        catalogue_load(actor=Actor.system())
    for key in ("speeches", "chatbots", "midjourney-art", "voice-over", "privacy-and-anonymisation", "web-development"):
        found = ask(text="In German, 900 words, 45 seconds, 4K, as PNG, confidential, commercial.", category=key)
        brief = services.brief_create(actor=buyer.actor, content=found.draft)
        assert brief.category == key


def test_attribute_option__hidden_ones_are_not_asked(db: None) -> None:
    leaf = small_catalogue()
    attribute = Attribute.objects.create(key="h_tool", label="Tool", type="choice")
    CategoryAttribute.objects.create(category=leaf, attribute=attribute, position=9)
    for key, hidden in (("brush", False), ("chisel", True)):
        AttributeOption.objects.create(attribute=attribute, key=key, label=key.capitalize(), hidden=hidden)
    assert [option.key for option in knowledge_now().attributes["h_tool"].options] == ["brush"]
