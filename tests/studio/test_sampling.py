"""Writing: seeds, limits, ends, and text that arrives piece by piece."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from oeuvre_studio.serve.stops import StopFilter
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.sampling import Detokeniser, Sampling, Writer, draw, write_batch
from tests.studio import tiny

SAMPLING = Sampling(max_tokens=12, temperature=1.0)


def write(base: Base, *, seed: int, sampling: Sampling = SAMPLING) -> Writer:
    writer = Writer(base, [5, 9, 40], sampling, seed=seed)
    while writer.finished is None:
        writer.step()
    return writer


def test_writer__same_seed_same_text_other_seed_other_text(base: Base) -> None:
    assert write(base, seed=1).tokens == write(base, seed=1).tokens
    assert write(base, seed=1).tokens != write(base, seed=2).tokens


def test_writer__stops_at_the_limit_and_pieces_make_the_text(base: Base) -> None:
    writer = Writer(base, [5, 9, 40], SAMPLING, seed=1)
    pieces: list[str] = []
    while writer.finished is None:
        pieces.append(writer.step())
    assert "".join(pieces) == writer.text
    assert writer.finished in ("length", "stop")
    assert len(writer.tokens) <= 12


def test_writer__agrees_with_reading_the_whole_text_at_once(base: Base) -> None:
    greedy = dataclasses.replace(SAMPLING, temperature=0.0, repetition_penalty=1.0)
    writer = write(base, seed=0, sampling=greedy)
    tokens = [5, 9, 40]
    for token in writer.tokens:
        with torch.no_grad():
            scores = base.model(input_ids=torch.tensor([tokens])).logits[0, -1].float()
        assert scores[token] >= scores.max() - 0.05  # bf16: the cache rounds differently
        tokens.append(token)


def test_batch__writes_for_each_prompt_what_it_writes_alone(base: Base) -> None:
    greedy = dataclasses.replace(SAMPLING, temperature=0.0, repetition_penalty=1.0, max_tokens=4)
    prompts = [[5, 9, 40], [7], [30, 31, 32, 33, 34]]
    together = write_batch(base, prompts, greedy, seeds=[0, 0, 0])
    alone = [write_batch(base, [prompt], greedy, seeds=[0])[0] for prompt in prompts]
    assert together == alone


def test_batch__writes_at_least_so_much(base: Base) -> None:
    written = write_batch(base, [[5]] * 3, dataclasses.replace(SAMPLING, temperature=2.0), seeds=[1, 2, 3], at_least=12)
    assert [len(tokens) for tokens in written] == [12, 12, 12]


def test_draw__takes_only_tokens_that_are_likely_enough() -> None:
    logits = torch.log(torch.tensor([0.6, 0.3, 0.06, 0.04]))
    generator = torch.Generator().manual_seed(0)
    sampling = Sampling(temperature=1.0, top_p=0.85, repetition_penalty=1.0)
    assert {draw(logits, [], sampling, generator) for _ in range(300)} == {0, 1}


def test_draw__follows_the_probabilities() -> None:
    logits = torch.log(torch.tensor([0.7, 0.3]))
    generator = torch.Generator().manual_seed(0)
    sampling = Sampling(temperature=1.0, top_p=1.0, repetition_penalty=1.0)
    share = sum(draw(logits, [], sampling, generator) for _ in range(3000)) / 3000
    assert share == pytest.approx(0.3, abs=0.03)


def test_draw__penalises_what_was_written_lately_and_nothing_older() -> None:
    logits = torch.tensor([2.0, 1.9, -1.0])
    sampling = Sampling(temperature=0.0, repetition_penalty=1.5, penalty_window=2)
    generator = torch.Generator()
    assert draw(logits, [0], sampling, generator) == 1
    assert draw(logits, [0, 2, 2], sampling, generator) == 0


@given(text=st.text(max_size=40))
def test_detokeniser__never_gives_half_a_character(text: str) -> None:
    tokenizer = tiny.tokenizer()
    detokeniser = Detokeniser(tokenizer)
    pieces = [detokeniser.push(token) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]
    assert "".join(pieces) == text or "\ufffd" in text
    assert all("\ufffd" not in piece for piece in pieces)


@given(text=st.text(alphabet="abc", max_size=40), stops=st.lists(st.text(alphabet="abc", max_size=3), max_size=3))
def test_stops__show_what_stands_before_the_first_one_and_no_more(text: str, stops: list[str]) -> None:
    stop_filter = StopFilter(stops)
    shown = "".join(stop_filter.push(character) for character in text)
    if not stop_filter.stopped:
        shown += stop_filter.flush()
    places = [text.find(stop) for stop in stops if stop and stop in text]
    ends = [text.find(stop) + len(stop) for stop in stops if stop and stop in text]
    assert shown == stop_filter.text
    assert stop_filter.stopped is bool(places)
    if not places:
        assert shown == text
    else:
        assert text.startswith(shown)
        assert len(shown) <= min(ends)
        assert not any(stop in shown for stop in stops if stop)
