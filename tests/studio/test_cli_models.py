"""``studio models``: what is offered under which licence, and bringing several here."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from oeuvre_studio import cli_models
from oeuvre_studio.catalog import CatalogModel, Say, catalog
from oeuvre_studio.cli_models import models
from oeuvre_studio.errors import ModelUnavailableError

runner = CliRunner()


def test_models_list__says_what_is_pulled(tmp_path: Path) -> None:
    rows = json.loads(runner.invoke(models, ["list", "--json", "--models-dir", str(tmp_path)]).stdout)
    assert {row["name"]: row["pulled"] for row in rows} == dict.fromkeys(catalog(), False)
    notes = {row["name"]: row["licence_note"] for row in rows}
    assert "proprietary" in notes["sscd"]
    assert notes["sscd"] in runner.invoke(models, ["list", "--models-dir", str(tmp_path)]).stdout


def test_models_pull__goes_on_after_one_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(model: CatalogModel, folder: Path, say: Say) -> bool:
        asked.append(model.name)
        if len(asked) == 1:
            raise ModelUnavailableError(f"{model.name} could not be pulled.")
        return True

    monkeypatch.setattr(cli_models, "pull", refuse)
    names = list(catalog())[:3]
    done = runner.invoke(models, ["pull", *names, "--models-dir", str(tmp_path)])
    assert done.exit_code == 1
    assert f"{names[0]} could not be pulled." in done.stderr
    assert asked == names
