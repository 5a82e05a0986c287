"""Ed25519 on JSON: certificates and receipts that can be checked without this program."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from oeuvre.integrations.credentials import ContentCredentials, SignedDocument, SigningKey, canonical_json, verify_json
from oeuvre.kit.provenance import CredentialError, SignatureInvalidError
from tests.integrations.samples import CERTIFICATE, RECEIPT

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.load_or_create(tmp_path / "statements.key")


@given(VALUES)
def test_canonical_json__reads_back_as_the_same_value_and_is_stable(value: object) -> None:
    canonical = canonical_json(value)
    assert json.loads(canonical) == value
    assert canonical_json(json.loads(canonical)) == canonical


def test_canonical_json__sorts_keys_by_utf16_and_leaves_no_space() -> None:
    # RFC 8785 §3.2.3: the surrogate pair of the emoji sorts before U+FB33.
    assert canonical_json({"\ufb33": 1, "\U0001f600": [2, "é"], "a": None}).decode() == (
        '{"a":null,"\U0001f600":[2,"é"],"\ufb33":1}'
    )


@pytest.mark.parametrize("value", [1.5, {"a": [0.0]}, 2**53 + 1, {"a": object()}])
def test_canonical_json__refuses_what_readers_would_read_differently(value: object) -> None:
    with pytest.raises(CredentialError):
        canonical_json(value)


def test_signing_key__is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "statements.key"
    first, second = SigningKey.load_or_create(path), SigningKey.load_or_create(path)
    assert first.fingerprint == second.fingerprint
    assert len(first.fingerprint) == 64
    assert path.stat().st_mode & 0o777 == 0o600


def test_signing_key__refuses_a_file_with_something_else(tmp_path: Path) -> None:
    path = tmp_path / "statements.key"
    path.write_text("not a key")
    with pytest.raises(CredentialError, match="backup"):
        SigningKey.load_or_create(path)


def test_verify_json__gives_back_what_was_signed(key: SigningKey) -> None:
    document = key.sign_json(CERTIFICATE.payload())
    stored = SignedDocument.from_json(json.loads(json.dumps(document.as_json())))
    assert verify_json(stored, trusted=[key.fingerprint]) == CERTIFICATE.payload()


def test_sign_json__the_signature_holds_in_any_other_program(key: SigningKey) -> None:
    stored = key.sign_json({"number": "2026·0042", "total": 1200}).as_json()
    message = json.dumps(stored["payload"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(stored["publicKey"]))
    public.verify(base64.b64decode(stored["signature"]), message)


def test_verify_json__notices_any_change(key: SigningKey) -> None:
    document = key.sign_json(RECEIPT.payload())
    changed = [
        replace(document, payload=document.payload | {"total": "$12.01"}),
        replace(document, payload=document.payload | {"extra": None}),
        replace(document, signature=base64.b64encode(bytes(64)).decode()),
        replace(document, signature="not base64"),
        replace(document, public_key=base64.b64encode(bytes(31)).decode()),
    ]
    for forged in changed:
        with pytest.raises(SignatureInvalidError, match="changed"):
            verify_json(forged, trusted=[key.fingerprint])


def test_verify_json__does_not_trust_a_strangers_key(key: SigningKey, tmp_path: Path) -> None:
    stranger = SigningKey.load_or_create(tmp_path / "stranger.key")
    with pytest.raises(SignatureInvalidError, match="does not know"):
        verify_json(stranger.sign_json(RECEIPT.payload()), trusted=[key.fingerprint])


def test_content_credentials__sign_and_verify_statements(tmp_path: Path) -> None:
    credentials = ContentCredentials(str(tmp_path))
    statement = credentials.sign_statement(CERTIFICATE.payload())
    assert statement["fingerprint"] == credentials.statement_key.fingerprint
    assert credentials.verify_statement(statement)
    assert ContentCredentials(str(tmp_path)).verify_statement(statement), "the key outlives the process"
    assert not credentials.verify_statement(statement | {"payload": {"number": "1"}})
    assert not credentials.verify_statement({"payload": {}})
    assert not ContentCredentials(str(tmp_path / "other")).verify_statement(statement)
