"""Metrics: what happened can be counted, and nobody can be recognised."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from oeuvre_studio.artifacts import read_files, write_files
from oeuvre_studio.protocol import TrainResult
from oeuvre_studio.serve.metrics import Metrics, ModelsAsked
from tests.studio.serving import UNKNOWN, Running

PAGE = Path(__file__).resolve().parents[2] / "docs" / "handbook" / "studio.md"


def test_metrics__count_what_was_asked_written_and_refused(running: Running, trained: TrainResult) -> None:
    names = {
        "chats": 'studio_requests_total{kind="chat"}',
        "unknown": 'studio_refusals_total{code="model_not_loaded"}',
        "read": "studio_prompt_tokens_total",
        "written": "studio_written_tokens_total",
        "first": "studio_first_token_seconds_count",
        "steps": "studio_batch_size_count",
    }
    before = {key: running.metric(name) for key, name in names.items()}
    used = running.chat(n=2, max_tokens=6, min_tokens=2).json()["usage"]
    assert running.chat(model=UNKNOWN).status_code == 404
    after = {key: running.metric(name) - before[key] for key, name in names.items()}
    assert after["chats"] == 2
    assert after["unknown"] == 1
    assert after["read"] == used["prompt_tokens"]
    assert after["written"] >= used["completion_tokens"]
    assert after["first"] == 2
    assert after["steps"] >= 3
    assert running.metric("studio_versions_loaded") == running.metric("studio_versions") == 1
    assert running.metric("studio_versions_loaded_bytes") == running.studio.library.loaded[1] > 0
    assert running.metric("studio_jobs_running") == running.metric("studio_jobs_waiting") == 0


def test_metrics__count_the_adapters_that_come_and_go(running: Running) -> None:
    def figures() -> tuple[float, float]:
        return running.metric("studio_adapter_load_seconds_count"), running.metric("studio_adapter_hits_total")

    running.delete()
    running.put()
    loads, hits = figures()
    running.chat(max_tokens=1)
    assert figures() == (loads + 1, hits)
    running.chat(max_tokens=1)
    assert figures() == (loads + 1, hits + 1)


def test_metrics__time_the_opening_of_a_folder_s_version(
    running: Running, trained: TrainResult, tmp_path: Path
) -> None:
    running.delete()
    write_files(tmp_path / "v", read_files(Path(trained.dir)))
    running.studio.library.index(tmp_path)
    before = running.metric("studio_version_load_seconds_count")
    for _ in range(2):
        assert running.chat(max_tokens=1).status_code == 200
    assert running.metric("studio_version_load_seconds_count") == before + 1


def test_metrics__name_no_model_and_no_tenant(running: Running) -> None:
    running.chat(running.grant(tenant="somebody"))
    running.chat(model=UNKNOWN)
    text = running.http("GET", "/metrics").text
    for name in (running.version, running.version.partition("@")[0], "somebody", "nobody"):
        assert name not in text
    labels = set(re.findall(r'(\w+)="', text))
    assert labels <= {"kind", "code", "le"}


def test_metrics__are_prometheus_text_and_each_is_documented(running: Running) -> None:
    answer = running.http("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = [family.name for family in text_string_to_metric_families(answer.text)]
    mine = {name for name in families if not name.endswith("_created")}
    assert "studio_batch_size" in mine
    page = PAGE.read_text()
    assert not {name for name in mine if f"`{re.sub('_g(count|sum)$', '', name)}" not in page}


def test_models_asked__are_counted_for_a_while_without_their_names() -> None:
    now = 0.0
    asked = ModelsAsked(window=10, clock=lambda: now)
    for model in ("a", "b", "a", "c", "a"):
        asked.note(model)
    assert asked.counts() == [1, 1, 3]
    now = 5.0
    asked.note("b")
    now = 11.0
    assert asked.counts() == [1]
    now = 16.0
    assert asked.counts() == []


def test_models_asked__are_a_histogram_of_requests_per_model() -> None:
    metrics = Metrics()
    for model, times in (("a", 1), ("b", 4), ("c", 4000)):
        for _ in range(times):
            metrics.models.note(model)
    text = metrics.text().decode()
    for line in (
        'studio_model_requests_bucket{le="1.0"} 1.0',
        'studio_model_requests_bucket{le="5.0"} 2.0',
        'studio_model_requests_bucket{le="+Inf"} 3.0',
        "studio_model_requests_gcount 3.0",
        "studio_model_requests_gsum 4005.0",
    ):
        assert line in text


@pytest.mark.parametrize("kind", ["chat", "completion", "embedding"])
def test_metrics__count_requests_by_address(kind: str) -> None:
    metrics = Metrics()
    metrics.request(kind)
    assert f'studio_requests_total{{kind="{kind}"}} 1.0' in metrics.text().decode()
