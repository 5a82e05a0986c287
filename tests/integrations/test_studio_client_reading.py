"""The port `reader`: grants, the order of the texts, and a studio that is away or answers nonsense."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from oeuvre.integrations.studio_client import StudioReader, ensure_grant_key
from oeuvre.integrations.studio_client.keys import load_key
from oeuvre.integrations.studio_client.reading import MOST_TEXTS
from oeuvre_studio.protocol import read_grant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXTS = ["the sea", "a harbour in winter", "bread"]
KINDS = {"answerable": 0.7, "hand_off": 0.3}


def studio(home: Path, answer: Callable[[httpx.Request], httpx.Response]) -> StudioReader:
    client = StudioReader(url="http://studio", grant_key_path=str(ensure_grant_key(home)))
    client._http = httpx.Client(base_url="http://studio", transport=httpx.MockTransport(answer))
    return client


def by_length(request: httpx.Request) -> httpx.Response:
    """The longest text first, as a studio gives the likeliest first."""
    texts = json.loads(request.content)["documents"]
    rows = [
        {"index": number, "relevance_score": len(text) / 100, "oeuvre": {"touches": len(text) / 50}}
        for number, text in enumerate(texts)
    ]
    rows.sort(key=lambda row: -row["relevance_score"])
    return httpx.Response(200, json={"results": rows, "oeuvre": {"kinds": KINDS}})


def test_judge__gives_figures_in_the_texts_order(tmp_path: Path) -> None:
    found = studio(tmp_path, by_length).judge("Where?", TEXTS)
    assert found is not None
    assert found.settles == pytest.approx([0.07, 0.19, 0.05])
    assert found.touches == pytest.approx([0.14, 0.38, 0.1])
    assert found.kinds == KINDS


def test_judge__asks_with_a_grant_for_reading_alone(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return by_length(request)

    studio(tmp_path, answer).judge("Where?", TEXTS)
    key = load_key(tmp_path / "keys" / "grant.pem").public_key()
    grant = read_grant(seen[0].headers["Authorization"].removeprefix("Bearer "), key=key)
    assert (grant.scope, grant.sub) == ("embed", "*")
    assert json.loads(seen[0].content) == {"model": "oeuvre-reader", "query": "Where?", "documents": TEXTS}


def test_judge__takes_texts_beyond_the_most_for_settling_nothing(tmp_path: Path) -> None:
    found = studio(tmp_path, by_length).judge("Where?", ["sea"] * (MOST_TEXTS + 2))
    assert found is not None
    assert found.settles[-3:] == (0.03, 0.0, 0.0)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, json={"error": {}}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"results": []}),
        httpx.Response(200, json={"results": [{"index": 9, "relevance_score": 1, "oeuvre": {"touches": 1}}]}),
        httpx.Response(200, json=["results"]),
    ],
)
def test_judge__tells_nothing_where_the_studio_is_away_or_talks_nonsense(
    tmp_path: Path, answer: httpx.Response
) -> None:
    assert studio(tmp_path, lambda _: answer).judge("Where?", TEXTS) is None


def test_judge__tells_nothing_where_nobody_listens(tmp_path: Path) -> None:
    key = str(ensure_grant_key(tmp_path))
    assert StudioReader(url="http://127.0.0.1:9", grant_key_path=key).judge("Where?", TEXTS) is None
