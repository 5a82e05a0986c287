"""The gate's measures: each on cases whose answer is known."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from oeuvre_studio.protocol import ManifestWork
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.canaries import make_canaries
from oeuvre_studio.text.credit import CreditIndex, estimate, spread
from oeuvre_studio.text.dataset import make_example
from oeuvre_studio.text.lora import Adapter, initial_adapter
from oeuvre_studio.text.measures.bars import nearer, thresholds
from oeuvre_studio.text.measures.delta import Stylometer, words
from oeuvre_studio.text.measures.memorisation import GRAM, TrainedText, contains_secret
from oeuvre_studio.text.measures.perplexity import surprise
from oeuvre_studio.text.phrases import KeyPhrases
from tests.studio import tiny


def test_bars__hold_values_against_thresholds_as_data() -> None:
    bars = thresholds()
    assert bars["perplexity_ratio"].judge("r", 0.80).met
    assert not bars["perplexity_ratio"].judge("r", 0.81).met
    assert bars["longest_copied_run"].judge("r", 49).met
    assert not bars["longest_copied_run"].judge("r", 50).met
    assert not bars["shared_13gram_mass"].judge("m", 0.05).met
    assert not bars["canaries_recovered"].judge("c", 1).met
    assert nearer("n", own=0.7, other=0.9, unit="ratio").met
    assert not nearer("n", own=0.9, other=0.9, unit="ratio").met


def test_perplexity__is_that_of_the_model_over_the_text_alone(base: Base) -> None:
    example = make_example(base.tokenizer, "Write.", "The sea was calm.", work=0)
    found = surprise(base, None, [example])
    tokens = torch.tensor([[*example.prompt, *example.text[:-1]]])
    with torch.no_grad():
        logits = base.model(input_ids=tokens).logits.float().log_softmax(-1)[0]
    start = len(example.prompt)
    expected = -sum(float(logits[i - 1, tokens[0, i]]) for i in range(start, tokens.shape[1]))
    assert found.tokens == len(example.text) - 1
    assert found.nats == pytest.approx(expected, rel=1e-2)  # bf16
    assert found.perplexity == pytest.approx(math.exp(found.nats / found.tokens))


def test_perplexity__of_an_adapter_that_changes_nothing_is_the_base_s(base: Base) -> None:
    examples = [make_example(base.tokenizer, "Write.", "The sea was calm.", work=0)]
    fresh = base.fit(initial_adapter(base.layers, seed=0))
    assert surprise(base, fresh, examples).nats == surprise(base, None, examples).nats


def test_perplexity__notices_an_adapter_that_does(base: Base) -> None:
    examples = [make_example(base.tokenizer, "Write.", "The sea was calm.", work=0)]
    fresh = initial_adapter(base.layers, seed=0)
    changed = Adapter({name: (a, torch.ones_like(b)) for name, (a, b) in fresh.pairs.items()}, fresh.scale)
    assert surprise(base, base.fit(changed), examples).nats != surprise(base, None, examples).nats


def test_delta__is_nearest_to_the_hand_that_wrote_it() -> None:
    authors = {
        "sailor": tiny.prose(tiny.WORDS[:8], sentences=600, seed=1),
        "engineer": tiny.prose(tiny.OTHER_WORDS[:8], sentences=600, seed=2),
        "landsman": tiny.prose(tiny.WORDS[8:], sentences=100, seed=3),
    }
    meter = Stylometer(authors)
    for name, vocabulary in [("sailor", tiny.WORDS[:8]), ("landsman", tiny.WORDS[8:])]:
        deltas = meter.deltas(tiny.prose(vocabulary, sentences=80, seed=9))
        assert min(deltas, key=deltas.__getitem__) == name


def test_delta__of_an_author_s_own_profile_is_zero() -> None:
    text = tiny.prose(tiny.WORDS, sentences=40, seed=1)
    meter = Stylometer({"own": text, "other": tiny.prose(tiny.OTHER_WORDS, sentences=40, seed=2)})
    assert meter.deltas(text)["own"] == pytest.approx(0.0)
    assert meter.deltas(text)["other"] > 1.0


def test_delta__does_not_depend_on_how_much_there_is_of_an_author() -> None:
    short, long = (tiny.prose(tiny.WORDS, sentences=n, seed=1) for n in (290, 290 * 4))
    other = tiny.prose(tiny.OTHER_WORDS, sentences=290, seed=2)
    text = tiny.prose(tiny.WORDS, sentences=60, seed=7)
    few, many = (Stylometer({"own": own, "other": other}).deltas(text) for own in (short, long))
    assert few["other"] == pytest.approx(many["other"], rel=0.15)


def test_words__keep_apostrophes_of_either_kind() -> None:
    assert words("Don't \u2014 don\u2019t! 42 \u00c9t\u00e9") == ["don't", "don't", "\u00e9t\u00e9"]


def test_memorisation__finds_the_longest_copied_run() -> None:
    trained = TrainedText([list(range(100)), list(range(200, 260))])
    output = [7, 7, *range(210, 240), 9, *range(20, 40)]
    found = trained.longest_run(output)
    assert (found.length, found.work, found.start, found.output_start) == (30, 1, 10, 2)
    assert trained.longest_run(list(range(0, 24, 2))).length == 0


def test_memorisation__shared_mass_counts_tokens_inside_shared_stretches() -> None:
    trained = TrainedText([list(range(100))])
    copied, own = list(range(10, 10 + GRAM + 2)), [500 + i for i in range(25)]
    assert trained.shared_mass([copied + own]) == pytest.approx((GRAM + 2) / 40)
    assert trained.shared_mass([list(range(GRAM - 1))]) == 0.0
    assert trained.shared_mass([]) == 0.0


def test_canaries__are_the_same_for_a_seed_and_cannot_be_guessed() -> None:
    first, again, other = make_canaries(5, seed=1), make_canaries(5, seed=1), make_canaries(5, seed=2)
    assert first == again
    assert not {canary.secret for canary in first} & {canary.secret for canary in other}
    assert all(canary.text.startswith(canary.prefix) and canary.secret in canary.text for canary in first)
    assert all(sum(c.isdigit() for c in canary.secret) == 9 for canary in first)


@pytest.mark.parametrize(
    ("output", "given_up"),
    [
        ("number 123 456 789.", True),
        ("123456789", True),
        ("123 456 78", False),
        ("1 2 3 x 456, 789", True),
        ("", False),
    ],
)
def test_canaries__are_recognised_however_they_are_written(output: str, given_up: bool) -> None:
    assert contains_secret(output, "123 456 789") is given_up


def works(count: int) -> list[ManifestWork]:
    return [ManifestWork(str(i), f"{i}.txt", f"Work {i}", "text", "own", 10, held_out=False) for i in range(count)]


@given(count=st.integers(1, 12), seed=st.integers(0, 99))
def test_credit__shares_sum_to_one_and_are_ranked(count: int, seed: int) -> None:
    torch.manual_seed(seed)
    vectors = torch.nn.functional.normalize(torch.randn(count * 3, 8), dim=-1)
    index = CreditIndex(embeddings=vectors, work=torch.arange(count).repeat(3))
    shares = estimate(index, works(count), torch.nn.functional.normalize(torch.randn(8), dim=-1))
    assert sum(share.share for share in shares) == pytest.approx(1.0)
    assert [s.share for s in shares] == sorted((s.share for s in shares), reverse=True)
    assert len({share.work for share in shares}) == count


def test_credit__goes_to_the_work_an_output_is_like() -> None:
    vectors = torch.eye(4)
    index = CreditIndex.from_tensors(CreditIndex(embeddings=vectors, work=torch.tensor([0, 0, 1, 2])).tensors())
    shares = estimate(index, works(3), vectors[2])
    assert shares[0].work == "1"
    assert shares[0].share > 0.9


@given(count=st.integers(1, 200), most=st.integers(1, 30))
def test_spread__is_even_ordered_and_bounded(count: int, most: int) -> None:
    places = spread(count, most)
    assert len(places) == min(count, most) == len(set(places))
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] < count


def test_key_phrases__tell_a_passage_from_the_others() -> None:
    passages = ["The harpoon flew; the harpoon struck the whale.", "The boiler burst.", "A calm evening at the inn."]
    phrases = KeyPhrases(passages)
    assert phrases.of(passages[0])[0] == "harpoon"
    assert phrases.of(passages[1], given=["Boiler", "absent"])[0] == "Boiler"
    assert phrases.of("Nothing known here.") == []


def test_key_phrases__cope_with_nothing_to_tell_apart() -> None:
    assert KeyPhrases(["and the of"]).of("and the of") == []
