"""A version: its papers, its name, its signature, and the archive it travels in."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Mapping
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from oeuvre_studio.errors import VersionDamagedError
from oeuvre_studio.protocol.papers import FORMAT_1, modernised
from oeuvre_studio.protocol.wire import Bar, Status, canonical_json, dump, parse

FORMAT = "oeuvre-version/2"
"""Names the layout of a version; a reader refuses a format it does not know."""

FORMATS = (FORMAT_1, FORMAT)
"""The formats that are read; `FORMAT` is the one that is written."""

Unit = Literal["words", "seconds", "pixels"]
"""What the sizes of a version's works are counted in."""

SIGNED_FILES = ("adapter.safetensors", "card.json", "credit.safetensors", "manifest.json")
"""The files that make up a version's content, in the order in which they are hashed."""

SIGNATURE_FILE = "signature.json"
ARCHIVE_LIMIT = 512 * 1024 * 1024
"""Bytes a version may take unpacked. A text version is about 5 MB, one of pictures holds them all; a larger archive is
an attack or a mistake.
"""


@dataclasses.dataclass(frozen=True)
class ManifestWork:
    """A work that a version was trained on, or (``held_out``) measured on."""

    sha256: str
    file: str
    title: str
    kind: str
    rights: str
    size: float
    """In the manifest's ``unit``."""
    held_out: bool


@dataclasses.dataclass(frozen=True)
class ReportSummary:
    """What of the report travels with the version."""

    status: Status
    bars: tuple[Bar, ...]


@dataclasses.dataclass(frozen=True)
class Consent:
    """A person's signed agreement that a version needed, such as to a model of their voice."""

    kind: str
    statement: str
    """What was agreed to, in the words that were shown."""
    given_at: str
    """When, in ISO 8601, UTC."""
    checks: dict[str, float | str | bool]
    """What was measured when it was given."""
    public_key: str
    """Of the platform that took it: Ed25519, 32 bytes, hex."""
    signature: str
    """Over all fields but this, as `consent_message` puts them; 64 bytes, hex."""


@dataclasses.dataclass(frozen=True)
class Manifest:
    """``manifest.json``: everything that went into a version, enough to make it again."""

    format: str
    modality: str
    model: str
    base: str
    """The base model; empty where the version needs none."""
    base_sha256: str
    unit: Unit
    works: tuple[ManifestWork, ...]
    hyperparameters: dict[str, int | float | str]
    seed: int
    software: dict[str, str]
    report: ReportSummary
    consents: tuple[Consent, ...] = ()


@dataclasses.dataclass(frozen=True)
class Card:
    """``card.json``: what a person should know before using a version."""

    format: str
    name: str
    modality: str
    base: str
    base_licence: str
    kind: str
    """What most of the works are; prompts are put to the model as a request for one of these."""
    summary: str
    intended_use: str
    limits: str


@dataclasses.dataclass(frozen=True)
class Signature:
    """``signature.json``: Ed25519 over the content hash; outside the hash, so that re-signing keeps the name."""

    algorithm: str
    content_sha256: str
    public_key: str
    """32 bytes, hex."""
    signature: str
    """64 bytes, hex."""


def consent_message(consent: Consent) -> bytes:
    """The bytes that a consent's signature is over."""
    told = {field: value for field, value in dump(consent).items() if field != "signature"}
    return canonical_json({"format": "oeuvre-consent/1", **told})


def sign_consent(
    *, kind: str, statement: str, given_at: str, checks: Mapping[str, float | str | bool], key: Ed25519PrivateKey
) -> Consent:
    """A consent, signed by the platform that took it."""
    public = key.public_key().public_bytes_raw().hex()
    # a whole number comes back from JSON as a float, and the signature is over the bytes
    plain = {name: float(value) if type(value) is int else value for name, value in checks.items()}
    unsigned = Consent(kind, statement, given_at, plain, public, signature="")
    return dataclasses.replace(unsigned, signature=key.sign(consent_message(unsigned)).hex())


def verify_consent(consent: Consent) -> None:
    """Check a consent's signature against the key it names.

    Raises:
        VersionDamagedError: the signature does not fit.
    """
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(consent.public_key))
        public.verify(bytes.fromhex(consent.signature), consent_message(consent))
    except (InvalidSignature, ValueError) as error:
        raise VersionDamagedError("The signature of a consent in the version does not fit its words.") from error


def read_manifest(data: Any) -> Manifest:
    """A manifest of any format that is read, in today's form.

    Raises:
        ValueError: a field is missing or of the wrong type, or the format is not known.
    """
    found = data.get("format") if isinstance(data, dict) else None
    if found not in FORMATS:
        raise ValueError(f"it has the format {found!r}; this studio reads {', '.join(FORMATS)}")
    return parse(Manifest, modernised(data) if found == FORMAT_1 else data)


def content_hash(files: Mapping[str, bytes]) -> str:
    """The sha256 that names a version: over one ``<sha256>  <file name>`` line for each of `SIGNED_FILES`.

    Raises:
        VersionDamagedError: a file is missing.
    """
    return digests_hash({name: hashlib.sha256(content).hexdigest() for name, content in files.items()})


def digests_hash(digests: Mapping[str, str]) -> str:
    """`content_hash` where the sha256 of each file is known, as lower-case hex.

    Raises:
        VersionDamagedError: a file is missing.
    """
    missing = [name for name in SIGNED_FILES if name not in digests]
    if missing:
        raise VersionDamagedError(f"The version lacks {', '.join(missing)}. Export it again from where it was trained.")
    lines = "".join(f"{digests[name]}  {name}\n" for name in SIGNED_FILES)
    return hashlib.sha256(lines.encode()).hexdigest()


_NAME = re.compile(r"(?P<model>[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)@(?P<hash>[0-9a-f]{12})")


def model_slug(name: str) -> str:
    """A model's name as it stands before the ``@``: lower-case ASCII letters, digits and hyphens, at most 64."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64].strip("-")
    return slug or "model"


def version_name(model: str, content_sha256: str) -> str:
    """``<model>@<first 12 hex>``."""
    return f"{model_slug(model)}@{content_sha256[:12]}"


def is_version_name(name: str) -> bool:
    """Whether ``name`` could name a version (which says nothing about whether it exists)."""
    return _NAME.fullmatch(name) is not None


def sign_content(content_sha256: str, key: Ed25519PrivateKey) -> Signature:
    """Sign a version's content hash."""
    return Signature(
        algorithm="Ed25519",
        content_sha256=content_sha256,
        public_key=key.public_key().public_bytes_raw().hex(),
        signature=key.sign(f"{FORMAT}\n{content_sha256}\n".encode()).hex(),
    )


def verify_files(files: Mapping[str, bytes]) -> tuple[str, Manifest, Card, Signature]:
    """Check a version's files against their hash and signature; returns name, manifest, card and signature.

    Raises:
        VersionDamagedError: a file is missing, unexpected or changed, or the signature does not fit.
    """
    unexpected = sorted(set(files) - {*SIGNED_FILES, SIGNATURE_FILE})
    if unexpected:
        raise VersionDamagedError(f"The version holds unexpected files: {', '.join(unexpected)}.")
    return verify_digests(files, {name: hashlib.sha256(content).hexdigest() for name, content in files.items()})


def verify_digests(papers: Mapping[str, bytes], digests: Mapping[str, str]) -> tuple[str, Manifest, Card, Signature]:
    """`verify_files` for a version whose tensors stay where they are.

    Args:
        papers: the contents of the JSON files; further files are not looked at.
        digests: the sha256 of every file, as lower-case hex; those of the papers have to be of these very contents.

    Raises:
        VersionDamagedError: a file is missing or changed, or the signature does not fit.
    """
    found = digests_hash(digests)
    if SIGNATURE_FILE not in papers:
        raise VersionDamagedError("The version is not signed: signature.json is missing.")
    try:
        signature = parse(Signature, json.loads(papers[SIGNATURE_FILE]))
        manifest = read_manifest(json.loads(papers["manifest.json"]))
        card = parse(Card, json.loads(papers["card.json"]))
    except ValueError as error:
        raise VersionDamagedError(f"The version's papers cannot be read: {error}.") from error
    if signature.content_sha256 != found:
        raise VersionDamagedError("The version was changed after it was signed: its content hash differs.")
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key))
        public.verify(bytes.fromhex(signature.signature), f"{manifest.format}\n{found}\n".encode())
    except (InvalidSignature, ValueError) as error:
        raise VersionDamagedError("The version's signature does not fit its content.") from error
    for consent in manifest.consents:
        verify_consent(consent)
    return version_name(manifest.model, found), manifest, card, signature


def pack(files: Mapping[str, bytes]) -> bytes:
    """A version as one tar archive. The same files always give the same bytes."""
    verify_files(files)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    return buffer.getvalue()


def unpack(archive: bytes) -> dict[str, bytes]:
    """The files of a packed version, verified. Nothing but the known plain file names is read.

    Raises:
        VersionDamagedError: not a tar, a path, link, device, repeated or unexpected member, or too large.
    """
    allowed = {*SIGNED_FILES, SIGNATURE_FILE}
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            for member in tar:
                if member.name not in allowed or not member.isreg() or member.name in files:
                    raise VersionDamagedError(f"The archive holds {member.name!r}, which does not belong in a version.")
                if member.size + sum(map(len, files.values())) > ARCHIVE_LIMIT:
                    raise VersionDamagedError("The archive is too large to be a version.")
                content = tar.extractfile(member)
                files[member.name] = content.read() if content else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        raise VersionDamagedError("The file is not a packed version (a tar archive).") from error
    verify_files(files)
    return files
