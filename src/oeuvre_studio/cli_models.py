"""``studio models``: the base models there are, and bringing them here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from oeuvre_studio.catalog import CatalogModel, Say, catalog, catalog_model, default_models_dir, is_pulled, pull
from oeuvre_studio.cli_common import JsonFlag, ModelsDir, reporting
from oeuvre_studio.errors import StudioError, UsageError

models = typer.Typer(no_args_is_help=True, help="Base models: what there is, and bringing it here.")


@models.command("list")
def models_list(models_dir: ModelsDir = None, json_: JsonFlag = False) -> None:
    """What the catalogue offers and what is on this machine."""
    folder = models_dir or default_models_dir()
    offered = catalog().values()
    if json_:
        print(json.dumps([_row(model, folder) for model in offered]))
        return
    for model in offered:
        here = "pulled" if is_pulled(model, folder) else "-"
        print(f"{here:8}{model.name:24}{model.licence:14}{model.download_mb:4} MB  {model.about}")
        if model.licence_note:
            print(f"{'':8}{'':24}{model.licence_note}")


def _row(model: CatalogModel, folder: Path) -> dict[str, str | int | bool]:
    return {
        "name": model.name,
        "modality": model.modality,
        "licence": model.licence,
        "licence_note": model.licence_note,
        "download_mb": model.download_mb,
        "default": model.default,
        "pulled": is_pulled(model, folder),
        "about": model.about,
    }


@models.command("pull")
def models_pull(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME…")] = None,
    default: Annotated[bool, typer.Option("--default", help="All that a new installation needs.")] = False,
    models_dir: ModelsDir = None,
    json_: JsonFlag = False,
) -> None:
    """Bring base models here: verified, resumed where it stopped, nothing to do the second time."""
    with reporting(as_json=json_) as reporter:
        chosen = [m for m in catalog().values() if m.default] if default else []
        chosen += [catalog_model(name) for name in names or ()]
        if not chosen:
            raise UsageError("Name a model, or use --default. `studio models list` shows what there is.")
        folder = models_dir or default_models_dir()
        pulled = _pull_all(chosen, folder, reporter.say)
    if json_:
        print(json.dumps([{"name": name, "pulled": new} for name, new in pulled.items()]))


def _pull_all(chosen: list[CatalogModel], folder: Path, say: Say) -> dict[str, bool]:
    """Whether each model came only now. One that cannot be had does not keep the others away.

    Raises:
        StudioError: says of every model that failed why; of the first one's kind.
    """
    pulled: dict[str, bool] = {}
    failed: list[StudioError] = []
    for model in chosen:
        try:
            pulled[model.name] = pull(model, folder, say)
        except StudioError as error:
            failed.append(error)
    if failed:
        raise type(failed[0])(" ".join(error.message for error in failed))
    return pulled
