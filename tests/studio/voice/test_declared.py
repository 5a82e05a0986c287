"""A synthetic voice: what its signed declaration has to say, and where it is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.errors import VersionDamagedError
from oeuvre_studio.protocol import SYNTHETIC, Consent, dump, sign_consent, voice_source
from oeuvre_studio.voice.options import read_consents

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SOURCE = "a blend of two stock voices"


def consent(kind: str = SYNTHETIC, **checks: str) -> Consent:
    return sign_consent(
        kind=kind, statement="Of no living person.", given_at="2026-11-22T12:00:00+00:00", checks=checks, key=KEY
    )


def test_read_consents__takes_a_declaration_in_place_of_a_reading(tmp_path: Path) -> None:
    file = tmp_path / "consents.json"
    file.write_text(json.dumps([dump(consent(source=SOURCE, judged_by="operator"))]))
    assert voice_source(read_consents(file)) == SOURCE
    assert voice_source(read_consents([consent("voice", judged_by="check")])) == ""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (consent(judged_by="operator"), "names no source"),
        (consent(source=SOURCE), "nobody who confirmed it"),
        (consent("portrait", source=SOURCE, judged_by="operator"), "'portrait' is none to a model of a voice"),
    ],
)
def test_read_consents__refuses_what_is_no_consent_to_a_voice(wrong: Consent, words: str) -> None:
    with pytest.raises(VersionDamagedError, match=words):
        read_consents([wrong])
