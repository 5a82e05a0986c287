"""The keys between platform and studio: one signs grants, one versions, and one makes sketches of works."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from oeuvre.kit.errors import SetupError
from oeuvre_studio.protocol import KEY_BYTES, OthersIndexError, read_sketch_key

GRANT_KEY = Path("keys", "grant.pem")
SIGNING_KEY = Path("keys", "versions.pem")
"""Where the keys lie in OEUVRE_HOME; ``<name>.pub.pem`` beside each is its public half."""
SKETCH_KEY = Path("keys", "others.key")
"""The secret of sketches, 64 hexadecimal digits."""


def ensure_grant_key(home: Path) -> Path:
    """The private key that signs grants, made when missing. The studio is started with the public half beside it."""
    return _ensure(home / GRANT_KEY)


def ensure_signing_key(home: Path) -> Path:
    """The private key that signs versions trained here, made when missing."""
    return _ensure(home / SIGNING_KEY)


def ensure_sketch_key(home: Path) -> Path:
    """The key that sketches of works are made with, made when missing. Under another one they are all made anew."""
    path = home / SKETCH_KEY
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _place(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode(), mode=0o600, replace=False)
    return path


def load_sketch_key(path: Path) -> bytes:
    """Read the key of sketches. Raises SetupError when the file does not hold one."""
    try:
        return read_sketch_key(path)
    except OthersIndexError as error:
        raise SetupError(f"{error.message} Restore it from your backup, or delete it: a new one is made.") from error


def public_path(private: Path) -> Path:
    """Where the public half of a key lies: ``grant.pem`` has ``grant.pub.pem``."""
    return private.with_suffix(".pub.pem")


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key. Raises SetupError when the file is missing or is no Ed25519 key."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(f"The key {path} cannot be read: {error}. Restore it from your backup.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"The key {path} is not an Ed25519 key. Restore it from your backup.")
    return key


def _ensure(path: Path) -> Path:
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _place(path, pem, mode=0o600, replace=False)
    public = load_key(path).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    beside = public_path(path)
    if not beside.exists() or beside.read_bytes() != public:
        _place(beside, public, mode=0o644, replace=True)
    return path


def _place(path: Path, content: bytes, *, mode: int, replace: bool) -> None:
    """Write a whole file or none; without ``replace``, one that another process made first stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, mode)
        if replace:
            os.replace(draft, path)
        else:
            try:
                os.link(draft, path)
            except FileExistsError:
                return
    finally:
        Path(draft).unlink(missing_ok=True)
