"""The port ``voice_checker`` over the studio's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.creation.errors import StudioRefusedError
from oeuvre.domains.creation.ports import VoiceCheck
from oeuvre.integrations.studio_client import HttpStudio, StudioVoiceChecker

if TYPE_CHECKING:
    from pathlib import Path

ASKED = {
    "recording": b"reading",
    "phrase": "acorn violin",
    "language": "en-us",
    "references": [b"one", b"two"],
    "earlier": [b"before"],
}


@pytest.fixture
def checker(tmp_path: Path) -> StudioVoiceChecker:
    return StudioVoiceChecker(url="http://127.0.0.1:9", grant_key_path=str(tmp_path / "grant.pem"))


def test_check__asks_the_studio_and_says_what_it_found(
    checker: StudioVoiceChecker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def answer(_studio: HttpStudio, **given: Any) -> dict[str, Any]:
        asked.append(given)
        return {"passed": False, "scores": {"works": 2, "heard": "acorn"}, "reasons": ["Another voice."]}

    monkeypatch.setattr(HttpStudio, "check_voice", answer)
    found = checker.check(**ASKED)  # type: ignore[arg-type]  # each value goes to the parameter of its own name
    assert found == VoiceCheck(False, {"works": 2, "heard": "acorn"}, ("Another voice.",))
    assert asked == [ASKED]


def test_check__leaves_a_refusal_to_its_caller(checker: StudioVoiceChecker, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_studio: HttpStudio, **_given: Any) -> dict[str, Any]:
        raise StudioRefusedError("Voices do not read 'tlh'.")

    monkeypatch.setattr(HttpStudio, "check_voice", refuse)
    with pytest.raises(StudioRefusedError, match="do not read"):
        checker.check(**ASKED)  # type: ignore[arg-type]  # each value goes to the parameter of its own name
