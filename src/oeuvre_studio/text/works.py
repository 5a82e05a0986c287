"""Reading a body of work: from a folder or from JSON lines, one verdict for every file, never a crash for one
of them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import re
import statistics
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from charset_normalizer import from_bytes

from oeuvre_studio.folders import ListedFile, list_folder
from oeuvre_studio.protocol import RefusedWork, WorkLine, parse

MIN_WORDS = 20
"""A shorter text says next to nothing about how somebody writes."""

MAX_BYTES = 20_000_000
"""About three million words; more is not one work."""

PROSE_SUFFIXES = {".txt": "text", ".md": "article", ".markdown": "article", ".rst": "article"}
SOURCE_SUFFIXES = frozenset(
    [
        ".py",
        ".js",
        ".mjs",
        ".ts",
        ".tsx",
        ".jsx",
        ".html",
        ".css",
        ".scss",
        ".c",
        ".h",
        ".cc",
        ".cpp",
        ".hpp",
        ".cs",
        ".java",
        ".kt",
        ".go",
        ".rs",
        ".rb",
        ".php",
        ".pl",
        ".swift",
        ".scala",
        ".sql",
        ".sh",
        ".lua",
        ".r",
        ".jl",
        ".ex",
        ".hs",
        ".ml",
        ".clj",
        ".tex",
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
    ]
)


@dataclasses.dataclass(frozen=True)
class Work:
    """One usable work, its text normalised. ``sha256`` is the original file's."""

    file: str
    title: str
    kind: str
    keywords: tuple[str, ...]
    text: str
    rights: str
    sha256: str

    @property
    def words(self) -> int:
        """Whitespace-separated words."""
        return len(self.text.split())


@dataclasses.dataclass(frozen=True)
class BodyOfWork:
    """What reading gave: the usable works in a stable order, the refused ones, and whose they are if that was
    said.
    """

    works: tuple[Work, ...]
    refused: tuple[RefusedWork, ...]
    author: str = ""


class _RefusedError(Exception):
    """Why one work is left out; becomes a `RefusedWork`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def read_folder(folder: Path) -> BodyOfWork:
    """Read a folder of works, with titles and kinds from ``works.json`` where there is one.

    Raises:
        UsageError: not a folder, or ``works.json`` is not what it should be.
    """
    found = list_folder(folder)

    def candidates() -> Iterator[tuple[str, WorkLine | _RefusedError]]:
        for file in found.files:
            try:
                yield file.name, _read_file(file)
            except _RefusedError as refusal:
                yield file.name, refusal

    return _collect(candidates(), author=found.author)


def read_lines(stream: Iterable[str]) -> BodyOfWork:
    """Read works as JSON lines (`WorkLine`), as the platform pipes them in."""

    def candidates() -> Iterator[tuple[str, WorkLine | _RefusedError]]:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                work = parse(WorkLine, json.loads(line))
            except ValueError as error:
                yield f"line {number}", _RefusedError("invalid", f"Not a work in JSON: {error}.")
            else:
                yield work.file, work

    return _collect(candidates(), author="")


def _read_file(file: ListedFile) -> WorkLine:
    path = file.path
    if path is None:
        raise _RefusedError("missing", "works.json lists it, but there is no such file in the folder.")
    suffix = path.suffix.lower()
    if suffix not in PROSE_SUFFIXES and suffix not in SOURCE_SUFFIXES:
        raise _RefusedError("not_text", f"Files ending in {suffix or 'nothing'} are not read as text.")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _RefusedError("too_large", f"Larger than {MAX_BYTES // 1_000_000} MB. Split it into works.")
        data = path.read_bytes()
    except OSError as error:
        raise _RefusedError("unreadable", f"The file cannot be read: {error.strerror}.") from error
    line = file.line(kind=PROSE_SUFFIXES.get(suffix, "source file"))
    return dataclasses.replace(line, text=decode(data), sha256=hashlib.sha256(data).hexdigest())


def decode(data: bytes) -> str:
    """Bytes to text: UTF-8, else the encoding they look most like.

    Raises:
        _RefusedError: it is not text, whatever its name says.
    """
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _RefusedError("not_text", "The file holds binary data; its name is misleading.")
    if data.startswith((b"%PDF-", b"{\\rtf", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise _RefusedError("not_text", "The file is a document or picture; its name is misleading.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        best = from_bytes(data).best()
    if best is None:
        raise _RefusedError("unreadable", "The file's character encoding cannot be told. Save it as UTF-8.")
    return str(best)


def _collect(candidates: Iterable[tuple[str, WorkLine | _RefusedError]], *, author: str) -> BodyOfWork:
    works: list[Work] = []
    refused: list[RefusedWork] = []
    seen: dict[str, str] = {}
    for name, candidate in candidates:
        try:
            if isinstance(candidate, _RefusedError):
                raise candidate
            work = _usable(candidate)
            fingerprint = " ".join(work.text.lower().split())
            if fingerprint in seen:
                raise _RefusedError("duplicate", f"The same text as {seen[fingerprint]}.")
        except _RefusedError as refusal:
            refused.append(RefusedWork(file=name, code=refusal.code, reason=refusal.reason))
            continue
        seen[fingerprint] = name
        works.append(work)
    return BodyOfWork(works=tuple(works), refused=tuple(refused), author=author)


def _usable(line: WorkLine) -> Work:
    text = normalise(line.text, is_source=line.kind == "source file")
    if not text:
        raise _RefusedError("empty", "The file is empty.")
    words = len(text.split())
    if words < MIN_WORDS:
        raise _RefusedError("too_short", f"{words} words; at least {MIN_WORDS} are needed.")
    return Work(
        file=line.file,
        title=line.title or line.file,
        kind=line.kind or "text",
        keywords=line.keywords,
        text=text,
        rights=line.rights,
        sha256=line.sha256 or hashlib.sha256(line.text.encode()).hexdigest(),
    )


def normalise(text: str, *, is_source: bool = False) -> str:
    """One form for all works: NFC, plain newlines, no control characters, prose without hard line breaks."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    text = re.sub(r"\n{3,}", "\n\n", text)
    if not is_source and _is_hard_wrapped(text):
        text = re.sub(r"(?<!\n)\n(?![\n \t])", " ", text)
    return text


def _is_hard_wrapped(text: str) -> bool:
    """Whether lines end because a margin was reached: nearly all that go on are about as long as the longest.

    Verse, lists and dialogue have short lines; paragraphs on one line have very long ones.
    """
    lines = text.split("\n")
    inner = [len(line) for line, following in itertools.pairwise(lines) if line and following]
    if len(inner) < 5:
        return False
    widest = max(inner)
    return widest <= 100 and statistics.quantiles(inner, n=10)[0] >= 0.75 * widest
