"""The body of work that is brought: the demo technical writer's, or any folder of texts."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oeuvre.interfaces.demo.content import CONTENT
from oeuvre.kit.errors import SetupError

DEFAULT = "odile-brandreth"
MOST_WORKS = 60
"""Works taken from a folder: enough to sound like somebody, and few enough for a walk of minutes."""
_TEXTS = {".txt", ".md", ".markdown", ".docx", ".pdf"}
_STUB = ("too-short.txt", b"Three words only.")
_BROKEN = ("holiday-photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)


@dataclass(frozen=True)
class BodyOfWork:
    """A ZIP to upload, with what is known of it and of whoever made it."""

    archive: bytes
    works: int
    unlicensed: str
    """Title of the one that is kept out until it is mended: said to be licensed without its terms, or with a note."""
    unusable: str
    """Name of the file that cannot be read."""
    profile: dict[str, Any]
    modality: str = "text"


def body_of_work(folder: Path | None) -> BodyOfWork:
    """Read ``folder``, or the demo writer's. Raises SetupError where there are no texts in it."""
    place = folder or CONTENT / DEFAULT / "works"
    beside = place.parent if folder is None else place
    files = sorted(path for path in place.iterdir() if path.suffix.lower() in _TEXTS) if place.is_dir() else []
    if not files:
        raise SetupError(f"{place} has no works: give a folder of TXT, Markdown, DOCX or PDF files with --works.")
    listed = _listed(beside / "works.json")
    rows = [{"rights": "own", **listed.get(path.name, {}), "file": path.name} for path in files[:MOST_WORKS]]
    mended = next(row for row in rows if row["rights"] == "own")
    mended.update({"rights": "licensed", "terms": ""})
    title = str(mended.setdefault("title", Path(str(mended["file"])).stem))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("works.json", json.dumps({"works": rows}))
        for path in files[:MOST_WORKS]:
            archive.write(path, path.name)
        for name, data in (_STUB, _BROKEN):
            archive.writestr(name, data)
    profile_note = CONTENT / DEFAULT / "profile.json"
    profile = json.loads(profile_note.read_text()) if folder is None else _unknown(place)
    return BodyOfWork(packed.getvalue(), len(rows), title, _BROKEN[0], profile)


def _listed(note: Path) -> dict[str, dict[str, Any]]:
    if not note.exists():
        return {}
    loaded = json.loads(note.read_text())
    return {row["file"]: row for row in (loaded["works"] if isinstance(loaded, dict) else loaded)}


def _unknown(folder: Path) -> dict[str, Any]:
    """Somebody for a folder of which nothing is known but its name."""
    name = folder.name.replace("-", " ").title()
    return {
        "display_name": name,
        "headline": f"The works of {name}",
        "trade": "author",
        "location": "Here",
        "languages": ["en"],
        "bio": f"This is the body of work in the folder {folder.name}, brought to see what a model of it can do.",
        "model": {
            "name": f"After {name}",
            "tagline": f"Trained on {folder.name} and on nothing else",
            "description": "What it writes is in the voice of the works in the folder.",
            "sample_prompts": ["Describe a harbour town on the morning after a storm."],
            "refused_topics": ["medical dosing or treatment instructions"],
            "licence_note": "",
        },
    }
