"""A folder of works and the ``works.json`` that describes them: what every modality reads alike."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

from oeuvre_studio.errors import UsageError
from oeuvre_studio.protocol import WorkLine

MANIFEST = "works.json"


@dataclasses.dataclass(frozen=True)
class ListedFile:
    """A file of the folder, or one that ``works.json`` lists and that is not there (``path`` is ``None``)."""

    name: str
    path: Path | None
    entry: dict[str, Any]
    """What ``works.json`` says of it."""

    def line(self, *, kind: str) -> WorkLine:
        """The work without its content; ``kind`` is what it is where ``works.json`` does not say."""
        keywords = self.entry.get("keywords") or ()
        return WorkLine(
            file=self.name,
            title=str(self.entry.get("title") or re.sub(r"[-_]+", " ", Path(self.name).stem)),
            kind=str(self.entry.get("kind") or kind),
            keywords=tuple(map(str, keywords)) if isinstance(keywords, list) else (),
            rights=str(self.entry.get("rights") or "own"),
        )


@dataclasses.dataclass(frozen=True)
class WorksFolder:
    """The files, those that are listed first and in that order; ``author`` and ``language`` are empty where nobody says."""

    files: tuple[ListedFile, ...]
    author: str
    language: str


def list_folder(folder: Path, *, of: str = "works") -> WorksFolder:
    """What a folder holds and what its ``works.json`` says, where there is one. Hidden files are passed over.

    Raises:
        UsageError: not a folder, or ``works.json`` is not what it should be; ``of`` says what the folder should hold.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder of {of}.")
    about, entries = _read_manifest(folder / MANIFEST)
    present = {
        str(path.relative_to(folder)): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST and not path.name.startswith(".")
    }
    names = [*entries, *(name for name in present if name not in entries)]
    files = tuple(ListedFile(name, present.get(name), entries.get(name, {})) for name in names)
    return WorksFolder(files, str(about.get("author", "")), str(about.get("language", "")))


def _read_manifest(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What is said of all works together, and of each by its file."""
    if not path.is_file():
        return {}, {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        about = data if isinstance(data, dict) else {"works": data}
        return about, {str(entry["file"]): entry for entry in about["works"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not a list of works with a 'file' each: {error!r}") from error
