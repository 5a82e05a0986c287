"""Ed25519 on JSON: the statements behind certificates and receipts, checkable without this program."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from oeuvre.kit.provenance import CredentialError, SignatureInvalidError, SignatureLine

if TYPE_CHECKING:
    from collections.abc import Iterable

ALGORITHM = "Ed25519"


def canonical_json(value: Any) -> bytes:
    """RFC 8785 without fractions: sorted keys, no spaces, UTF-8.

    Raises CredentialError for floats and for integers past ±2⁵³, which not every reader keeps exact
    (amounts are minor units, seeds are strings), and for what JSON does not have.
    """
    _refuse_floats(value)
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise CredentialError(f"This value cannot be signed as JSON: {error}") from error


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise CredentialError(f"{value!r} is a float; sign whole numbers or strings.")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_floats(item)


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of the 32 raw bytes of a public key, lower-case hex."""
    return hashlib.sha256(public_key).hexdigest()


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A JSON object with its signature."""

    payload: dict[str, Any]
    signature: str
    """64 bytes in base64."""
    public_key: str
    """32 bytes in base64: the reader compares its fingerprint with the one that the platform publishes."""

    def as_json(self) -> dict[str, Any]:
        """What is stored and downloaded."""
        return {
            "payload": self.payload,
            "algorithm": ALGORITHM,
            "signature": self.signature,
            "publicKey": self.public_key,
            "fingerprint": self.line.fingerprint,
        }

    @classmethod
    def from_json(cls, value: Any) -> SignedDocument:
        """The reverse of :meth:`as_json`. Raises SignatureInvalidError for another shape."""
        try:
            algorithm, payload = value["algorithm"], value["payload"]
            document = cls(payload, str(value["signature"]), str(value["publicKey"]))
        except (KeyError, TypeError) as error:
            raise SignatureInvalidError("This is not a signed document of this platform.") from error
        if algorithm != ALGORITHM or not isinstance(payload, dict):
            raise SignatureInvalidError("This document is not signed with Ed25519.")
        return document

    @property
    def line(self) -> SignatureLine:
        """What is printed of it."""
        return SignatureLine(fingerprint(base64.b64decode(self.public_key)), self.signature)


class SigningKey:
    """The platform's Ed25519 key for statements."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.fingerprint = fingerprint(self.public_key)

    @classmethod
    def load_or_create(cls, path: str | Path) -> SigningKey:
        """The key in ``path`` (PEM, mode 0600), made on first use. Two first uses at once get one key.

        Raises CredentialError when the file holds something else.
        """
        file = Path(path)
        if not file.exists():
            _create(file)
        try:
            key = serialization.load_pem_private_key(file.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise CredentialError(f"{file} is not a PEM private key. Restore it from the backup.") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise CredentialError(f"{file} is not an Ed25519 key. Restore it from the backup.")
        return cls(key)

    def sign_json(self, payload: dict[str, Any]) -> SignedDocument:
        """Sign the canonical form of the object. Raises CredentialError (see :func:`canonical_json`)."""
        value = self._key.sign(canonical_json(payload))
        return SignedDocument(payload, base64.b64encode(value).decode(), base64.b64encode(self.public_key).decode())


def _create(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(pem)
    # A hard link, unlike a rename, does not replace a key that another process made meanwhile.
    try:
        os.link(partial, file)
    except FileExistsError:
        pass
    finally:
        partial.unlink()


def verify_json(document: SignedDocument, *, trusted: Iterable[str]) -> dict[str, Any]:
    """The payload, once its signature holds and its key's fingerprint is among ``trusted``.

    Raises SignatureInvalidError otherwise.
    """
    try:
        raw = base64.b64decode(document.public_key, validate=True)
        key = Ed25519PublicKey.from_public_bytes(raw)
        key.verify(base64.b64decode(document.signature, validate=True), canonical_json(document.payload))
    except (binascii.Error, ValueError, InvalidSignature, CredentialError) as error:
        raise SignatureInvalidError(
            "The document was changed after it was signed. Ask its issuer for the original."
        ) from error
    if fingerprint(raw) not in set(trusted):
        raise SignatureInvalidError("The document was signed with a key that this platform does not know.")
    return document.payload
