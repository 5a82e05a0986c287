"""Reading recordings: from a folder or from JSON lines, one verdict for every file, never a crash for one of them."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import soundfile

from oeuvre_studio.folders import ListedFile, list_folder
from oeuvre_studio.protocol import RefusedWork, WorkLine, parse
from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, decode, resample
from oeuvre_studio.voice.inspection import Inspector, RefusedError

SUFFIXES = frozenset({".wav", ".flac", ".mp3"})
FORMATS = frozenset({"WAV", "WAVEX", "FLAC", "MP3", "MPEG"})
"""What may be inside, as libsndfile names it; a file's name says nothing."""

MAX_BYTES = 100_000_000
"""Ten minutes of stereo at 48 kHz and 24 bits are 173 MB as WAV, half of that as FLAC; a voice needs neither."""
SHORTEST, LONGEST = 2.0, 600.0
"""Seconds."""
LOWEST_RATE = 16_000
"""Hz. Below, what tells voices apart is gone: both encoders hear up to 8 kHz."""
ENOUGH = 3600.0
"""Seconds of speech that are read; more would not change the voice."""


@dataclasses.dataclass(frozen=True)
class Recording:
    """One usable recording at 16 kHz. ``sha256`` is the original file's; ``seconds`` its length, ``speech`` how many of
    them hold speech.
    """

    file: str
    title: str
    kind: str
    keywords: tuple[str, ...]
    rights: str
    sha256: str
    samples: Samples
    seconds: float
    speech: float

    @property
    def heard(self) -> tuple[Samples, int]:
        """The samples and their rate."""
        return self.samples, SPEECH_RATE


@dataclasses.dataclass(frozen=True)
class BodyOfVoice:
    """What reading gave: the usable recordings in a stable order, the refused ones, and whose they are if that was said."""

    works: tuple[Recording, ...]
    refused: tuple[RefusedWork, ...]
    author: str = ""
    language: str = ""


def read_folder(folder: Path, inspector: Inspector) -> BodyOfVoice:
    """Read a folder of recordings, with titles and kinds from ``works.json`` where there is one.

    Raises:
        UsageError: not a folder, or ``works.json`` is not what it should be.
    """
    found = list_folder(folder, of="recordings")

    def candidates() -> Iterator[tuple[str, _Candidate | RefusedError]]:
        for file in found.files:
            try:
                yield file.name, _read_file(file)
            except RefusedError as refusal:
                yield file.name, refusal

    body = _collect(candidates(), inspector)
    return dataclasses.replace(body, author=found.author, language=found.language)


def read_lines(stream: Iterable[str], inspector: Inspector) -> BodyOfVoice:
    """Read recordings as JSON lines (`WorkLine`, the file in base64), as the platform pipes them in."""

    def candidates() -> Iterator[tuple[str, _Candidate | RefusedError]]:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                work = parse(WorkLine, json.loads(line))
            except ValueError as error:
                yield f"line {number}", RefusedError("invalid", f"Not a work in JSON: {error}.")
                continue
            try:
                content = base64.b64decode(work.content, validate=True)
                yield work.file, _Candidate(work, content)
            except binascii.Error:
                yield work.file, RefusedError("invalid", "Its content is not base64.")

    return _collect(candidates(), inspector)


@dataclasses.dataclass(frozen=True)
class _Candidate:
    line: WorkLine
    content: bytes


def _read_file(file: ListedFile) -> _Candidate:
    path = file.path
    if path is None:
        raise RefusedError("missing", "works.json lists it, but there is no such file in the folder.")
    if path.suffix.lower() not in SUFFIXES:
        raise RefusedError(
            "not_sound", f"Files ending in {path.suffix or 'nothing'} are not read. Give WAV, FLAC or MP3."
        )
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RefusedError("too_large", f"Larger than {MAX_BYTES // 1_000_000} MB. Cut it, or save it as FLAC.")
        content = path.read_bytes()
    except OSError as error:
        raise RefusedError("unreadable", f"The file cannot be read: {error.strerror}.") from error
    return _Candidate(file.line(kind="recording"), content)


def _collect(candidates: Iterable[tuple[str, _Candidate | RefusedError]], inspector: Inspector) -> BodyOfVoice:
    works: list[Recording] = []
    refused: list[RefusedWork] = []
    for name, candidate in candidates:
        try:
            if isinstance(candidate, RefusedError):
                raise candidate
            if sum(work.speech for work in works) > ENOUGH:
                raise RefusedError(
                    "enough", f"There is an hour of speech already; the first {len(works)} files are used."
                )
            works.append(_usable(candidate, inspector))
        except RefusedError as refusal:
            refused.append(RefusedWork(file=name, code=refusal.code, reason=refusal.reason))
    strangers = inspector.strangers([work.sha256 for work in works])
    for work in works:
        if work.sha256 in strangers:
            reason = f"Another voice than the other recordings: {strangers[work.sha256]:.2f} alike, where one person's are 0.8 and more."
            refused.append(RefusedWork(file=work.file, code="another_speaker", reason=reason))
    return BodyOfVoice(
        works=tuple(work for work in works if work.sha256 not in strangers),
        refused=tuple(refused),
    )


def _usable(candidate: _Candidate, inspector: Inspector) -> Recording:
    line, content = candidate.line, candidate.content
    samples, rate = read_sound(content)
    sha256 = hashlib.sha256(content).hexdigest()
    found = inspector.inspect(samples, rate, key=sha256, name=line.file)
    return Recording(
        file=line.file,
        title=line.title or line.file,
        kind=line.kind if line.kind and line.kind != "text" else "recording",
        keywords=line.keywords,
        rights=line.rights,
        sha256=line.sha256 or sha256,
        samples=resample(samples, rate, SPEECH_RATE),
        seconds=len(samples) / rate,
        speech=found.speech,
    )


def read_sound(content: bytes) -> tuple[Samples, int]:
    """The samples and rate of a file that was handed in.

    Raises:
        RefusedError: it is empty, too large, no WAV, FLAC or MP3, damaged, too short or too long, or of too low a rate.
    """
    if not content:
        raise RefusedError("empty", "The file is empty.")
    if len(content) > MAX_BYTES:
        raise RefusedError("too_large", f"Larger than {MAX_BYTES // 1_000_000} MB. Cut it, or save it as FLAC.")
    try:
        about = soundfile.info(io.BytesIO(content))
        if about.format not in FORMATS:
            raise RefusedError("not_sound", f"It is {about.format_info}. Give WAV, FLAC or MP3.")
        if about.duration > LONGEST:
            raise RefusedError("too_long", f"{about.duration / 60:.0f} minutes; at most {LONGEST / 60:.0f}. Cut it.")
        samples, rate = decode(content)
    except (soundfile.SoundFileError, ValueError) as error:
        raise RefusedError(
            "unreadable", "It cannot be read as WAV, FLAC or MP3. Save it again as one of these."
        ) from error
    if len(samples) < SHORTEST * rate:
        raise RefusedError("too_short", f"{len(samples) / rate:.1f} s; at least {SHORTEST:g} s are needed.")
    if rate < LOWEST_RATE:
        raise RefusedError(
            "low_rate",
            f"Recorded at {rate / 1000:g} kHz; at least {LOWEST_RATE / 1000:g} kHz are needed, 48 are usual.",
        )
    return samples, rate
