"""The reader of pairs: alike for everybody, taught by matrices of low rank, and asked over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from oeuvre_studio.text.reading import KINDS, PairNetwork, Reader, teach
from tests.studio import tiny
from tests.studio.serving import Running

TEXTS = ["the ship", "a valve of the engine", "sea " * 60, "gear"]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return tiny.reader()


def network_of(reader: Reader) -> PairNetwork:
    return reader._network


def test_judge__tells_of_each_text_whatever_else_is_read(reader: Reader) -> None:
    together = reader.judge("where does the ship sail?", TEXTS)
    for number, text in enumerate(TEXTS):
        alone = reader.judge("where does the ship sail?", [text])
        assert alone.settles[0] == pytest.approx(together.settles[number], abs=1e-5)
        assert alone.touches[0] == pytest.approx(together.touches[number], abs=1e-5)
        assert alone.kinds == together.kinds
    assert set(together.kinds) == set(KINDS)
    assert sum(together.kinds.values()) == pytest.approx(1, abs=1e-5)
    assert len(set(together.settles)) == len(TEXTS)


def test_judge__reads_no_text_at_all(reader: Reader) -> None:
    assert reader.judge("sea?", []).settles == []


def test_judge__is_not_disturbed_by_others_who_read(reader: Reader) -> None:
    alone = reader.judge("sea?", TEXTS)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == alone for found in pool.map(lambda _: reader.judge("sea?", TEXTS), range(40)))


def test_judge__does_not_read_the_rest_of_a_long_text(reader: Reader) -> None:
    long = "sea " * 200
    assert reader.judge("sea?", [long]) == reader.judge("sea?", [long + "engine"])
    assert reader.count_tokens("sea?", [long]) < 200


def test_teach__adds_products_of_low_rank_and_replaces_the_rest() -> None:
    network = network_of(tiny.reader())
    name = "upper.0.attention.self.query.weight"
    before = network.get_parameter(name).clone()
    out, inner = torch.randn(16, 2), torch.randn(2, 16)
    bias = torch.randn(2)
    teach(network, {f"{name}.out": out, f"{name}.in": inner, "pair.bias": bias})
    assert torch.allclose(network.get_parameter(name), before + out @ inner)
    assert torch.equal(network.get_parameter("pair.bias"), bias)


def test_rerank__gives_the_likeliest_first_with_what_else_was_read(running: Running) -> None:
    body = {"model": "oeuvre-reader", "query": "where does the ship sail?", "documents": TEXTS}
    found = running.http("POST", "/v1/rerank", running.grant("embed", "*"), json=body).json()
    scores = [row["relevance_score"] for row in found["results"]]
    assert scores == sorted(scores, reverse=True)
    assert sorted(row["index"] for row in found["results"]) == [0, 1, 2, 3]
    assert all(0 < row["oeuvre"]["touches"] < 1 for row in found["results"])
    assert set(found["oeuvre"]["kinds"]) == set(KINDS)
    assert found["usage"]["total_tokens"] > 0
    first = running.http("POST", "/v1/rerank", running.grant("embed", "*"), json={**body, "top_n": 1}).json()
    assert first["results"] == found["results"][:1]


@pytest.mark.parametrize(
    ("wrong", "status", "param"),
    [
        ({"model": "another"}, 404, "model"),
        ({"documents": []}, 400, "documents"),
        ({"documents": ["sea"] * 65}, 400, "documents"),
        ({"query": ""}, 400, "query"),
    ],
)
def test_rerank__says_what_is_wrong(running: Running, wrong: dict[str, object], status: int, param: str) -> None:
    body = {"model": "oeuvre-reader", "query": "sea?", "documents": TEXTS} | wrong
    answer = running.http("POST", "/v1/rerank", running.grant("embed", "*"), json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)
