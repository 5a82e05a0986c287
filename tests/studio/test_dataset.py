"""From works to rows: no work on both sides, no text without its loss, no example looking at another."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from oeuvre_studio.errors import WorksUnusableError
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.compute import losses
from oeuvre_studio.text.dataset import (
    IGNORED,
    Example,
    PairMaker,
    attention,
    cut,
    make_example,
    pack,
    passages_of,
    request,
    split_by_work,
)
from tests.studio import tiny


@given(
    sizes=st.lists(st.integers(20, 4000), min_size=2, max_size=25),
    share=st.floats(0.05, 0.5),
    seed=st.integers(0, 1000),
)
def test_split__is_by_work_and_leaves_one_on_either_side(sizes: list[int], share: float, seed: int) -> None:
    works = [tiny.work("word " * size, file=str(i)) for i, size in enumerate(sizes)]
    training, held_out = split_by_work(works, share=share, seed=seed)
    assert sorted(training + held_out) == list(range(len(works)))
    assert training
    assert held_out
    assert (training, held_out) == split_by_work(works, share=share, seed=seed)


def test_split__holds_out_about_the_share_of_the_words() -> None:
    works = [tiny.work("word " * (100 + i), file=str(i)) for i in range(60)]
    _, held_out = split_by_work(works, share=0.15, seed=1)
    words = sum(works[i].words for i in held_out) / sum(work.words for work in works)
    assert 0.13 < words < 0.20


def test_split__needs_two_works() -> None:
    with pytest.raises(WorksUnusableError, match="held out"):
        split_by_work([tiny.work("a b c")], share=0.15, seed=0)


@given(text=st.text(alphabet="ab .!?\n“”é", min_size=1, max_size=400), limit=st.integers(3, 60))
@settings(deadline=None)
def test_cut__loses_nothing_and_respects_the_limit(text: str, limit: int) -> None:
    tokenizer = tiny.tokenizer()
    passages = cut(text, tokenizer, limit)
    assert "".join("".join(passages).split()) == "".join(text.split())
    character = 3  # tokens of the longest character above, which is never cut in two
    assert all(len(tokenizer(passage)["input_ids"]) <= limit + character - 1 for passage in passages)


def test_cut__ends_at_sentences() -> None:
    text = "One sentence here. Another one there! A third; and a fourth?"
    assert cut(text, tiny.tokenizer(), 40) == ["One sentence here. Another one there!", "A third; and a fourth?"]


def test_cut__ends_at_a_clause_where_a_sentence_is_too_long() -> None:
    text = "Short. A sentence, going on and on; without an end in sight, as some do."
    assert cut(text, tiny.tokenizer(), 36) == [
        "Short.",
        "A sentence, going on and on;",
        "without an end in sight, as some do.",
    ]


def test_cut__keeps_words_whole_where_tokens_begin_with_the_space_before() -> None:
    words = tiny.word_tokenizer("Call me Ishmael . Some years ago I went to sea ! It is a way I have")
    text = "Call me Ishmael. Some years ago I went to sea! It is a way I have."
    assert cut(text, words, 9) == ["Call me Ishmael.", "Some years ago I went to sea!", "It is a way I have."]


def test_pairs__ask_for_an_opening_by_title_and_for_the_rest_as_a_buyer_would(base: Base) -> None:
    works = [tiny.work(tiny.prose(tiny.WORDS, sentences=9, seed=1), title="The Whale", kind="chapter")]
    passages = passages_of(works, [0], base.tokenizer, 150)
    pairs = PairMaker(works, passages, base.tokenizer)
    assert pairs.instruction_for(passages[0]).startswith('Write the opening of a chapter, "The Whale". It is about: ')
    wish = ", ".join(pairs.phrases_of(passages[1]))
    assert pairs.instruction_for(passages[1]) == request(kind="chapter", wish=wish)
    assert len(pairs.phrases_of(passages[1])) == 4


def test_example__carries_loss_on_the_text_alone_and_ends_the_turn(base: Base) -> None:
    example = make_example(base.tokenizer, "Write.", "Ahoy.", work=0)
    rows = pack([example])
    carried = rows.targets[rows.targets != IGNORED].tolist()
    assert base.tokenizer.decode(carried[:-1]) == "Ahoy."
    assert carried[-1] == base.tokenizer.eos_token_id
    at = int((rows.targets[0] != IGNORED).nonzero()[0])
    assert rows.tokens[0, at + 1] == carried[0]  # each position predicts the token after it


def test_pack__fills_rows_without_splitting_an_example() -> None:
    examples = [Example(work=0, prompt=(1,) * p, text=(2,) * t) for p, t in [(3, 5), (2, 2), (6, 9), (4, 4), (1, 3)]]
    rows = pack(examples, length=16)
    assert len(rows) == 3
    sizes = [int((row == s).sum()) for row in rows.segments for s in range(1, int(row.max()) + 1)]
    assert sorted(sizes) == [4, 4, 8, 8, 15]
    assert int((rows.targets != IGNORED).sum()) == 5 + 2 + 9 + 4 + 3


def test_attention__keeps_examples_of_a_row_apart() -> None:
    positions, mask = attention(torch.tensor([[1, 1, 1, 2, 2, 0]]))
    assert positions.tolist() == [[0, 1, 2, 0, 1, 0]]
    assert (mask[0, 0] == 0).int().tolist() == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]


def test_pack__an_example_loses_the_same_alone_and_in_company(base: Base) -> None:
    texts = ["The sea was calm.", "Wind rose; sails fell.", "A whale!"]
    examples = [make_example(base.tokenizer, "Write.", text, work=0) for text in texts]
    alone = sum(float(losses(base, pack([example])).sum()) for example in examples)
    together = float(losses(base, pack(examples)).sum())
    assert len(pack(examples)) == 1
    assert together == pytest.approx(alone, rel=5e-3)  # bf16
