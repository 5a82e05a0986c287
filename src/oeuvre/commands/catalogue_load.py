"""`oeuvre catalogue-load`: make the catalogue what its files say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from oeuvre.domains.catalog import services
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from oeuvre.domains.catalog.loading import LoadReport


def catalogue_load() -> None:
    """Load, and say what that changed and what it left alone. Raises CatalogueFilesError before anything is written."""
    report = services.catalogue_load(actor=Actor.system())
    typer.echo(f"{services.catalogue_folder()}")
    for line in report_lines(report):
        typer.echo(line)


def report_lines(report: LoadReport) -> list[str]:
    """The report for people: counts first, then each entry that an operator should know of."""
    counted = {"created": report.created, "updated": report.updated, "shown again": report.shown}
    lines = [f"{len(entries)} {word}" for word, entries in counted.items() if entries]
    lines += [f"hidden, because the files no longer have it: {entry}" for entry in report.hidden]
    lines += [f"left as an operator set it: {kept.entry} ({', '.join(kept.fields)})" for kept in report.kept]
    return lines or ["Nothing to change."]
