"""Consents: signed here, checked by whoever reads the version; and handed to the training in a file of its run."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oeuvre.integrations.studio_client import StudioConsents
from oeuvre_studio.protocol import Consent, VersionDamagedError, parse, verify_consent


def test_consent__is_signed_with_the_key_of_this_installation(tmp_path: Path) -> None:
    consents = StudioConsents(home=str(tmp_path))
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first, second = (
        parse(Consent, consents.sign(kind="voice", statement=said, given_at=moment, checks={"similarity": 0.9}))
        for said in ("This is my voice.", "This is my voice!")
    )
    verify_consent(first)
    assert first.given_at == "2026-01-02T03:04:05+00:00"
    assert first.public_key == second.public_key
    with pytest.raises(VersionDamagedError):
        verify_consent(dataclasses.replace(first, signature=second.signature))
