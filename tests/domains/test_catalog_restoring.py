"""Entries that an operator changed go back to what the files say; and what rests on an entry, said before an edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.catalog import errors, selectors
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.models import (
    Attribute,
    AttributeOption,
    CatalogueEntry,
    Category,
    CategoryAttribute,
    Skill,
    SkillArea,
    UseCase,
)
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from tests.domains.test_catalog_files import ATTRIBUTES, GROUP, folder
from tests.support.gigs import LEAF, gig_content, live_gig, small_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Path:
    """A small catalogue of files, loaded; what a migration loads is out of the way."""
    for table in (CategoryAttribute, UseCase, Skill, AttributeOption, Attribute):
        table._default_manager.all().delete()
    Category.objects.filter(parent__isnull=False).delete()
    Category.objects.all().delete()
    settings.CATALOGUE = str(folder(tmp_path))
    catalog.catalogue_load(actor=Actor.system())
    return tmp_path


CHANGES: dict[type[CatalogueEntry], dict[str, Any]] = {
    Attribute: {"label": "Mood"},
    AttributeOption: {"label": "Dry"},
    Category: {"name": "Placards", "summary": "Other words.", "aliases": ["placard"]},
    UseCase: {"title": "Another one", "price_low": 1, "days_high": 90},
    SkillArea: {"name": "Letters"},
    Skill: {"name": "Placards", "evidence": ["order"], "categories": []},
}


def sole(model: type[CatalogueEntry]) -> CatalogueEntry:
    rows = list(model._default_manager.filter(hidden=False))
    leaves = [row for row in rows if not isinstance(row, Category) or row.is_leaf]
    return leaves[-1]


class TestRestoring:
    @pytest.mark.parametrize("model", CHANGES, ids=lambda model: model.__name__)
    def test_entry_restore__puts_words_place_and_hiding_back(
        self, files: Path, operator: User, model: type[CatalogueEntry]
    ) -> None:
        row = sole(model)
        before = {name: getattr(row, name) for name in (*CHANGES[model], "position", "hidden")}
        for name, value in CHANGES[model].items():
            setattr(row, name, value)
        row.position, row.hidden, row.edited = 7, True, ["content", "position", "hidden"]
        row.save()
        state = selectors.entry_in_files(actor=operator.actor, entry=row)
        assert state is not None
        assert set(state.differs(row)) == {*CHANGES[model], "position", "hidden"}
        restored = catalog.entry_restore(actor=operator.actor, entry=row)
        restored.refresh_from_db()
        assert {name: getattr(restored, name) for name in before} == before
        assert restored.edited == []
        record = AuditRecord.objects.get(code__endswith=".restored")
        assert set(record.data["fields"]) == {*CHANGES[model], "position", "hidden"}
        assert catalog.catalogue_load(actor=operator.actor).kept == []

    def test_entry_restore__puts_back_what_a_leaf_asks_for(self, files: Path, operator: User) -> None:
        leaf = Category.objects.get(key="notices")
        catalog.category_attributes_set(actor=operator.actor, category_id=leaf.pk, attributes=[])
        assert leaf.asked.count() == 0
        catalog.entry_restore(actor=operator.actor, entry=leaf)
        assert [row.attribute.key for row in leaf.asked.all()] == ["tone"]
        leaf.refresh_from_db()
        assert leaf.edited == []

    def test_entry_restore__takes_what_the_files_say_now(self, files: Path, operator: User) -> None:
        leaf = Category.objects.get(key="notices")
        catalog.category_update(actor=operator.actor, category_id=leaf.pk, name="Placards")
        folder(files, group=GROUP.replace('name = "Notices"', 'name = "Door texts"'))
        assert catalog.entry_restore(actor=operator.actor, entry=leaf).name == "Door texts"

    def test_entry_restore__reads_past_what_was_not_loaded_yet(self, files: Path, operator: User) -> None:
        more = '\n[[attributes]]\nkey = "pace"\nlabel = "Pace"\ntype = "choice"\noptions = ["Slow", "Fast"]\n'
        folder(files, attributes=ATTRIBUTES + more)
        option = AttributeOption.objects.get(key="warm")
        catalog.attribute_option_rename(actor=operator.actor, option_id=option.pk, label="Hot")
        assert catalog.entry_restore(actor=operator.actor, entry=option).label == "Warm"
        assert not Attribute.objects.filter(key="pace").exists()

    def test_entry_restore__never_changes_the_type_of_an_attribute(self, files: Path, operator: User) -> None:
        row = Attribute.objects.get(key="tone")
        folder(files, attributes=ATTRIBUTES.replace('type = "choice"', 'type = "choices"'))
        catalog.attribute_update(actor=operator.actor, attribute_id=row.pk, label="Mood")
        restored = catalog.entry_restore(actor=operator.actor, entry=row)
        assert (restored.label, restored.type) == ("Tone", "choice")

    def test_entry_restore__refuses_what_the_files_do_not_have(self, files: Path, operator: User) -> None:
        added = catalog.category_add(actor=operator.actor, key="ports", name="Ports", summary="All.", kind="trade")
        assert selectors.entry_in_files(actor=operator.actor, entry=added) is None
        with pytest.raises(errors.EntryNotInFilesError):
            catalog.entry_restore(actor=operator.actor, entry=added)

    def test_entry_restore__writes_nothing_where_a_file_is_wrong(self, files: Path, operator: User) -> None:
        leaf = Category.objects.get(key="notices")
        catalog.category_update(actor=operator.actor, category_id=leaf.pk, name="Placards")
        (files / "skills.toml").write_text("areas = 3")
        with pytest.raises(errors.CatalogueFilesError):
            catalog.entry_restore(actor=operator.actor, entry=leaf)
        leaf.refresh_from_db()
        assert leaf.name == "Placards"

    def test_entry_restore__is_the_operators(self, freelancer: User) -> None:
        leaf = small_catalogue()
        with pytest.raises(PermissionDeniedError):
            catalog.entry_restore(actor=freelancer.actor, entry=leaf)
        with pytest.raises(PermissionDeniedError):
            selectors.entry_in_files(actor=freelancer.actor, entry=leaf)


class TestUsage:
    def test_leaf_usage__counts_gigs_and_their_answers(self, freelancer: User, operator: User) -> None:
        live_gig(freelancer)
        paused = live_gig(freelancer, attributes={"licence": "personal-use"})
        catalog.gig_pause(actor=freelancer.actor, gig_id=paused.pk)
        closed = live_gig(freelancer)
        catalog.gig_close(actor=freelancer.actor, gig_id=closed.pk)
        leaf = Category.objects.get(key=LEAF)
        usage = selectors.leaf_usage(
            actor=operator.actor, category_id=leaf.pk, attributes=["licence", "h_tone", "h_sources"]
        )
        assert (usage.gigs, usage.answers) == (2, {"licence": 2, "h_tone": 1, "h_sources": 0})
        assert usage.unanswered("h_tone") == 1

    def test_attribute_usage__counts_each_option(self, freelancer: User, operator: User) -> None:
        live_gig(freelancer)
        live_gig(freelancer, attributes={**gig_content().attributes, "h_media": ("doors",), "h_tone": "plain"})
        several = Attribute.objects.get(key="h_media")
        one = Attribute.objects.get(key="h_tone")
        usage = selectors.attribute_usage(actor=operator.actor, attribute_id=several.pk)
        assert (usage.gigs, usage.options) == (2, {"doors": 2, "decks": 1, "masts": 0, "sails": 0})
        usage = selectors.attribute_usage(actor=operator.actor, attribute_id=one.pk)
        assert usage.options == {"plain": 1, "warm": 0, "salty": 1}

    def test_skills_held__counts_profiles(self, freelancer: User, other_freelancer: User, operator: User) -> None:
        skills = list(Skill.objects.filter(hidden=False)[:2])
        for person in (freelancer, other_freelancer):
            catalog.freelancer_skill_add(actor=person.actor, skill_key=skills[0].key)
        held = selectors.skills_held(actor=operator.actor, skill_ids=[skill.pk for skill in skills])
        assert held == {skills[0].pk: 2}

    def test_usage__is_the_operators(self, freelancer: User) -> None:
        leaf = small_catalogue()
        attribute = Attribute.objects.get(key="h_tone")
        calls: list[Callable[[], object]] = [
            lambda: selectors.leaf_usage(actor=freelancer.actor, category_id=leaf.pk, attributes=[]),
            lambda: selectors.attribute_usage(actor=freelancer.actor, attribute_id=attribute.pk),
            lambda: selectors.skills_held(actor=freelancer.actor, skill_ids=[]),
            lambda: selectors.entry_of(actor=freelancer.actor, model=Category, entry_id=leaf.pk),
        ]
        for call in calls:
            with pytest.raises(PermissionDeniedError):
                call()


class TestByHand:
    def test_entries_by_hand__names_what_was_changed_or_added(self, files: Path, operator: User) -> None:
        assert selectors.entries_by_hand(actor=operator.actor) == []
        leaf = Category.objects.get(key="notices")
        skill = Skill.objects.get()
        catalog.category_update(actor=operator.actor, category_id=leaf.pk, name="Placards")
        catalog.skill_update(actor=operator.actor, skill_id=skill.pk, summary="Other words.")
        added = catalog.category_add(actor=operator.actor, key="ports", name="Ports", summary="All.", kind="trade")
        assert set(selectors.entries_by_hand(actor=operator.actor)) == {leaf, skill, added}
        with pytest.raises(PermissionDeniedError):
            selectors.entries_by_hand(actor=Actor.anonymous())

    def test_entry_move__exchanges_neighbours_and_stops_at_the_ends(self, operator: User, freelancer: User) -> None:
        first = small_catalogue()
        group = first.parent
        assert group is not None

        def order() -> list[str]:
            return [leaf.key for leaf in group.leaves.order_by("position", "created_at")]

        there = order()
        catalog.entry_move(actor=operator.actor, entry=first, up=True)
        assert order() == there
        catalog.entry_move(actor=operator.actor, entry=first, up=False)
        assert order() == there[::-1]
        catalog.entry_move(actor=operator.actor, entry=first, up=False)
        assert order() == there[::-1]
        with pytest.raises(PermissionDeniedError):
            catalog.entry_move(actor=freelancer.actor, entry=first, up=True)
