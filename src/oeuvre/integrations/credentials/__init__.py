"""Provenance of what leaves the platform: C2PA content credentials, and Ed25519 on JSON documents."""

from oeuvre.integrations.credentials.content import ContentCredentials, read, sign
from oeuvre.integrations.credentials.identity import SigningIdentity, ensure_signing_identity, load_identity
from oeuvre.integrations.credentials.signing import (
    SignedDocument,
    SigningKey,
    canonical_json,
    fingerprint,
    verify_json,
)

__all__ = [
    "ContentCredentials",
    "SignedDocument",
    "SigningIdentity",
    "SigningKey",
    "canonical_json",
    "ensure_signing_identity",
    "fingerprint",
    "load_identity",
    "read",
    "sign",
    "verify_json",
]
