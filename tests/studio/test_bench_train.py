"""The training benchmark: what it trains on, and what it concludes."""

import json
from pathlib import Path

import pytest

from oeuvre_studio.bench.train import Measured, Whole, bars_of, cut_corpus
from oeuvre_studio.bench.train_plot import write_plot
from oeuvre_studio.bench.train_worker import PLAIN_BATCH, _batches, _padded
from oeuvre_studio.text.dataset import IGNORED, LENGTH, Example
from oeuvre_studio.text.works import read_folder
from tests.studio import tiny


def measured(entrant: str, seconds: float, *, ratio: float = 0.7, peak: int = 2048) -> Measured:
    return Measured("emma", entrant, 1, seconds, 3.0 + ratio, ratio, 512, peak)


def test_bench_train__cuts_a_corpus_to_so_many_words(tmp_path: Path) -> None:
    corpus, out = tiny.write_works(tmp_path / "corpus"), tmp_path / "cut"
    out.mkdir()
    whole = read_folder(corpus)
    wanted = whole.works[0].words + whole.works[1].words + 30
    assert cut_corpus(corpus, out, wanted) == wanted
    cut = read_folder(out)
    assert [work.title for work in cut.works] == [work.title for work in whole.works[:3]]
    assert cut.works[0].text == whole.works[0].text
    assert whole.works[2].text.startswith(cut.works[2].text)
    assert sum(work.words for work in cut.works) == wanted


def test_bench_train__a_peer_that_gave_up_is_a_lower_bound() -> None:
    row = {"corpus": "emma"}
    points = [measured("ours", 20), measured("ours", 50), measured("plain", 40), measured("plain", 300, peak=9000)]
    bars = {bar.name: bar for bar in bars_of([row], points, [Whole("emma", 40_000, 241.0, 60.0, 0.75, "passed")])}
    assert bars["emma: faster than a plain PEFT loop"].value == 6
    assert bars["emma: faster than a plain PEFT loop"].met
    assert bars["40,000 words of emma: perplexity ratio"].met
    assert not bars["40,000 words of emma: training phase"].met
    assert bars["peak memory"].value == 2  # ours alone


def test_bench_train__the_peer_learns_from_texts_alone_and_sees_each_once_an_epoch() -> None:
    examples = [Example(work=n, prompt=(1, 2, 3), text=(n, 7)) for n in range(2 * PLAIN_BATCH)]
    padded = _padded(examples[:PLAIN_BATCH])
    assert padded["input_ids"].shape == (PLAIN_BATCH, LENGTH)
    assert padded["input_ids"][5, :5].tolist() == [1, 2, 3, 5, 7]
    assert padded["labels"][5, :6].tolist() == [IGNORED] * 3 + [5, 7, IGNORED]
    assert padded["attention_mask"].sum() == 5 * PLAIN_BATCH
    batches = _batches(examples)
    assert sorted(example.work for _ in range(2) for example in next(batches)) == list(range(2 * PLAIN_BATCH))


def test_bench_train__draws_both_and_says_what_is_seen(tmp_path: Path) -> None:
    points = [measured("ours", 10, ratio=1.0), measured("ours", 50), measured("plain", 300)]
    words = write_plot(points, tmp_path / "plots" / "train.svg")
    assert "emma, plain PEFT loop: 3.70 after 300 s" in words
    assert "<svg" in (tmp_path / "plots" / "train.svg").read_text()


@pytest.mark.parametrize("name", ["train", "serve"])
def test_bench_train__the_benchmark_file_is_the_command(name: str) -> None:
    text = (Path(__file__).parents[2] / "benchmarks" / f"{name}.py").read_text()
    assert json.dumps("bench") in text
    assert json.dumps(name) in text
