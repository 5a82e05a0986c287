"""`oeuvre catalogue-check`: whether the catalogue's files could be loaded, without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from oeuvre.domains.catalog.files import SHIPPED, file_check, folder_check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def catalogue_check(*, paths: Sequence[Path]) -> bool:
    """Check folders whole, and files each by itself; the catalogue that comes with the platform where none is given."""
    problems = []
    for path in paths or [SHIPPED]:
        problems += folder_check(path) if path.is_dir() else file_check(path)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if not problems:
        typer.echo("Everything can be loaded.")
    return not problems
