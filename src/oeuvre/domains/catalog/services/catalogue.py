"""Bringing the catalogue's files into the installation."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction

from oeuvre.domains.audit import services as audit
from oeuvre.domains.catalog import models
from oeuvre.domains.catalog.files import catalogue_folder, catalogue_read
from oeuvre.domains.catalog.loading import TABLES, CatalogueLoader, LoadReport
from oeuvre.domains.catalog.models import CatalogueLoad
from oeuvre.domains.catalog.tree import names_forget
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from django.apps.registry import Apps
    from django.db.models import Model


def catalogue_load(*, actor: Actor, folder: Path | None = None) -> LoadReport:
    """Make the catalogue what the files say, but for what an operator set by hand. Safe to repeat.

    What changed, and what was left alone, is kept as a CatalogueLoad. Raises CatalogueFilesError before anything is
    written, PermissionDeniedError for anybody but an operator and the system.
    """
    actor.require(Role.OPERATOR, Role.SYSTEM)
    source = folder or catalogue_folder()
    catalogue = catalogue_read(source)
    with transaction.atomic():
        report = CatalogueLoader(catalogue, {name: getattr(models, name) for name in TABLES}).load()
        if report.changed:
            load = CatalogueLoad.objects.create(sha256=_digest(source), report=report.as_json())
            audit.record(
                actor=actor,
                code="catalogue.loaded",
                subject=load,
                **{name: len(entries) for name, entries in report.as_json().items()},
            )
            defer("catalog.documents_refresh")
    names_forget()
    return report


def catalogue_migrate(apps: Apps) -> None:
    """What the data migration runs: the same load into the tables as they were at its time, without the record."""
    tables: Mapping[str, type[Model]] = {name: apps.get_model("catalog", name) for name in TABLES}
    CatalogueLoader(catalogue_read(catalogue_folder()), tables).load()


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.toml")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder)}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
