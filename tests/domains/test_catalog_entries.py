"""Operators edit the catalogue while the site runs, and everybody reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.catalog import errors, selectors
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.models import Attribute, AttributeOption, Category, Skill
from oeuvre.domains.catalog.states import AttributeType, GigState
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.support.gigs import LEAF, OTHER_LEAF, live_gig, small_catalogue

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db
NOBODY = Actor.anonymous()

USE_CASE: dict[str, Any] = {
    "key": "boat-that-was-missed",
    "title": "The boat that was missed",
    "question": "Do people miss the last boat?",
    "example": "Kestrel Ferries, four boats in Orkney, had a timetable nobody read. The writer cut it to nine lines.",
    "ask": ["Who checks the times?", "May we print it?"],
    "price": (40, 90),
    "days": (1, 3),
    "way": "human",
}


def group_of(leaf: Category) -> Category:
    assert leaf.parent
    return leaf.parent


def keys(leaves: list[selectors.TreeGroup], group: str = "harbour-work") -> list[str]:
    found = next((one for one in leaves if one.category.key == group), None)
    return [leaf.category.key for leaf in found.leaves] if found else []


class TestCategories:
    def test_category_add__puts_a_leaf_at_the_end_of_its_group(self, operator: User) -> None:
        group = group_of(small_catalogue())
        catalog.category_add(
            actor=operator.actor, key="harbour-songs", name="Songs", summary="Sung on quays.", group_id=group.pk
        )
        assert keys(selectors.category_tree(actor=NOBODY)) == [LEAF, OTHER_LEAF, "harbour-songs"]
        assert AuditRecord.objects.get(code="category.added").data == {"key": "harbour-songs"}

    def test_category_add__makes_a_group_that_says_what_it_is_about(self, operator: User) -> None:
        with pytest.raises(errors.EntryInvalidError) as raised:
            catalog.category_add(actor=operator.actor, key="ports", name="Ports", summary="All of them.")
        assert raised.value.context["field"] == "kind"
        made = catalog.category_add(actor=operator.actor, key="ports", name="Ports", summary="All.", kind="trade")
        assert not made.is_leaf

    def test_category_add__refuses_a_key_that_is_taken_or_none(self, operator: User) -> None:
        group = group_of(small_catalogue())
        with pytest.raises(errors.KeyTakenError):
            catalog.category_add(actor=operator.actor, key=LEAF, name="N", summary="S", group_id=group.pk)
        with pytest.raises(errors.EntryInvalidError, match="is no key"):
            catalog.category_add(actor=operator.actor, key="No Key", name="N", summary="S", group_id=group.pk)

    def test_category_add__puts_no_leaf_under_a_leaf(self, operator: User) -> None:
        with pytest.raises(errors.EntryNotFoundError):
            catalog.category_add(actor=operator.actor, key="deep", name="N", summary="S", group_id=small_catalogue().pk)

    def test_category_update__changes_words_and_place_but_not_the_address(self, operator: User) -> None:
        leaf = small_catalogue()
        other = catalog.category_add(actor=operator.actor, key="ports", name="Ports", summary="All.", kind="ai")
        moved = catalog.category_update(actor=operator.actor, category_id=leaf.pk, name="Door texts", group_id=other.pk)
        assert (moved.key, moved.name, moved.kind, moved.parent) == (LEAF, "Door texts", "ai", other)
        assert AuditRecord.objects.get(code="category.updated").data["fields"] == ["kind", "name", "parent_id"]
        with pytest.raises(errors.EntryInvalidError, match="“summary” has 150 characters"):
            catalog.category_update(actor=operator.actor, category_id=leaf.pk, summary="x" * 150)

    def test_category_names__know_at_once_what_an_operator_wrote_and_are_read_once(
        self, operator: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        leaf = small_catalogue()
        assert selectors.category_names()[LEAF] == "Notices"
        catalog.category_update(actor=operator.actor, category_id=leaf.pk, name="Door texts")
        catalog.category_add(actor=operator.actor, key="ports", name="Ports", summary="All.", kind="ai")
        catalog.entry_hide(actor=operator.actor, entry=leaf)
        names = selectors.category_names()
        assert (names[LEAF], names["ports"]) == ("Door texts", "Ports")
        with django_assert_num_queries(0):
            selectors.category_names()

    def test_leaf_get__and_words_take_few_queries(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        small_catalogue()
        with django_assert_num_queries(1):
            rules = selectors.leaf_get(key=OTHER_LEAF).attributes
        assert list(rules) == ["h_tone", "licence"]
        assert list(rules["h_tone"].options) == ["plain", "warm", "salty"]
        assert "commercial-use" in rules["licence"].options
        with django_assert_num_queries(1):
            words = selectors.attribute_words({"h_tone", "h_years", "h_colour"})
        assert [key for _attribute, key in words.options] == ["plain", "warm", "salty"]
        assert (words.label("h_years"), words.values("h_years", 3), words.label("h_colour")) == (
            "Years", ["3 years"], "h colour",
        )  # fmt: skip

    def test_category_attributes_set__decides_what_gigs_are_asked(self, operator: User) -> None:
        leaf = small_catalogue()
        catalog.category_attributes_set(
            actor=operator.actor, category_id=leaf.pk, attributes=[("h_years", True), ("h_tone", False)]
        )
        rules = selectors.leaf_get(key=LEAF).attributes
        assert [(rule.key, rule.required) for rule in rules.values()] == [
            ("h_years", True),
            ("h_tone", False),
            ("licence", False),
        ], "rights can be said of every gig"
        for wrong in ([("h_tone", True), ("h_tone", False)], [("h_colour", False)]):
            with pytest.raises((errors.EntryInvalidError, errors.EntryNotFoundError)):
                catalog.category_attributes_set(actor=operator.actor, category_id=leaf.pk, attributes=wrong)


class TestHiding:
    def test_entry_hide__takes_a_leaf_out_of_the_tree_and_leaves_its_gigs_live(
        self, operator: User, freelancer: User
    ) -> None:
        gig = live_gig(freelancer)
        leaf = small_catalogue()
        assert selectors.category_usage(actor=operator.actor, category_id=group_of(leaf).pk).live_gigs == 1
        for _time in range(2):
            catalog.entry_hide(actor=operator.actor, entry=leaf)
        assert keys(selectors.category_tree(actor=NOBODY)) == [OTHER_LEAF]
        assert LEAF in keys(selectors.category_tree(actor=operator.actor, with_hidden=True))
        assert LEAF not in keys(selectors.category_tree(actor=freelancer.actor, with_hidden=True))
        with pytest.raises(errors.EntryNotFoundError):
            selectors.category_page(actor=NOBODY, key=LEAF)
        gig.refresh_from_db()
        assert gig.status == GigState.LIVE
        assert AuditRecord.objects.filter(code="category.hidden").count() == 1

    def test_entry_show__brings_it_back(self, operator: User) -> None:
        leaf = catalog.entry_hide(actor=operator.actor, entry=small_catalogue())
        catalog.entry_show(actor=operator.actor, entry=leaf)
        assert LEAF in keys(selectors.category_tree(actor=NOBODY))

    def test_entry_hide__of_a_group_hides_its_leaves(self, operator: User) -> None:
        catalog.entry_hide(actor=operator.actor, entry=group_of(small_catalogue()))
        assert keys(selectors.category_tree(actor=NOBODY)) == []
        with pytest.raises(errors.EntryNotFoundError):
            selectors.leaf_get(key=LEAF)

    def test_entry_hide__of_an_option_takes_it_from_new_answers_only(self, operator: User, freelancer: User) -> None:
        gig = live_gig(freelancer)
        salty = AttributeOption.objects.get(key="salty")
        catalog.entry_hide(actor=operator.actor, entry=salty)
        assert "salty" not in selectors.leaf_get(key=LEAF).attributes["h_tone"].options
        shown = selectors.gig_public(actor=NOBODY, url_key=gig.url_key).shown.attributes
        assert ("Salty",) in [one.values for one in shown]


class TestOrder:
    def test_entries_order__is_what_everybody_sees(self, operator: User) -> None:
        leaf = small_catalogue()
        other = Category.objects.get(key=OTHER_LEAF)
        catalog.entries_order(actor=operator.actor, entries=[other, leaf])
        assert keys(selectors.category_tree(actor=NOBODY)) == [OTHER_LEAF, LEAF]

    def test_entries_order__refuses_a_list_that_is_not_all(self, operator: User) -> None:
        leaf = small_catalogue()
        for entries in ([leaf], [leaf, leaf], []):
            with pytest.raises(errors.OrderIncompleteError):
                catalog.entries_order(actor=operator.actor, entries=entries)


class TestAttributes:
    def test_attribute_add__comes_with_its_options(self, operator: User) -> None:
        made = catalog.attribute_add(
            actor=operator.actor, key="h_boat", label="Boat", type="choice", options=["Cutter", "Dinghy"]
        )
        assert list(made.options.values_list("key", "label")) == [("cutter", "Cutter"), ("dinghy", "Dinghy")]
        with pytest.raises(errors.EntryInvalidError, match="at least two options"):
            catalog.attribute_add(actor=operator.actor, key="h_sail", label="Sail", type="choice")

    def test_attribute_update__changes_label_and_bounds(self, operator: User) -> None:
        small_catalogue()
        years = Attribute.objects.get(key="h_years")
        changed = catalog.attribute_update(
            actor=operator.actor, attribute_id=years.pk, label="Years at sea", bounds=(None, 70)
        )
        assert (changed.label, changed.minimum, changed.maximum) == ("Years at sea", None, 70)
        with pytest.raises(errors.EntryInvalidError, match="not below its maximum"):
            catalog.attribute_update(actor=operator.actor, attribute_id=years.pk, bounds=(9, 3))

    def test_attribute_option_rename__shows_at_once_on_gigs(self, operator: User, freelancer: User) -> None:
        gig = live_gig(freelancer)
        option = AttributeOption.objects.get(key="salty")
        catalog.attribute_option_rename(actor=operator.actor, option_id=option.pk, label="Briny")
        shown = selectors.gig_public(actor=NOBODY, url_key=gig.url_key).shown.attributes
        assert ("Briny",) in [one.values for one in shown]

    def test_attribute_option_add__makes_its_key_from_the_label(self, operator: User) -> None:
        small_catalogue()
        tone = Attribute.objects.get(key="h_tone")
        made = catalog.attribute_option_add(actor=operator.actor, attribute_id=tone.pk, label="Like C#")
        assert (made.key, made.position) == ("like-c-sharp", 3)
        with pytest.raises(errors.KeyTakenError):
            catalog.attribute_option_add(actor=operator.actor, attribute_id=tone.pk, label="like c#")
        years = Attribute.objects.get(key="h_years", type=AttributeType.NUMBER)
        with pytest.raises(errors.EntryInvalidError, match="Only a choice"):
            catalog.attribute_option_add(actor=operator.actor, attribute_id=years.pk, label="Many")


class TestUseCasesAndSkills:
    def test_use_case__is_added_changed_and_checked_like_the_files(self, operator: User) -> None:
        leaf = small_catalogue()
        case = catalog.use_case_add(actor=operator.actor, category_id=leaf.pk, **USE_CASE)
        assert (case.price_low, case.currency) == (4_000, "USD")
        catalog.use_case_update(actor=operator.actor, use_case_id=case.pk, title="A missed boat", price=(50, 60))
        assert [(row.title, row.price_high) for row in selectors.use_cases(actor=NOBODY, category=LEAF)] == [
            ("A missed boat", 6_000)
        ]
        for wrong in ({"question": "No question"}, {"price": (60, 50)}, {"colour": "blue"}):
            with pytest.raises(errors.EntryInvalidError):
                catalog.use_case_update(actor=operator.actor, use_case_id=case.pk, **wrong)

    def test_use_cases__of_what_is_hidden_are_hidden(self, operator: User) -> None:
        leaf = small_catalogue()
        case = catalog.use_case_add(actor=operator.actor, category_id=leaf.pk, **USE_CASE)
        assert selectors.use_case_get(actor=NOBODY, key=case.key) == case
        catalog.entry_hide(actor=operator.actor, entry=leaf)
        with pytest.raises(errors.EntryNotFoundError):
            selectors.use_case_get(actor=NOBODY, key=case.key)
        assert selectors.use_case_get(actor=operator.actor, key=case.key) == case

    def test_skill__is_added_and_changed(self, operator: User) -> None:
        small_catalogue()
        area = catalog.skill_area_add(actor=operator.actor, key="sea", name="Sea", summary="On it.")
        skill = catalog.skill_add(
            actor=operator.actor,
            area_id=area.pk,
            key="reading-tides",
            name="Reading tides",
            kind="trade",
            summary="Knows when to leave.",
            evidence=["work", "order"],
            categories=[LEAF],
        )
        catalog.skill_update(actor=operator.actor, skill_id=skill.pk, evidence=["order"])
        assert Skill.objects.get(key="reading-tides").evidence == ["order"]
        with pytest.raises(errors.EntryNotFoundError, match="no leaf “nowhere”"):
            catalog.skill_update(actor=operator.actor, skill_id=skill.pk, categories=["nowhere"])
        with pytest.raises(errors.EntryInvalidError, match="must be one of 'work'"):
            catalog.skill_update(actor=operator.actor, skill_id=skill.pk, evidence=["hearsay"])
        catalog.skill_area_update(actor=operator.actor, area_id=area.pk, name="The sea", summary="On it.")
        found = [one for one in selectors.skill_areas(actor=NOBODY) if one.key == "sea"]
        assert [(one.name, [row.key for row in one.skills.all()]) for one in found] == [("The sea", ["reading-tides"])]


def calls(leaf: Category) -> list[Callable[[Actor], Any]]:
    group_id, nothing = leaf.parent_id, leaf.pk
    return [
        lambda actor: catalog.category_add(actor=actor, key="a", name="A", summary="A", group_id=group_id),
        lambda actor: catalog.category_update(actor=actor, category_id=leaf.pk, name="A"),
        lambda actor: catalog.category_attributes_set(actor=actor, category_id=leaf.pk, attributes=[]),
        lambda actor: catalog.entry_hide(actor=actor, entry=leaf),
        lambda actor: catalog.entry_show(actor=actor, entry=leaf),
        lambda actor: catalog.entries_order(actor=actor, entries=[leaf]),
        lambda actor: catalog.attribute_add(actor=actor, key="a", label="A", type="boolean"),
        lambda actor: catalog.attribute_update(actor=actor, attribute_id=nothing, label="A"),
        lambda actor: catalog.attribute_option_add(actor=actor, attribute_id=nothing, label="A"),
        lambda actor: catalog.attribute_option_rename(actor=actor, option_id=nothing, label="A"),
        lambda actor: catalog.use_case_add(actor=actor, category_id=leaf.pk, **USE_CASE),
        lambda actor: catalog.use_case_update(actor=actor, use_case_id=nothing, title="A"),
        lambda actor: catalog.skill_area_add(actor=actor, key="a", name="A", summary="A"),
        lambda actor: catalog.skill_area_update(actor=actor, area_id=nothing, name="A", summary="A"),
        lambda actor: catalog.skill_update(actor=actor, skill_id=nothing, name="A"),
        lambda actor: selectors.category_get(actor=actor, category_id=leaf.pk),
        lambda actor: selectors.attributes_all(actor=actor),
        lambda actor: selectors.catalogue_loads(actor=actor),
        lambda actor: selectors.category_usage(actor=actor, category_id=leaf.pk),
    ]


def test_the_catalogue__is_edited_by_operators_only(freelancer: User) -> None:
    for call in calls(small_catalogue()):
        for actor in (freelancer.actor, NOBODY):
            with pytest.raises(PermissionDeniedError):
                call(actor)


class TestReading:
    def test_category_tree__counts_live_gigs_in_two_queries(self, freelancer: User) -> None:
        live_gig(freelancer)
        live_gig(freelancer)
        catalog.gig_pause(actor=freelancer.actor, gig_id=live_gig(freelancer).pk)
        with CaptureQueriesContext(connection) as queries:
            tree = selectors.category_tree(actor=NOBODY)
            group = next(one for one in tree if one.category.key == "harbour-work")
            counted = [(leaf.category.key, leaf.live_gigs) for leaf in group.leaves]
        assert (counted, group.live_gigs) == ([(LEAF, 2), (OTHER_LEAF, 0)], 2)
        assert len(queries) == 2

    def test_category_page__tells_what_is_there_and_from_which_price(self, freelancer: User, operator: User) -> None:
        live_gig(freelancer)
        catalog.use_case_add(actor=operator.actor, category_id=small_catalogue().pk, **USE_CASE)
        with CaptureQueriesContext(connection) as queries:
            page = selectors.category_page(actor=NOBODY, key=LEAF)
            assert [rule.label for rule in page.attributes] == ["Tone", "Media", "Years", "Sources", "Rights you get"]
            assert [case.category.key for case in page.use_cases] == [LEAF]
        assert (page.live_gigs, page.freelancers, page.price_from, page.days_from) == (1, 1, Money(4_000), 2)
        assert len(queries) <= 8

    def test_category_page__of_a_group_has_one_use_case_of_each_leaf(self, operator: User) -> None:
        leaf = small_catalogue()
        other = Category.objects.get(key=OTHER_LEAF)
        for number, category in enumerate((other, leaf, leaf)):
            catalog.use_case_add(actor=operator.actor, category_id=category.pk, **{**USE_CASE, "key": f"boat-{number}"})
        page = selectors.category_page(actor=NOBODY, key="harbour-work")
        assert [case.key for case in page.use_cases] == ["boat-1", "boat-0"]
        assert (page.price_from, page.attributes) == (None, [])

    def test_attributes_all__knows_who_asks(self, operator: User) -> None:
        small_catalogue()
        tone = next(one for one in selectors.attributes_all(actor=operator.actor) if one.key == "h_tone")
        assert (tone.leaves, [option.key for option in tone.options.all()]) == (2, ["plain", "warm", "salty"])
