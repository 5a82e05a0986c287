"""Versions on disk and in memory: written once, named by their content, signed, and refused when anything is
off.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from safetensors import SafetensorError
from torch import Tensor

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
    sign_content,
    unpack,
    verify_files,
)

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
        "adapter.safetensors": safetensors.torch.save(dict(adapter)),
        "card.json": canonical_json(dump(card)),
        "credit.safetensors": safetensors.torch.save(dict(credit)),
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
    if base_sha256 is not None and manifest.base_sha256 != base_sha256:
        raise BaseMismatchError(
            f"{name} was made for {manifest.base} ({manifest.base_sha256[:12]}), the loaded base is"
            f" {base_sha256[:12]}. Serve it with the base it was trained on."
        )
    try:
        adapter = safetensors.torch.load(files["adapter.safetensors"])
        credit = safetensors.torch.load(files["credit.safetensors"])
    except SafetensorError as error:
        raise VersionDamagedError(f"{name} holds a file that is not safetensors: {error}") from error
    return LoadedVersion(
        name=name,
        manifest=manifest,
        card=card,
        signature=signature,
        adapter=adapter,
        credit=credit,
        size=sum(map(len, files.values())),
    )
