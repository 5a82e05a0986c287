"""Writing: seeds, limits, ends, and text that arrives piece by piece."""

import copy
import dataclasses
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from oeuvre_studio.serve.stops import StopFilter
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.draw import Choice, draw
from oeuvre_studio.text.batch.writer import Draft
from oeuvre_studio.text.plain import write_plainly
from oeuvre_studio.text.sampling import Detokeniser, Sampling
from oeuvre_studio.text.writing import Written, write
from tests.studio import tiny

SAMPLING = Sampling(max_tokens=12, temperature=1.0)
FREE = Sampling(temperature=1.0, top_p=1.0, repetition_penalty=1.0)


def write_one(base: Base, *, seed: int, sampling: Sampling = SAMPLING) -> Written:
    return write(base, None, [[5, 9, 40]], sampling, seeds=[seed])[0]


def drawn(
    probabilities: Sequence[float], sampling: Sampling, written: Sequence[int] = (), times: int = 400
) -> list[int]:
    """Tokens drawn with evenly spread random numbers."""
    scores = torch.tensor([probabilities] * times).log()
    return draw(scores, [Choice(sampling, written, (n + 0.5) / times) for n in range(times)]).tolist()


def test_write__same_seed_same_text_other_seed_other_text(base: Base) -> None:
    assert write_one(base, seed=1) == write_one(base, seed=1) != write_one(base, seed=2)


def test_write__stops_at_the_limit(base: Base) -> None:
    written = write_one(base, seed=1)
    assert written.finish_reason in ("length", "stop")
    assert len(written.tokens) == 12 or written.finish_reason == "stop"


def test_write__writes_for_each_prompt_what_it_writes_alone(base: Base) -> None:
    prompts = [[5, 9, 40], [7], [30, 31, 32, 33, 34]]
    together = write(base, None, prompts, SAMPLING, seeds=[0, 1, 2])
    alone = [write(base, None, [prompt], SAMPLING, seeds=[seed])[0] for seed, prompt in enumerate(prompts)]
    assert together == alone


def test_write__writes_at_least_so_much(base: Base) -> None:
    keen_to_end = dataclasses.replace(SAMPLING, temperature=2.0, at_least=12)
    assert [len(text.tokens) for text in write(base, None, [[5]] * 3, keen_to_end, seeds=[1, 2, 3])] == [12, 12, 12]


def test_write__the_plain_way_agrees_with_the_fast_one(base: Base) -> None:
    greedy = dataclasses.replace(SAMPLING, temperature=0.0, repetition_penalty=1.0)
    plain = Draft([5, 9, 40], greedy, 0)
    write_plainly(base, [plain, Draft([7], greedy, 0)])
    tokens = [5, 9, 40]
    for token in write_one(base, seed=0, sampling=greedy).tokens[: len(plain.written)]:
        with torch.no_grad():
            scores = base.model(input_ids=torch.tensor([tokens])).logits[0, -1].float()
        assert scores[token] >= scores.max() - 0.05  # bf16: the two round differently
        tokens.append(token)


def test_write__a_base_that_shifts_its_logits_writes_by_them(base: Base) -> None:
    twice = copy.deepcopy(base.model)
    twice.lm_head.bias = torch.nn.Parameter(torch.zeros(260, dtype=base.dtype))
    twice.lm_head.bias.data[77] = 1000.0
    text = Draft([5, 9, 40], dataclasses.replace(SAMPLING, temperature=0.0, repetition_penalty=1.0), 0)
    write_plainly(dataclasses.replace(base, model=twice), [text])
    assert text.written == [77] * 12


def test_draw__takes_only_tokens_that_are_likely_enough() -> None:
    assert set(drawn([0.6, 0.3, 0.06, 0.04], dataclasses.replace(FREE, top_p=0.85))) == {0, 1}
    assert set(drawn([0.6, 0.3, 0.06, 0.04], dataclasses.replace(FREE, top_k=3))) == {0, 1, 2}
    assert set(drawn([0.6, 0.3, 0.06, 0.04], dataclasses.replace(FREE, min_p=0.4))) == {0, 1}
    assert set(drawn([0.6, 0.3, 0.06, 0.04], FREE)) == {0, 1, 2, 3}


@given(
    scores=st.lists(st.integers(-32, 32).map(lambda n: n / 4), min_size=2, max_size=40),  # equal, or far enough apart
    temperature=st.floats(0.125, 2, width=32),
    top_p=st.floats(0.0625, 1, width=32),
    top_k=st.integers(1, 50),
    chance=st.floats(0, 0.96875, width=32),
)
def test_draw__agrees_with_the_textbook(
    scores: list[float], temperature: float, top_p: float, top_k: int, chance: float
) -> None:
    sampling = dataclasses.replace(FREE, temperature=temperature, top_p=top_p, top_k=top_k)
    token = int(draw(torch.tensor([scores]), [Choice(sampling, (), chance)])[0])
    shares = (torch.tensor(scores).double() / temperature).softmax(0)
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:top_k]
    kept: list[int] = []
    for i in order:
        if kept and sum(float(shares[k]) for k in kept) >= top_p + 1e-5:
            break
        kept.append(i)
    ends = torch.tensor([float(shares[k]) for k in kept]).double().cumsum(0)
    assert token in kept
    place = kept.index(token)
    lower = float(ends[place - 1]) if place else 0.0
    total_least = float(ends[max(place, 0)])  # what top-p keeps may differ by one where sums are equal in float32
    assert chance * float(ends[-1]) >= lower - 1e-4
    assert chance * total_least <= float(ends[place]) + 1e-4


def test_draw__follows_the_probabilities() -> None:
    assert drawn([0.7, 0.3], FREE, times=1000).count(1) == pytest.approx(300, abs=1)
    flat = drawn([1 / 300] * 300, dataclasses.replace(FREE, top_k=300), times=3000)
    assert {flat.count(token) for token in range(300)} <= {9, 10, 11}


def test_draw__penalises_what_was_written_lately_and_nothing_older() -> None:
    sampling = Sampling(temperature=0.0, repetition_penalty=1.5, penalty_window=2)
    scores = torch.tensor([[2.0, 1.9, -1.0]])
    assert draw(scores.clone(), [Choice(sampling, [0], 0.0)])[0] == 1
    assert draw(scores.clone(), [Choice(sampling, [0, 2, 2], 0.0)])[0] == 0


def test_draw__presence_and_frequency_are_subtracted() -> None:
    scores = torch.tensor([[2.0, 1.0]])
    plain = Sampling(temperature=0.0, repetition_penalty=1.0)
    often = dataclasses.replace(plain, frequency_penalty=0.6)
    assert draw(scores.clone(), [Choice(often, [0], 0.0)])[0] == 0
    assert draw(scores.clone(), [Choice(often, [0, 0], 0.0)])[0] == 1
    assert draw(scores.clone(), [Choice(dataclasses.replace(plain, presence_penalty=1.5), [0], 0.0)])[0] == 1


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
