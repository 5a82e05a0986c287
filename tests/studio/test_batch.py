"""Many adapters in one forward pass: the same numbers as PEFT one by one, and no text that knows of another."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import PeftModel
from torch import Tensor

from oeuvre_studio.errors import ModelUnavailableError
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.adapters import AdapterSlots
from oeuvre_studio.text.batch.model import Rows
from oeuvre_studio.text.batch.pages import Pages
from oeuvre_studio.text.batch.shape import shape_of
from oeuvre_studio.text.batch.writer import Draft, Room, Writers, write_all
from oeuvre_studio.text.lora import Adapter
from oeuvre_studio.text.sampling import Sampling
from tests.studio import batches

NAMES = ("ann", "ben", "cleo")
DRAWN = Sampling(max_tokens=10, temperature=1.0, repetition_penalty=1.2)
GREEDY = Sampling(max_tokens=8, temperature=0.0, repetition_penalty=1.0)

tokens = st.lists(st.integers(4, 259), min_size=1, max_size=90)
texts = st.tuples(st.sampled_from([None, *NAMES]), tokens)


@pytest.fixture(scope="module")
def adapters(base: Base) -> dict[str, Adapter]:
    return {name: batches.random_adapter(base, seed) for seed, name in enumerate(NAMES)}


@pytest.fixture(scope="module")
def oracle(models_dir: Path, adapters: dict[str, Adapter]) -> PeftModel:
    return batches.peft_model(models_dir / "base", adapters)


@pytest.fixture(scope="module")
def precise(base: Base) -> Writers:
    return batches.writers(base)


@pytest.fixture(scope="module")
def rounded(base: Base) -> Writers:
    """In bf16, as it serves where the processor has it."""
    return batches.writers(base, torch.bfloat16)


def drafts_of(
    asked: Sequence[tuple[str | None, Sequence[int]]], adapters: dict[str, Adapter], sampling: Sampling
) -> list[Draft]:
    return [
        Draft(prompt=prompt, sampling=sampling, seed=number, name=name or "", adapter=adapters[name] if name else None)
        for number, (name, prompt) in enumerate(asked)
    ]


class Mixture:
    """Slots and pages of their own, to look at logits directly."""

    def __init__(self, writers: Writers) -> None:
        self.model = writers._model
        self.slots = AdapterSlots(self.model.shape, slots=4, rank=batches.RANK, dtype=self.model.dtype)
        self.pages = Pages(self.model.shape, pages=32, texts=8, context=batches.CONTEXT, dtype=self.model.dtype)

    def logits(self, asked: Sequence[tuple[str | None, Sequence[int]]], adapters: dict[str, Adapter]) -> list[Tensor]:
        """All tokens of all texts as the rows of one step; the logits of each text's every token."""
        places = [self.pages.take(len(prompt)) for _, prompt in asked]
        slots = [self.slots.hold(name, adapters[name]) if name else -1 for name, _ in asked]
        sizes = [len(prompt) for _, prompt in asked]
        rows = Rows(
            tokens=np.array([token for _, prompt in asked for token in prompt], np.int64),
            positions=np.concatenate([np.arange(size) for size in sizes]).astype(np.int32),
            texts=np.repeat(places, sizes).astype(np.int32),
            slots=np.repeat(slots, sizes).astype(np.int32),
        )
        found = self.model.forward(rows, self.slots, self.pages, np.arange(sum(sizes)))
        for place, (name, _) in zip(places, asked, strict=True):
            self.pages.give_back(place)
            if name:
                self.slots.release(name)
        return list(found.split(sizes))


@settings(max_examples=40, deadline=None)
@given(asked=st.lists(texts, min_size=1, max_size=8))
def test_batch__logits_equal_those_of_peft_one_by_one_for_every_mixture(
    asked: list[tuple[str | None, list[int]]], precise: Writers, oracle: PeftModel, adapters: dict[str, Adapter]
) -> None:
    for (name, prompt), found in zip(asked, Mixture(precise).logits(asked, adapters), strict=True):
        expected = batches.peft_logits(oracle, name, prompt)
        assert (found - expected).abs().max() < 1e-3


def test_batch__an_adapter_makes_a_difference_so_the_oracle_can_tell(
    precise: Writers, adapters: dict[str, Adapter]
) -> None:
    prompt = list(range(10, 40))
    plain, ann, ben = Mixture(precise).logits([(None, prompt), ("ann", prompt), ("ben", prompt)], adapters)
    assert (plain - ann).abs().max() > 0.1
    assert (ben - ann).abs().max() > 0.1


@settings(max_examples=40, deadline=None)
@given(mine=texts, others=st.lists(texts, max_size=6), at=st.integers(0, 6))
def test_batch__a_text_is_the_same_bit_for_bit_whatever_is_written_beside_it(
    mine: tuple[str | None, list[int]],
    others: list[tuple[str | None, list[int]]],
    at: int,
    rounded: Writers,
    adapters: dict[str, Adapter],
) -> None:
    alone = drafts_of([mine], adapters, DRAWN)[0]
    alone.logprobs = 3
    write_all(rounded, [alone], at_once=1)
    among = drafts_of(others, adapters, DRAWN)
    again = dataclasses.replace(alone, written=[], scores=[], finished=None)
    among.insert(min(at, len(among)), again)
    write_all(rounded, among, at_once=8)
    assert again.written == alone.written
    assert again.scores == alone.scores  # not only the tokens: every log-probability, to the last bit


def test_batch__the_order_of_arrival_and_reading_in_parts_change_nothing(
    rounded: Writers, adapters: dict[str, Adapter]
) -> None:
    long = [("ann", list(range(4, 204))), ("ben", list(range(60, 180))), (None, [7] * 150)]
    together = drafts_of(long, adapters, DRAWN)
    write_all(rounded, together, at_once=3)
    for number in range(3):
        alone = drafts_of(long, adapters, DRAWN)[number]
        write_all(rounded, [alone], at_once=1)
        assert alone.written == together[number].written


def test_batch__the_same_seed_gives_the_same_text_and_another_seed_another(
    rounded: Writers, adapters: dict[str, Adapter]
) -> None:
    def text(seed: int) -> list[int]:
        draft = Draft([5, 9], DRAWN, seed, name="ann", adapter=adapters["ann"])
        write_all(rounded, [draft], at_once=1)
        return draft.written

    assert text(1) == text(1) != text(2)


def test_batch__greedy_agrees_with_peft(precise: Writers, oracle: PeftModel, adapters: dict[str, Adapter]) -> None:
    asked = [("ann", [5, 9, 40]), ("cleo", [7]), (None, [30, 31, 32])]
    drafts = drafts_of(asked, adapters, GREEDY)
    write_all(precise, drafts, at_once=3)
    for (name, prompt), draft in zip(asked, drafts, strict=True):
        for number, token in enumerate(draft.written):
            logits = batches.peft_logits(oracle, name, [*prompt, *draft.written[:number]])[-1]
            assert logits[token] >= logits.max() - 1e-3


def test_batch__a_text_that_ends_gives_its_room_to_the_next(base: Base, adapters: dict[str, Adapter]) -> None:
    writers = batches.writers(base, room=Room(texts=2, slots=1, tokens=128))
    asked = [(NAMES[number % 3], [5 + number, 9]) for number in range(7)]
    drafts = drafts_of(asked, adapters, GREEDY)
    write_all(writers, drafts, at_once=8)
    assert all(draft.finished for draft in drafts)


def test_batch__nothing_is_left_of_a_text_that_ended(base: Base, adapters: dict[str, Adapter]) -> None:
    writers = batches.writers(base)
    write_all(writers, drafts_of([("ann", list(range(4, 80)))], adapters, GREEDY), at_once=1)
    assert all(not keys.any() for keys in writers._pages.keys)
    assert all(not values.any() for values in writers._pages.values)
    writers.adapters.forget("ann")
    assert "ann" not in writers.adapters
    assert all(not view.any() for layer in writers.adapters.kernel_views for view in layer.values())


def test_slots__the_least_recently_wanted_adapter_gives_way_and_a_held_one_never(
    base: Base, adapters: dict[str, Adapter]
) -> None:
    slots = AdapterSlots(shape_of(base.model), slots=2, rank=batches.RANK, dtype=torch.float32)
    slots.hold("ann", adapters["ann"])
    slots.hold("ben", adapters["ben"])
    assert not slots.can_take
    with pytest.raises(RuntimeError):
        slots.hold("cleo", adapters["cleo"])
    slots.release("ben")
    slots.hold("cleo", adapters["cleo"])
    assert ("ann" in slots, "ben" in slots, "cleo" in slots) == (True, False, True)


def test_pages__a_text_that_would_not_fit_is_not_started(base: Base) -> None:
    pages = Pages(shape_of(base.model), pages=2, texts=4, context=256, dtype=torch.float32)
    assert pages.can_take(128)
    assert not pages.can_take(129)
    place = pages.take(100)
    assert not pages.can_take(1)
    with pytest.raises(RuntimeError):
        pages.take(1)
    pages.give_back(place)
    assert pages.can_take(128)


def test_shape__another_architecture_is_refused_with_what_to_do(base: Base) -> None:
    other = type("Config", (), {"model_type": "gpt_neox"})()
    with pytest.raises(ModelUnavailableError, match="vLLM"):
        shape_of(type("Model", (), {"config": other})())
