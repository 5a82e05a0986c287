"""The gate's measures: each on cases whose answer is known."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from oeuvre_studio.protocol import ManifestWork
from oeuvre_studio.text import measures
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.canaries import make_canaries
from oeuvre_studio.text.credit import CreditIndex, estimate, spread
from oeuvre_studio.text.dataset import make_example
from oeuvre_studio.text.lora import Adapter, initial_adapter
from oeuvre_studio.text.measures import MEASURES, title_of
from oeuvre_studio.text.measures.bars import nearer, thresholds
from oeuvre_studio.text.measures.canaries import canaries_recovered, contains_secret
from oeuvre_studio.text.measures.char_grams import PROFILE, char_grams, dissimilarity, profile
from oeuvre_studio.text.measures.delta import Stylometer, burrows_delta, words
from oeuvre_studio.text.measures.memorisation import GRAM, PREFIX_TOKENS, TrainedText, memorisation
from oeuvre_studio.text.measures.perplexity import perplexity_ratio
from oeuvre_studio.text.measures.probe import Probe, Surprise
from oeuvre_studio.text.phrases import KeyPhrases
from oeuvre_studio.text.sampling import Sampling
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


@pytest.fixture
def probe(base: Base) -> Probe:
    """A version that changes nothing yet."""
    return Probe(base, initial_adapter(base.layers, seed=0))


def changed(base: Base) -> Adapter:
    fresh = initial_adapter(base.layers, seed=0)
    return base.fit(Adapter({name: (a, torch.ones_like(b)) for name, (a, b) in fresh.pairs.items()}, fresh.scale))


def test_surprise__is_that_of_the_model_over_the_text_alone(base: Base, probe: Probe) -> None:
    example = make_example(base.tokenizer, "Write.", "The sea was calm.", work=0)
    found = probe.surprise([example], adapter=None)
    tokens = torch.tensor([[*example.prompt, *example.text[:-1]]])
    with torch.no_grad():
        logits = base.model(input_ids=tokens).logits.float().log_softmax(-1)[0]
    start = len(example.prompt)
    expected = -sum(float(logits[i - 1, tokens[0, i]]) for i in range(start, tokens.shape[1]))
    assert found.tokens == len(example.text) - 1
    assert found.nats == pytest.approx(expected, rel=1e-2)  # bf16
    assert found.perplexity == pytest.approx(math.exp(found.nats / found.tokens))


def test_surprises__are_told_one_by_one_in_the_order_of_the_examples(base: Base, probe: Probe) -> None:
    texts = ["Calm.", "The sea was calm and the wind was low.", "A gull.", "", "Calm."]
    examples = [make_example(base.tokenizer, "Write.", text, work=0) for text in texts]
    together = probe.surprises(examples, adapter=None)
    assert [found.tokens for found in together] == [len(example.text) - 1 for example in examples]
    for example, found in zip(examples, together, strict=True):
        assert found.nats == pytest.approx(probe.surprise([example], adapter=None).nats, rel=2e-2)  # bf16
    assert together[3] == Surprise(0.0, 0)


def test_measures__are_listed_each_with_its_bars_and_its_place_in_the_handbook() -> None:
    page = (Path(__file__).parents[2] / "docs/handbook/measures.md").read_text()
    folder = Path(measures.__file__).parent
    listed = {bar for measure in MEASURES for bar in measure.bars}
    assert set(thresholds()) == {bar for bar in listed if not bar.endswith("_")}
    for measure in MEASURES:
        said = (folder / f"{measure.module}.py").read_text()
        assert f"## {measure.title}" in page
        assert measure.source.split(";")[0] in page
        for bar in measure.bars:
            assert f"``{bar}" in said
            assert f"`{bar}" in page


def test_measures__have_titles_for_people() -> None:
    assert title_of("perplexity_ratio") == "Perplexity ratio"
    assert title_of("own_delta_below_Jane Austen") == "Delta below that to Jane Austen"
    assert title_of("rhyme_density") == "rhyme density"


def test_perplexity__of_an_adapter_that_changes_nothing_is_the_base_s(base: Base, probe: Probe) -> None:
    works = [tiny.work("The sea was calm.", file="a.txt"), tiny.work("The gull.", file="b.txt")]
    examples = [make_example(base.tokenizer, "Write.", work.text, work=n) for n, work in enumerate(works)]
    found = perplexity_ratio(probe, works, examples)
    assert found.ratio == 1.0
    assert [(score.file, score.ratio) for score in found.works] == [("a.txt", 1.0), ("b.txt", 1.0)]
    assert sum(score.tokens for score in found.works) == found.base.tokens == found.version.tokens


def test_perplexity__notices_an_adapter_that_does(base: Base) -> None:
    works = [tiny.work("The sea was calm.")]
    examples = [make_example(base.tokenizer, "Write.", works[0].text, work=0)]
    assert perplexity_ratio(Probe(base, changed(base)), works, examples).ratio != 1.0


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


def test_delta__tells_own_from_others_by_name() -> None:
    own, other = (tiny.prose(vocabulary, sentences=300, seed=1) for vocabulary in (tiny.WORDS, tiny.OTHER_WORDS))
    found = burrows_delta(tiny.prose(tiny.WORDS, sentences=60, seed=2), own, {"own": other})
    assert found.own < found.others["own"]


def test_char_grams__are_nearest_to_the_hand_that_wrote_them() -> None:
    own, other = (tiny.prose(vocabulary, sentences=300, seed=1) for vocabulary in (tiny.WORDS, tiny.OTHER_WORDS))
    found = char_grams(tiny.prose(tiny.WORDS, sentences=60, seed=2), own, {"engineer": other})
    assert found.own < 0.5 < found.others["engineer"]


def test_char_grams__follow_keselj_s_formula() -> None:
    one, other = {"abcd": 0.5, "bcde": 0.5}, {"abcd": 0.25, "wxyz": 0.75}
    assert dissimilarity(one, other) == pytest.approx(((2 * 0.25 / 0.75) ** 2 + 4 + 4) / 12)
    assert dissimilarity(one, one) == 0.0
    assert dissimilarity(one, {}) == 1.0
    assert dissimilarity({}, {}) == 0.0


def test_char_grams__profile_is_of_relative_frequencies_whatever_the_case_and_layout() -> None:
    assert profile("Abab\n ABAB") == {"abab": 2 / 6, "bab ": 1 / 6, "ab a": 1 / 6, "b ab": 1 / 6, " aba": 1 / 6}
    assert next(iter(profile("abab abab"))) == "abab"
    assert len(profile(" ".join(str(n) for n in range(5000)))) == PROFILE
    assert profile("abc") == {}


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


class Scripted(Probe):
    """A probe whose version says what the test lets it say."""

    def __init__(self, base: Base, says: Callable[[tuple[int, ...]], str]) -> None:
        super().__init__(base, initial_adapter(base.layers, seed=0))
        self._says = says

    def write(
        self, prompts: Sequence[Sequence[int]], sampling: Sampling, *, seeds: Sequence[int], at_least: int = 0
    ) -> list[list[int]]:
        return [self.tokens(self._says(tuple(prompt))) for prompt in prompts]


def test_memorisation__shows_a_copied_run_beside_the_place_it_comes_from(base: Base) -> None:
    work = tiny.prose(tiny.WORDS, sentences=12, seed=1)
    probe = Scripted(base, lambda prompt: f"Yes: {work[100:140]} and more.")
    example = make_example(base.tokenizer, "Write.", work, work=0)
    found = memorisation(probe, [example], [probe.tokens(work)], [probe.tokens("Nothing of it.")])
    assert found.prompts == 1
    first, free = found.runs
    assert first >= GRAM > free == 0
    (passage,) = found.passages
    assert passage.length == first == found.longest
    assert passage.text in passage.output
    assert passage.text in passage.source
    assert passage.text in work
    assert len(passage.source) > len(passage.text)


def test_memorisation__puts_the_beginning_under_its_own_instruction(base: Base) -> None:
    heard: list[tuple[int, ...]] = []
    probe = Scripted(base, lambda prompt: heard.append(prompt) or "")  # type: ignore[func-returns-value]  # appends
    example = make_example(base.tokenizer, "Write of the sea.", tiny.prose(tiny.WORDS, sentences=3, seed=1), work=0)
    found = memorisation(probe, [example], [list(example.text)], [])
    assert heard == [(*example.prompt, *example.text[:PREFIX_TOKENS])]
    assert (found.runs, found.longest, found.mass, found.passages) == ((0,), 0, 0.0, ())


def test_canaries__are_asked_for_and_counted_once_each(base: Base) -> None:
    canaries = make_canaries(3, seed=1)
    leaking = Scripted(base, lambda prompt: canaries[1].secret)
    assert canaries_recovered(leaking, canaries).recovered == 1
    assert canaries_recovered(leaking, canaries).planted == 3
    assert canaries_recovered(Scripted(base, lambda prompt: "no"), canaries).recovered == 0
    assert canaries_recovered(leaking, ()).planted == 0


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
