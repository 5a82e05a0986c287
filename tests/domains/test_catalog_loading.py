"""Loading the catalogue: repeatable, mindful of what operators set, and nothing is ever deleted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.errors import CatalogueFilesError
from oeuvre.domains.catalog.models import (
    Attribute,
    AttributeOption,
    CatalogueLoad,
    Category,
    CategoryAttribute,
    Skill,
    UseCase,
)
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from tests.domains.test_catalog_files import ATTRIBUTES, GROUP, SKILLS, folder

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.catalog.loading import LoadReport

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_there(db: None) -> None:
    """The shipped catalogue, which a migration loads, would only be in the way."""
    for table in (CategoryAttribute, UseCase, Skill, AttributeOption, Attribute):
        table._default_manager.all().delete()
    Category.objects.filter(parent__isnull=False).delete()
    Category.objects.all().delete()


def load(path: Path, **texts: str) -> LoadReport:
    return catalog.catalogue_load(actor=Actor.system(), folder=folder(path, **texts))


def test_catalogue_load__makes_everything_the_files_say(tmp_path: Path) -> None:
    report = load(tmp_path)
    leaf = Category.objects.get(key="notices")
    case = UseCase.objects.get()
    assert leaf.parent == Category.objects.get(key="harbour")
    assert (leaf.kind, leaf.aliases, leaf.source) == ("trade", ["door text"], "categories/010-harbour.toml")
    assert [row.attribute.key for row in leaf.asked.all()] == ["tone"]
    assert (case.category, case.price_low, case.price_high, case.days_high) == (leaf, 4_000, 9_000, 3)
    assert Skill.objects.get().evidence == ["work"]
    assert "category notices" in report.created
    assert "option tone/warm" in report.created


def test_catalogue_load__again_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path)
    stamps = list(Category.objects.values_list("updated_at", flat=True))
    report = load(tmp_path)
    assert not report.changed
    assert not report.kept
    assert list(Category.objects.values_list("updated_at", flat=True)) == stamps
    assert CatalogueLoad.objects.count() == 1


def test_catalogue_load__follows_what_the_files_change(tmp_path: Path) -> None:
    load(tmp_path)
    report = load(
        tmp_path,
        group=GROUP.replace("Texts for doors.", "Texts for decks."),
        attributes=ATTRIBUTES.replace('"Plain", "Warm"', '"Plain", "Dry", "Warm"')
        + 'required = true\n[[attributes]]\nkey = "size"\nlabel = "Size"\ntype = "number"\n',
    )
    assert Category.objects.get(key="notices").summary == "Texts for decks."
    assert list(AttributeOption.objects.order_by("position").values_list("key", flat=True)) == ["plain", "dry", "warm"]
    assert CategoryAttribute.objects.get().required
    assert report.created == ["attribute size", "option tone/dry"]
    assert report.updated == ["option tone/warm", "category notices", "attributes of notices"]


def test_catalogue_load__keeps_what_an_operator_wrote_and_says_so(tmp_path: Path, operator: User) -> None:
    load(tmp_path)
    leaf = Category.objects.get(key="notices")
    catalog.category_update(actor=operator.actor, category_id=leaf.pk, name="Door texts")
    report = load(tmp_path, group=GROUP.replace("Texts for doors.", "Texts for decks."))
    leaf.refresh_from_db()
    assert (leaf.name, leaf.summary) == ("Door texts", "Texts for doors.")
    assert [(kept.entry, kept.fields) for kept in report.kept] == [("category notices", ["name", "summary"])]
    assert not report.changed


def test_catalogue_load__keeps_what_an_operator_asks_for(tmp_path: Path, operator: User) -> None:
    load(tmp_path)
    leaf = Category.objects.get(key="notices")
    catalog.category_attributes_set(actor=operator.actor, category_id=leaf.pk, attributes=[("tone", True)])
    report = load(tmp_path)
    assert CategoryAttribute.objects.get().required
    assert [kept.entry for kept in report.kept] == ["category notices"]


def test_catalogue_load__keeps_an_operators_order_and_what_is_hidden(tmp_path: Path, operator: User) -> None:
    load(tmp_path)
    plain, warm = AttributeOption.objects.order_by("position")
    catalog.entries_order(actor=operator.actor, entries=[warm, plain])
    catalog.entry_hide(actor=operator.actor, entry=Category.objects.get(key="notices"))
    report = load(tmp_path)
    assert not report.changed
    assert list(AttributeOption.objects.order_by("position").values_list("key", flat=True)) == ["warm", "plain"]
    assert Category.objects.get(key="notices").hidden


def test_catalogue_load__hides_what_the_files_no_longer_have_and_shows_it_when_it_is_back(tmp_path: Path) -> None:
    load(tmp_path)
    second = GROUP + GROUP[GROUP.index("\n[[leaves]]") :].replace("notices", "maps").replace("winter", "summer")
    load(tmp_path, group=second)
    report = load(tmp_path)
    assert report.hidden == ["category maps", "use case summer-timetable"]
    assert Category.objects.get(key="maps").hidden
    report = load(tmp_path, group=second)
    assert report.shown == ["category maps", "use case summer-timetable"]
    assert not Category.objects.get(key="maps").hidden


def test_catalogue_load__leaves_alone_what_an_operator_added_or_shows(tmp_path: Path, operator: User) -> None:
    load(tmp_path)
    group = Category.objects.get(key="harbour")
    catalog.category_add(actor=operator.actor, key="maps", name="Maps", summary="Of harbours.", group_id=group.pk)
    report = load(tmp_path)
    assert not report.hidden
    assert not Category.objects.get(key="maps").hidden


def test_catalogue_load__never_changes_the_type_of_an_attribute(tmp_path: Path) -> None:
    load(tmp_path)
    report = load(tmp_path, attributes=ATTRIBUTES.replace('"choice"', '"choices"'))
    assert Attribute.objects.get().type == "choice"
    assert [(kept.entry, kept.fields) for kept in report.kept] == [("attribute tone", ["type"])]


def test_catalogue_load__refuses_a_group_that_is_a_leaf_here(tmp_path: Path, operator: User) -> None:
    load(tmp_path)
    text = GROUP.replace('"harbour"', '"notices"', 1).replace(
        'key = "notices"\nname = "Notices"', 'key = "n"\nname = "N"'
    )
    (tmp_path / "categories" / "020-notices.toml").write_text(text.replace("winter", "spring"))
    (tmp_path / "categories" / "010-harbour.toml").write_text(GROUP.replace('"notices"', '"door-notices"'))
    (tmp_path / "skills.toml").write_text(SKILLS.replace('["notices"]', "[]"))
    with pytest.raises(CatalogueFilesError, match="is a leaf on this installation"):
        catalog.catalogue_load(actor=operator.actor, folder=tmp_path)


def test_catalogue_load__writes_nothing_where_a_file_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CatalogueFilesError):
        load(tmp_path, skills=SKILLS.replace("writing", "wrting", 1))
    assert not Category.objects.exists()


def test_catalogue_load__is_recorded_with_its_report(tmp_path: Path, operator: User, freelancer: User) -> None:
    catalog.catalogue_load(actor=operator.actor, folder=folder(tmp_path))
    kept = CatalogueLoad.objects.get()
    record = AuditRecord.objects.get(code="catalogue.loaded")
    assert (record.actor_id, record.data["created"]) == (operator.pk, len(kept.report["created"]))
    with pytest.raises(PermissionDeniedError):
        catalog.catalogue_load(actor=freelancer.actor, folder=tmp_path)
