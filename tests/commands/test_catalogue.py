"""`oeuvre catalogue-load` and `oeuvre catalogue-check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oeuvre.commands.catalogue_check import catalogue_check
from oeuvre.commands.catalogue_load import catalogue_load
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.models import Category
from tests.domains.test_catalog_files import GROUP, folder

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

    from oeuvre.domains.accounts.models import User


@pytest.mark.django_db
def test_catalogue_load__tells_what_it_did_and_what_it_left(
    tmp_path: Path, settings: Settings, operator: User, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CATALOGUE = str(folder(tmp_path))
    catalogue_load()
    said = capsys.readouterr().out
    assert " created\n" in said
    assert "hidden, because the files no longer have it: category chatbots" in said
    leaf = Category.objects.get(key="notices")
    catalog.category_update(actor=operator.actor, category_id=leaf.pk, name="Door texts")
    catalogue_load()
    assert "left as an operator set it: category notices (name)" in capsys.readouterr().out


@pytest.mark.django_db
def test_catalogue_load__says_when_there_was_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    catalogue_load()
    capsys.readouterr()
    catalogue_load()
    assert "Nothing to change." in capsys.readouterr().out


def test_catalogue_check__tells_each_mistake_and_answers_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(tmp_path, group=GROUP.replace('kind = "trade"', 'kind = "hobby"'))
    assert not catalogue_check(paths=[tmp_path])
    assert "categories/010-harbour.toml: kind: must be one of" in capsys.readouterr().err
    assert not catalogue_check(paths=[tmp_path / "categories" / "010-harbour.toml"])
    assert catalogue_check(paths=[tmp_path / "attributes.toml"])


def test_catalogue_check__looks_at_what_comes_along(capsys: pytest.CaptureFixture[str]) -> None:
    assert catalogue_check(paths=[])
    assert capsys.readouterr().out == "Everything can be loaded.\n"
