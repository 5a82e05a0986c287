"""The catalogue's editor: the tree, what leaves ask for, use cases, skills; each edit says first what it changes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.models import Attribute, AttributeOption, Category, Skill, SkillArea, UseCase
from oeuvre.interfaces.backoffice.catalogue.common import ENTITIES
from oeuvre.interfaces.ui.sentences import SENTENCES
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import LEAF, OTHER_LEAF, live_gig, small_catalogue

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db

CASE: dict[str, Any] = {
    "title": "The boat that was missed",
    "question": "Do people miss the last boat?",
    "example": "Kestrel Ferries, four boats in Orkney, had a timetable nobody read. The writer cut it to nine lines.",
    "ask": "Who checks the times?\n\n May we  print it?",
    "price_low": 40,
    "price_high": 90,
    "days_low": 1,
    "days_high": 3,
    "way": "human",
}
SHIPPED = "chatbots"
"""A leaf of the catalogue that comes with the platform."""


@pytest.fixture
def desk(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.fixture
def leaf() -> Category:
    return small_catalogue()


def url(name: str, *args: Any) -> str:
    return reverse(f"catalogue_desk:{name}", args=args)


def entry_url(action: str, entity: str, row: Any) -> str:
    return url(action, entity, row.pk)


def group_of(leaf: Category) -> Category:
    assert leaf.parent
    return leaf.parent


class TestPages:
    def test_pages__open_in_few_queries(
        self, desk: Client, leaf: Category, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        shipped = Category.objects.get(key=SHIPPED)
        area = SkillArea.objects.all()[0]
        pages = [
            (url("tree"), 7),
            (url("group_new"), 5),
            (url("leaf_new", group_of(leaf).pk), 8),
            (url("category", shipped.pk), 13),
            (url("category", shipped.parent_id), 13),
            (url("asked", shipped.pk), 11),
            (url("case_new", shipped.pk), 8),
            (url("case", UseCase.objects.all()[0].pk), 11),
            (url("attributes"), 7),
            (url("attribute_new"), 5),
            (url("attribute", Attribute.objects.get(key="h_tone").pk), 12),
            (url("option", AttributeOption.objects.all()[0].pk), 10),
            (url("skills"), 7),
            (url("area_new"), 5),
            (url("area", area.pk), 9),
            (url("skill_new", area.pk), 8),
            (url("skill", Skill.objects.all()[0].pk), 11),
            (url("by_hand"), 12),
        ]
        for address, most in pages:
            with django_assert_max_num_queries(most):
                assert desk.get(address).status_code == 200, address

    def test_pages__are_the_operators(self, client: Client, leaf: Category) -> None:
        client.force_login(freelancer_with_profile())
        for address in (url("tree"), url("category", leaf.pk), url("asked", leaf.pk), url("by_hand")):
            assert client.get(address).status_code == 403
        assert client.post(url("category", leaf.pk), {"name": "Mine", "summary": "Mine."}).status_code == 403
        assert client.post(entry_url("hide", "category", leaf)).status_code == 403
        leaf.refresh_from_db()
        assert (leaf.name, leaf.hidden) == ("Notices", False)

    def test_pages__of_nothing_are_404(self, desk: Client) -> None:
        nothing = uuid.uuid4()
        for name in ("category", "case", "attribute", "option", "area", "skill", "asked"):
            assert desk.get(url(name, nothing)).status_code == 404, name
        assert desk.post(url("option_add", nothing), {"label": "X"}).status_code == 404
        assert desk.get(url("hide", "category", nothing)).status_code == 404
        assert desk.get(url("hide", "nonsense", nothing)).status_code == 404


class TestCategories:
    def test_tree__counts_live_gigs_and_shows_hidden_leaves(self, desk: Client, leaf: Category, operator: User) -> None:
        live_gig(freelancer_with_profile())
        catalog.entry_hide(actor=operator.actor, entry=Category.objects.get(key=OTHER_LEAF))
        text = desk.get(url("tree")).content.decode()
        branch = text.split(f'id="entry-{leaf.parent_id}"')[1].split("</li>\n      \n")[0]
        assert "1 live gig" in branch
        assert "Hidden" in branch

    def test_group_and_leaf__are_added_and_recorded(self, desk: Client, operator: User) -> None:
        given = {"key": "ports", "name": "Ports", "summary": "All that ports need.", "kind": "trade"}
        assert desk.post(url("group_new"), given).status_code == 302
        group = Category.objects.get(key="ports")
        given = {"key": "port-songs", "name": "Songs", "summary": "Sung on quays.", "aliases": "shanty\n\nSea  song"}
        answer = desk.post(url("leaf_new", group.pk), given)
        made = Category.objects.get(key="port-songs")
        assert answer.headers["Location"] == url("category", made.pk)
        assert (made.parent, made.kind, made.aliases) == (group, "trade", ["shanty", "sea song"])
        records = AuditRecord.objects.filter(code="category.added", actor_id=operator.pk)
        assert records.count() == 2
        assert "Added here" in desk.get(url("category", made.pk)).content.decode()

    def test_leaf_new__refuses_a_key_that_is_taken_and_keeps_what_was_typed(self, desk: Client, leaf: Category) -> None:
        given = {"key": LEAF, "name": "Notices again", "summary": "Twice."}
        answer = desk.post(url("leaf_new", leaf.parent_id), given)
        assert answer.status_code == 422
        assert "is taken" in answer.content.decode()
        assert "Notices again" in answer.content.decode()

    def test_category__is_renamed_and_moved_and_says_what_follows(self, desk: Client, leaf: Category) -> None:
        live_gig(freelancer_with_profile())
        other = Category.objects.filter(parent=None).exclude(pk=group_of(leaf).pk)[0]
        assert "1 live gig shows the new words at once" in desk.get(url("category", leaf.pk)).content.decode()
        given = {"name": "Door texts", "summary": "Texts for doors.", "aliases": "door", "group": str(other.pk)}
        assert desk.post(url("category", leaf.pk), given).status_code == 302
        leaf.refresh_from_db()
        assert (leaf.name, leaf.aliases, leaf.parent, leaf.key) == ("Door texts", ["door"], other, LEAF)
        record = AuditRecord.objects.get(code="category.updated")
        assert "name" in record.data["fields"]
        assert desk.post(url("category", leaf.pk), {**given, "group": str(leaf.pk)}).status_code == 422

    def test_category__too_long_a_description_is_refused_beside_its_field(self, desk: Client, leaf: Category) -> None:
        given = {"name": "Notices", "summary": "x" * 141, "group": str(leaf.parent_id)}
        answer = desk.post(url("category", leaf.pk), given)
        assert answer.status_code == 422
        assert "summary" in answer.context["form"].errors

    def test_move__exchanges_neighbours(self, desk: Client, leaf: Category) -> None:
        answer = desk.post(entry_url("move", "category", leaf), {"to": "down"})
        assert answer.headers["Location"] == f"{url('category', leaf.parent_id)}#entry-{leaf.pk}"
        order = [row.key for row in Category.objects.filter(parent=leaf.parent).order_by("position", "created_at")]
        assert order == [OTHER_LEAF, LEAF]
        desk.post(entry_url("move", "category", leaf), {"to": "up"})
        assert Category.objects.filter(parent=leaf.parent).order_by("position", "created_at")[0] == leaf


class TestHiding:
    def test_hide__says_first_how_many_gigs_it_concerns(self, desk: Client, leaf: Category, operator: User) -> None:
        person = freelancer_with_profile()
        live_gig(person)
        catalog.gig_pause(actor=person.actor, gig_id=live_gig(person).pk)
        for entry in (leaf, group_of(leaf)):
            text = desk.get(entry_url("hide", "category", entry)).content.decode()
            assert "2 gigs are in it" in text
        assert not Category.objects.get(pk=leaf.pk).hidden
        assert desk.post(entry_url("hide", "category", leaf)).status_code == 302
        leaf.refresh_from_db()
        assert leaf.hidden
        assert AuditRecord.objects.get(code="category.hidden").actor_id == operator.pk
        desk.post(entry_url("show", "category", leaf))
        leaf.refresh_from_db()
        assert not leaf.hidden

    def test_hide__of_each_kind_says_what_it_means(self, desk: Client, leaf: Category) -> None:
        live_gig(freelancer_with_profile())
        tone = Attribute.objects.get(key="h_tone")
        wanted = {
            ("attribute", tone): "1 gig keeps the answer that it gave",
            ("option", tone.options.get(key="salty")): "1 gig chose it",
            ("option", tone.options.get(key="warm")): "0 gigs chose it",
            ("use-case", UseCase.objects.all()[0]): "The guide no longer proposes it",
            ("area", SkillArea.objects.all()[0]): "a skill of this area",
            ("skill", Skill.objects.all()[0]): "0 profiles name it",
        }
        for (entity, row), said in wanted.items():
            assert said in desk.get(entry_url("hide", entity, row)).content.decode(), entity
            assert desk.post(entry_url("hide", entity, row)).status_code == 302
            row.refresh_from_db()
            assert row.hidden

    def test_every_edit__has_a_sentence_in_the_audit_log(self) -> None:
        from oeuvre.domains.catalog.services.entries import ENTITIES as NAMES

        assert set(NAMES) == set(ENTITIES.values())
        wanted = {
            f"{name}.{what}"
            for name in NAMES.values()
            for what in ("added", "updated", "hidden", "shown", "ordered", "restored")
        }
        assert wanted - set(SENTENCES) == set()


class TestRestoring:
    def test_restore__shows_what_would_change_and_does_it(self, desk: Client, operator: User) -> None:
        leaf = Category.objects.get(key=SHIPPED)
        name = leaf.name
        catalog.category_update(actor=operator.actor, category_id=leaf.pk, name="Talking windows")
        assert "Set by hand" in desk.get(url("category", leaf.pk)).content.decode()
        assert "Talking windows" in desk.get(url("by_hand")).content.decode()
        text = desk.get(entry_url("restore", "category", leaf)).content.decode()
        assert "Talking windows" in text
        assert name in text
        assert leaf.source in text
        assert desk.post(entry_url("restore", "category", leaf)).headers["Location"] == url("category", leaf.pk)
        leaf.refresh_from_db()
        assert (leaf.name, leaf.edited) == (name, [])
        assert AuditRecord.objects.get(code="category.restored").actor_id == operator.pk

    def test_restore__of_what_was_added_here_says_that_there_is_nothing(self, desk: Client, leaf: Category) -> None:
        text = desk.get(entry_url("restore", "category", leaf)).content.decode()
        assert "The files do not have this entry" in text
        answer = desk.post(entry_url("restore", "category", leaf), follow=True)
        assert "nothing to put it back to" in answer.content.decode()


class TestAttributes:
    def test_asked__sets_order_need_and_what_is_added(self, desk: Client, leaf: Category) -> None:
        live_gig(freelancer_with_profile())
        text = desk.get(url("asked", leaf.pk)).content.decode()
        assert "1 gig is in this category" in text
        extra = Attribute.objects.exclude(asked_by__category=leaf)[0]
        given = {
            "asked": ["h_tone", "h_years", "licence"],
            "place_h_tone": "3",
            "place_h_years": "x",
            "place_licence": "1",
            "required": ["licence", "h_tone", "h_sources"],
            "add": extra.key,
            "add_required": "on",
        }
        assert desk.post(url("asked", leaf.pk), given).status_code == 302
        rows = [(row.attribute.key, row.required) for row in leaf.asked.order_by("position")]
        assert rows == [("licence", True), ("h_tone", True), ("h_years", False), (extra.key, True)]
        assert AuditRecord.objects.get(code="category.attributes_set").data["attributes"][0] == "licence"

    def test_asked__refuses_what_is_not_there(self, desk: Client, leaf: Category) -> None:
        before = leaf.asked.count()
        answer = desk.post(url("asked", leaf.pk), {"asked": ["h_tone", "h_tone"]}, follow=True)
        assert "different attributes" in answer.content.decode()
        assert desk.post(url("asked", leaf.pk), {"add": "no_such"}).status_code == 404
        group = group_of(leaf)
        answer = desk.post(url("asked", group.pk), {"asked": ["h_tone"]}, follow=True)
        assert "Only a leaf asks" in answer.content.decode()
        assert leaf.asked.count() == before

    def test_attribute__is_added_with_options_and_refused_without(self, desk: Client) -> None:
        given = {"key": "h_light", "label": "Light", "type": "choice", "options": "Dawn\nNoon"}
        assert desk.post(url("attribute_new"), {**given, "options": "Dawn"}).status_code == 422
        answer = desk.post(url("attribute_new"), given)
        made = Attribute.objects.get(key="h_light")
        assert answer.headers["Location"] == url("attribute", made.pk)
        assert [option.key for option in made.options.order_by("position")] == ["dawn", "noon"]

    def test_attribute__is_renamed_and_bounded_but_keeps_its_type(self, desk: Client, leaf: Category) -> None:
        years = Attribute.objects.get(key="h_years")
        given = {"label": "Years at sea", "unit": "years", "minimum": "2", "maximum": "50", "type": "choice"}
        assert desk.post(url("attribute", years.pk), given).status_code == 302
        years.refresh_from_db()
        assert (years.label, years.minimum, years.maximum, years.type) == ("Years at sea", 2, 50, "number")
        assert desk.post(url("attribute", years.pk), {**given, "minimum": "60"}).status_code == 422

    def test_options__are_added_renamed_and_counted(self, desk: Client, leaf: Category) -> None:
        live_gig(freelancer_with_profile())
        tone = Attribute.objects.get(key="h_tone")
        assert desk.post(url("option_add", tone.pk), {"label": "Stormy"}).status_code == 302
        assert tone.options.get(key="stormy").position == 3
        salty = tone.options.get(key="salty")
        assert "1 gig chose it" in desk.get(url("option", salty.pk)).content.decode()
        assert desk.post(url("option", salty.pk), {"label": "Briny"}).status_code == 302
        salty.refresh_from_db()
        assert (salty.label, salty.key) == ("Briny", "salty")
        assert desk.post(url("option", salty.pk), {"label": ""}).status_code == 422
        answer = desk.post(url("option_add", tone.pk), {"label": "Stormy"}, follow=True)
        assert "is taken" in answer.content.decode()
        sources = Attribute.objects.get(key="h_sources")
        answer = desk.post(url("option_add", sources.pk), {"label": "Maybe"}, follow=True)
        assert "Only a choice has options" in answer.content.decode()


class TestUseCases:
    def test_case__is_added_and_changed(self, desk: Client, leaf: Category) -> None:
        given = {**CASE, "key": "missed-boat"}
        assert desk.post(url("case_new", leaf.pk), {**given, "question": "No question"}).status_code == 422
        assert desk.post(url("case_new", leaf.pk), given).headers["Location"] == url("category", leaf.pk)
        made = UseCase.objects.get(key="missed-boat")
        assert (made.ask, made.price_low, made.days_high) == (["Who checks the times?", "May we print it?"], 4_000, 3)
        assert CASE["question"] in desk.get(url("category", leaf.pk)).content.decode()
        changed = {**CASE, "title": "The last boat", "price_high": 30}
        refused = desk.post(url("case", made.pk), changed)
        assert refused.status_code == 422
        assert "exchange the two numbers" in refused.content.decode()
        assert desk.post(url("case", made.pk), {**changed, "price_high": 120}).status_code == 302
        made.refresh_from_db()
        assert (made.title, made.price_high) == ("The last boat", 12_000)
        assert AuditRecord.objects.get(code="use_case.updated").data["fields"] == ["price_high", "title"]


class TestSkills:
    def test_skill__is_added_with_synonyms_and_changed(self, desk: Client, leaf: Category) -> None:
        area = SkillArea.objects.all()[0]
        given = {
            "key": "knot-tying",
            "name": "Knot tying",
            "summary": "Ropes that hold.",
            "kind": "trade",
            "aliases": "Knots\nRope work",
            "categories": [LEAF],
            "evidence": ["work", "order"],
        }
        assert desk.post(url("skill_new", area.pk), given).headers["Location"] == url("area", area.pk)
        made = Skill.objects.get(key="knot-tying")
        assert (made.aliases, made.categories, made.evidence) == (["knots", "rope work"], [LEAF], ["work", "order"])
        del given["key"]
        assert desk.post(url("skill", made.pk), {**given, "evidence": []}).status_code == 422
        assert desk.post(url("skill", made.pk), {**given, "name": "Knots", "categories": []}).status_code == 302
        made.refresh_from_db()
        assert (made.name, made.categories) == ("Knots", [])

    def test_area__is_added_renamed_and_counts_profiles(self, desk: Client, operator: User) -> None:
        given = {"key": "seamanship", "name": "Seamanship", "summary": "At sea."}
        assert desk.post(url("area_new"), given).status_code == 302
        area = SkillArea.objects.get(key="seamanship")
        assert desk.post(url("area", area.pk), {"name": "Sailing", "summary": "At sea."}).status_code == 302
        area.refresh_from_db()
        assert area.name == "Sailing"
        skill = catalog.skill_add(
            actor=operator.actor,
            area_id=area.pk,
            key="reefing",
            name="Reefing",
            kind="trade",
            summary="S.",
            evidence=["work"],
        )
        catalog.freelancer_skill_add(actor=freelancer_with_profile().actor, skill_key=skill.key)
        assert "on 1 profile" in desk.get(url("area", area.pk)).content.decode()
        assert "1 profile names it" in desk.get(entry_url("hide", "skill", skill)).content.decode()
