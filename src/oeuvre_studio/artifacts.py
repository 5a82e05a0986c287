"""Versions on disk and in memory: written once, named by their content, signed, and refused when anything is
off.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import pkgutil
import stat
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from safetensors import SafetensorError, safe_open

from oeuvre_studio.errors import BaseMismatchError, UsageError, VersionDamagedError
from oeuvre_studio.protocol import (
    SIGNATURE_FILE,
    SIGNED_FILES,
    Card,
    Manifest,
    Signature,
    canonical_json,
    content_hash,
    dump,
    parse,
    read_manifest,
    sign_content,
    unpack,
    verify_files,
    version_name,
)
from oeuvre_studio.protocol.version import verify_digests

if TYPE_CHECKING:
    from torch import Tensor

KEY_FILE = "signing-key.pem"


@dataclasses.dataclass(frozen=True)
class LoadedVersion:
    """A verified version: its papers and its tensors, which a modality makes sense of."""

    name: str
    manifest: Manifest
    card: Card
    signature: Signature
    adapter: Mapping[str, Tensor]
    credit: Mapping[str, Tensor]
    size: int
    """Bytes of all its files."""


def signing_key(file: Path | None, models_dir: Path) -> Ed25519PrivateKey:
    """The key from a PEM file, or this machine's own, made on first use and readable to its owner only.

    Raises:
        UsageError: the file does not hold an unencrypted Ed25519 private key.
    """
    path = file or models_dir / KEY_FILE
    if file is None and not path.exists():
        models_dir.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(pem)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path} cannot be read as a private key in PEM form: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} holds another kind of key; versions are signed with Ed25519.")
    return key


def write_version(
    folder: Path,
    *,
    adapter: Mapping[str, Tensor],
    credit: Mapping[str, Tensor],
    manifest: Manifest,
    card: Card,
    key: Ed25519PrivateKey,
) -> str:
    """Write a signed version; returns its name. The signature comes last: without it, nothing is a version."""
    files = {
        "adapter.safetensors": _tensor_files().save(dict(adapter)),
        "card.json": canonical_json(dump(card)),
        "credit.safetensors": _tensor_files().save(dict(credit)),
        "manifest.json": canonical_json(dump(manifest)),
    }
    files[SIGNATURE_FILE] = canonical_json(dump(sign_content(content_hash(files), key)))
    return write_files(folder, files)


def write_files(folder: Path, files: Mapping[str, bytes]) -> str:
    """Write a version's verified files into a folder; returns its name."""
    name = verify_files(files)[0]
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*SIGNED_FILES, SIGNATURE_FILE):
        (folder / f".{file}.tmp").write_bytes(files[file])
        os.replace(folder / f".{file}.tmp", folder / file)
    return name


def read_files(source: Path) -> dict[str, bytes]:
    """The files of a version from its folder or its tar.

    Raises:
        VersionDamagedError: there is no version there.
    """
    if source.is_file():
        return unpack(source.read_bytes())
    found = {
        name: (source / name).read_bytes() for name in (*SIGNED_FILES, SIGNATURE_FILE) if (source / name).is_file()
    }
    if not found:
        raise VersionDamagedError(f"{source} holds no version.")
    return found


def is_version_folder(folder: Path) -> bool:
    """Whether a folder claims to be a version (which `load_version` then checks)."""
    return (folder / SIGNATURE_FILE).is_file()


def load_version(files: Mapping[str, bytes], *, base_sha256: str | None = None) -> LoadedVersion:
    """Verify a version's files and read its tensors; nothing in them can run code.

    Raises:
        VersionDamagedError: a file is missing, unexpected or changed, or the signature does not fit.
        BaseMismatchError: it was made for another base than the one with ``base_sha256``.
    """
    name, manifest, card, signature = verify_files(files)
    check_base(name, manifest, base_sha256)
    try:
        adapter = _tensor_files().load(files["adapter.safetensors"])
        credit = _tensor_files().load(files["credit.safetensors"])
    except SafetensorError as error:
        raise VersionDamagedError(f"{name} holds a file that is not safetensors: {error}") from error
    size = sum(map(len, files.values()))
    return LoadedVersion(name, manifest, card, signature, adapter, credit, size)


def map_version(folder: Path, *, base_sha256: str | None = None) -> LoadedVersion:
    """`load_version` from a folder without a copy: the tensors are the files, mapped into memory.

    Every byte is hashed before a tensor is made, through the very file that is mapped then, so that a file put in its
    place meanwhile changes nothing. The files must not be written to while the version is in use: replace
    them by renaming, as `write_files` does.

    Raises:
        VersionDamagedError: also for a link where a file should be.
        BaseMismatchError: see `load_version`.
    """
    with contextlib.ExitStack() as open_files:
        files = {name: open_files.enter_context(_open_plain(folder / name)) for name in (*SIGNED_FILES, SIGNATURE_FILE)}
        papers = {name: file.read() for name, file in files.items() if name.endswith(".json")}
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in papers.items()}
        for name in set(files) - set(papers):
            digests[name] = hashlib.file_digest(files[name], "sha256").hexdigest()
        name, manifest, card, signature = verify_digests(papers, digests)
        check_base(name, manifest, base_sha256)
        try:
            adapter = _map_tensors(files["adapter.safetensors"])
            credit = _map_tensors(files["credit.safetensors"])
        except SafetensorError as error:
            raise VersionDamagedError(f"{name} holds a file that is not safetensors: {error}") from error
        size = sum(os.fstat(file.fileno()).st_size for file in files.values())
    return LoadedVersion(name, manifest, card, signature, adapter, credit, size)


def glance(folder: Path) -> tuple[str, Manifest, int]:
    """What a version's folder says it is: name, manifest, bytes. Nothing of it is verified yet.

    Raises:
        VersionDamagedError: its papers are missing, links, or cannot be read.
    """
    try:
        with _open_plain(folder / SIGNATURE_FILE) as file:
            signature = parse(Signature, json.load(file))
        with _open_plain(folder / "manifest.json") as file:
            manifest = read_manifest(json.load(file))
        size = sum((folder / name).lstat().st_size for name in (*SIGNED_FILES, SIGNATURE_FILE))
    except (OSError, ValueError) as error:
        raise VersionDamagedError(f"The papers of the version in {folder} cannot be read: {error}.") from error
    return version_name(manifest.model, signature.content_sha256), manifest, size


def check_base(name: str, manifest: Manifest, base_sha256: str | None) -> None:
    """Refuse a version that was made for another base than the one with ``base_sha256``; ``None``: any will do.

    Raises:
        BaseMismatchError: it was.
    """
    if base_sha256 is not None and manifest.base_sha256 != base_sha256:
        raise BaseMismatchError(
            f"{name} was made for {manifest.base} ({manifest.base_sha256[:12]}), the loaded base is"
            f" {base_sha256[:12]}. Serve it with the base it was trained on."
        )


def _open_plain(path: Path) -> BufferedReader:
    """A file that is neither a link nor a device, opened for reading."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise VersionDamagedError(f"{path} is missing, a link, or not readable: {error.strerror}.") from error
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise VersionDamagedError(f"{path} is not a plain file.")
    return file


def _tensor_files() -> Any:
    """The library's part for PyTorch, brought in only now: a command sets its threads before PyTorch looks for them."""
    return pkgutil.resolve_name("safetensors.torch")


def _map_tensors(file: BufferedReader) -> dict[str, Tensor]:
    """The tensors of an open safetensors file, as views of one mapping of it, which lives as long as any of them."""
    with safe_open(f"/dev/fd/{file.fileno()}", framework="pt") as tensors:
        return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118  (it is no mapping)
