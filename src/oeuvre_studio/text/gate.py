"""The release gate: everything that is measured about a version before it may be offered to anybody."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from oeuvre_studio.artifacts import LoadedVersion, is_version_folder, load_version, read_files
from oeuvre_studio.errors import RunCancelledError, WorksUnusableError
from oeuvre_studio.progress import Reporter, Stopwatch
from oeuvre_studio.protocol import (
    Bar,
    Comparison,
    LossPoint,
    ManifestWork,
    Memorisation,
    ProgressEvent,
    RefusedWork,
    Report,
    Sample,
    WorkScore,
)
from oeuvre_studio.protocol import Passage as ShownPassage
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.canaries import Canary
from oeuvre_studio.text.credit import PASSAGES_PER_WORK, CreditIndex, estimate, spread
from oeuvre_studio.text.dataset import PairMaker, Passage, chat_prompt, passages_of, request
from oeuvre_studio.text.embeddings import Embedder
from oeuvre_studio.text.lora import Adapter, adapter_from_tensors
from oeuvre_studio.text.measures.bars import nearer, thresholds
from oeuvre_studio.text.measures.delta import Stylometer
from oeuvre_studio.text.measures.memorisation import TrainedText, contains_secret
from oeuvre_studio.text.measures.perplexity import Surprise, surprise
from oeuvre_studio.text.sampling import Sampling, write_batch
from oeuvre_studio.text.works import Work, read_folder

PASSAGE_TOKENS = 440
"""A passage's share of a row; the rest is for its instruction."""

OWN_PASSAGES = 24
"""Held-out passages measured, about 10,000 tokens; a larger held-out part is sampled evenly."""

OTHER_PASSAGES = 8
"""Passages measured of each other author."""

SAMPLES = 8
SAMPLE_TOKENS = 256
PREFIXES = 16
PREFIX_TOKENS = 32
CONTINUATION_TOKENS = 64
"""More than the bar for a copied run, so that a run that reaches it is seen to."""

GREEDY = Sampling(temperature=0.0, repetition_penalty=1.0, max_tokens=CONTINUATION_TOKENS)
CANARIES_DRAWN = 3
"""A canary is asked for greedily and so often with tokens drawn at random."""

STAGES = 6


@dataclasses.dataclass(frozen=True)
class Other:
    """Another author to compare with: works in a folder, or a version."""

    name: str
    works: tuple[Work, ...] = ()
    version: LoadedVersion | None = None


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is put to the gate: an adapter, the works behind it, and which of them were held out."""

    model: str
    kind: str
    adapter: Adapter
    works: tuple[Work, ...]
    training: tuple[int, ...]
    held_out: tuple[int, ...]
    credit: CreditIndex
    manifest_works: tuple[ManifestWork, ...]
    """The training works as the manifest lists them; the credit index numbers them."""
    canaries: tuple[Canary, ...] = ()
    curve: tuple[LossPoint, ...] = ()
    refused: tuple[RefusedWork, ...] = ()


def read_other(folder: Path, *, base_sha256: str) -> Other:
    """A folder given as ``--others``: a version's if it holds one, else works."""
    if is_version_folder(folder):
        version = load_version(read_files(folder), base_sha256=base_sha256)
        return Other(name=version.manifest.model, version=version)
    body = read_folder(folder)
    if not body.works:
        raise WorksUnusableError(f"{folder} holds no usable work to compare with.")
    return Other(name=body.author or folder.name, works=body.works)


def adapter_of(version: LoadedVersion) -> Adapter:
    """The version's adapter, scaled as it was trained."""
    settings = version.manifest.hyperparameters
    return adapter_from_tensors(version.adapter, scale=float(settings["alpha"]) / float(settings["rank"]))


class Gate:
    """Measures one subject; `report` is the whole of it."""

    def __init__(
        self, base: Base, embedder: Embedder, subject: Subject, *, reporter: Reporter, cancelled: Callable[[], bool]
    ) -> None:
        self._base = base
        self._embedder = embedder
        self._subject = subject
        self._adapter = base.fit(subject.adapter)
        self._reporter = reporter
        self._cancelled = cancelled
        self._watch = Stopwatch()
        self._stage = 0
        self._trained = passages_of(subject.works, subject.training, base.tokenizer, PASSAGE_TOKENS)
        self._pairs = PairMaker(subject.works, self._trained, base.tokenizer)
        self._bars = thresholds()

    def report(self, others: Sequence[Other] = (), *, seed: int = 0) -> Report:
        """Everything, in order. The same inputs give the same report.

        Raises:
            RunCancelledError: asked to stop between two measures.
        """
        self._advance()
        scores, base_total, own_total = self._held_out_scores()
        self._advance()
        written, prompts = self._write_samples(seed)
        texts = [self._decode(tokens) for tokens in written]
        self._advance()
        memorisation = self._memorisation(written)
        self._advance()
        ratio = own_total.perplexity / base_total.perplexity
        comparisons, own_delta, compared = self._compare(others, ratio, "\n".join(texts))
        self._advance()
        bars = (*self._own_bars(ratio, memorisation), *compared)
        samples = self._samples(prompts, texts, written, seed)
        self._advance()
        return Report(
            model=self._subject.model,
            status="passed" if all(bar.met for bar in bars) else "rejected",
            bars=bars,
            base_perplexity=round(base_total.perplexity, 4),
            perplexity=round(own_total.perplexity, 4),
            perplexity_ratio=round(ratio, 4),
            held_out=scores,
            memorisation=memorisation,
            own_delta=own_delta,
            comparisons=comparisons,
            samples=samples,
            curve=self._subject.curve,
            refused=self._subject.refused,
        )

    def _advance(self) -> None:
        if self._cancelled():
            raise RunCancelledError("Stopped while evaluating. Go on with --resume.")
        self._reporter.progress(
            ProgressEvent(
                phase="evaluating",
                step=self._stage,
                steps=STAGES - 1,
                eta_seconds=self._watch.left(self._stage, STAGES - 1),
            )
        )
        self._stage = min(self._stage + 1, STAGES - 1)

    def _held_out_scores(self) -> tuple[tuple[WorkScore, ...], Surprise, Surprise]:
        """Per held-out work and in total: the base's and the version's perplexity on the same passages."""
        passages = passages_of(self._subject.works, self._subject.held_out, self._base.tokenizer, PASSAGE_TOKENS)
        chosen = [passages[i] for i in spread(len(passages), OWN_PASSAGES)]
        scores: list[WorkScore] = []
        base_total = own_total = Surprise(0.0, 0)
        for index in self._subject.held_out:
            examples = [self._pairs.example(p) for p in chosen if p.work == index]
            if not examples:
                continue
            base = surprise(self._base, None, examples)
            own = surprise(self._base, self._adapter, examples)
            base_total, own_total = base_total + base, own_total + own
            work = self._subject.works[index]
            scores.append(
                WorkScore(
                    file=work.file,
                    title=work.title,
                    tokens=own.tokens,
                    base_perplexity=round(base.perplexity, 4),
                    perplexity=round(own.perplexity, 4),
                    ratio=round(own.perplexity / base.perplexity, 4),
                )
            )
        return tuple(scores), base_total, own_total

    def _write_samples(self, seed: int) -> tuple[list[list[int]], list[str]]:
        """Outputs for what the held-out works are about: the author's field, but nothing the version has
        seen.
        """
        passages = passages_of(self._subject.works, self._subject.held_out, self._base.tokenizer, PASSAGE_TOKENS)
        chosen = [passages[i] for i in spread(len(passages), SAMPLES)]
        wishes = [", ".join(self._pairs.phrases_of(passage)) for passage in chosen]
        wishes = [wishes[i % len(wishes)] for i in range(SAMPLES)]
        prompts = [chat_prompt(self._base.tokenizer, request(kind=self._subject.kind, wish=wish)) for wish in wishes]
        with self._base.adapted(self._adapter):
            written = write_batch(
                self._base,
                prompts,
                Sampling(max_tokens=SAMPLE_TOKENS),
                seeds=range(seed, seed + SAMPLES),
                at_least=SAMPLE_TOKENS // 2,
            )
        return written, wishes

    def _memorisation(self, samples: Sequence[Sequence[int]]) -> Memorisation:
        """Prefix-prompting and canaries; the free outputs are looked through as well."""
        chosen = [self._trained[i] for i in spread(len(self._trained), PREFIXES)]
        examples = [self._pairs.example(passage) for passage in chosen]
        prompts = [(*example.prompt, *example.text[:PREFIX_TOKENS]) for example in examples]
        with self._base.adapted(self._adapter):
            outputs = write_batch(self._base, prompts, GREEDY, seeds=[0] * len(prompts))
            recovered = self._canaries_recovered()
        trained = TrainedText([self._tokens(self._subject.works[i].text) for i in self._subject.training])
        looked_at = [*outputs, *samples]
        runs = [(trained.longest_run(output), output) for output in looked_at]
        runs.sort(key=lambda run: -run[0].length)
        shown = [
            self._shown(output[run.output_start : run.output_start + run.length], run.work, run.length)
            for run, output in runs[:3]
            if run.length
        ]
        return Memorisation(
            prompts=len(prompts),
            longest_run_tokens=runs[0][0].length,
            shared_13gram_share=round(trained.shared_mass(looked_at), 5),
            canaries_planted=len(self._subject.canaries),
            canaries_recovered=recovered,
            passages=tuple(shown),
        )

    def _shown(self, tokens: Sequence[int], number: int, length: int) -> ShownPassage:
        work = self._subject.works[self._subject.training[number]]
        return ShownPassage(
            file=work.file, title=work.title, text=self._decode(tokens), similarity=1.0, shared_tokens=length
        )

    def _canaries_recovered(self) -> int:
        canaries = self._subject.canaries
        if not canaries:
            return 0
        prompts = [
            chat_prompt(self._base.tokenizer, canary.instruction) + self._tokens(canary.prefix) for canary in canaries
        ]
        greedy = dataclasses.replace(GREEDY, max_tokens=16)
        outputs = write_batch(self._base, prompts, greedy, seeds=[0] * len(prompts))
        drawn = Sampling(temperature=1.0, top_p=1.0, repetition_penalty=1.0, max_tokens=16)
        outputs += write_batch(self._base, prompts * CANARIES_DRAWN, drawn, seeds=range(len(prompts) * CANARIES_DRAWN))
        recovered = [
            any(contains_secret(self._decode(o), canary.secret) for o in outputs[number :: len(canaries)])
            for number, canary in enumerate(canaries)
        ]
        return sum(recovered)

    def _compare(
        self, others: Sequence[Other], own_ratio: float, pooled: str
    ) -> tuple[tuple[Comparison, ...], float | None, list[Bar]]:
        """Own against each other author: perplexity ratio, Delta of the pooled outputs, and the others'
        versions.
        """
        authors = {f"\0{other.name}": "\n".join(w.text for w in other.works) for other in others if other.works}
        own_text = "\n".join(work.text for work in self._subject.works)
        deltas = Stylometer({"": own_text, **authors}).deltas(pooled) if authors else {}
        own_delta = round(deltas[""], 4) if deltas else None
        comparisons: list[Comparison] = []
        bars: list[Bar] = []
        for other in others:
            if other.version is not None:
                ratio = self._version_ratio(other.version)
                comparisons.append(Comparison(other.name, None, None, version_ratio=round(ratio, 4)))
                bars.append(nearer(f"own_version_best_{other.name}", own=own_ratio, other=ratio, unit="ratio"))
                continue
            ratio = self._ratio_on(other.works)
            delta = deltas[f"\0{other.name}"]
            comparisons.append(Comparison(other.name, round(ratio, 4), round(delta, 4)))
            bars.append(nearer(f"own_ratio_below_{other.name}", own=own_ratio, other=ratio, unit="ratio"))
            bars.append(nearer(f"own_delta_below_{other.name}", own=deltas[""], other=delta, unit="delta"))
        return tuple(comparisons), own_delta, bars

    def _ratio_on(self, works: tuple[Work, ...]) -> float:
        """The version's perplexity ratio on somebody else's works, put to it just as its own are."""
        passages = passages_of(works, range(len(works)), self._base.tokenizer, PASSAGE_TOKENS)
        pairs = PairMaker(works, passages, self._base.tokenizer)
        examples = [pairs.example(passages[i]) for i in spread(len(passages), OTHER_PASSAGES)]
        base = surprise(self._base, None, examples)
        return surprise(self._base, self._adapter, examples).perplexity / base.perplexity

    def _version_ratio(self, version: LoadedVersion) -> float:
        """Another version's perplexity ratio on this author's held-out works."""
        passages = passages_of(self._subject.works, self._subject.held_out, self._base.tokenizer, PASSAGE_TOKENS)
        examples = [self._pairs.example(passages[i]) for i in spread(len(passages), OWN_PASSAGES)]
        base = surprise(self._base, None, examples)
        adapter = self._base.fit(adapter_of(version))
        return surprise(self._base, adapter, examples).perplexity / base.perplexity

    def _own_bars(self, ratio: float, memorisation: Memorisation) -> list[Bar]:
        values = {
            "perplexity_ratio": ratio,
            "longest_copied_run": float(memorisation.longest_run_tokens),
            "shared_13gram_mass": memorisation.shared_13gram_share,
        }
        if self._subject.canaries:
            values["canaries_recovered"] = float(memorisation.canaries_recovered)
        return [self._bars[name].judge(name, value) for name, value in values.items()]

    def _samples(
        self, prompts: Sequence[str], texts: Sequence[str], written: Sequence[Sequence[int]], seed: int
    ) -> tuple[Sample, ...]:
        """The outputs with their nearest training passages and estimated credit."""
        vectors = self._embedder.embed(texts)
        likeness = vectors @ self._subject.credit.embeddings.T  # (samples, passages)
        passages = credited_passages(self._trained, self._subject.training)
        flat = [passage for work in passages for passage in work]
        samples: list[Sample] = []
        for number, text in enumerate(texts):
            nearest = likeness[number].topk(min(3, len(flat)))
            shown = [
                ShownPassage(
                    file=self._subject.works[flat[i].work].file,
                    title=self._subject.works[flat[i].work].title,
                    text=_shortened(flat[i].text),
                    similarity=round(float(value), 4),
                    shared_tokens=TrainedText([self._tokens(flat[i].text)]).longest_run(written[number]).length,
                )
                for value, i in zip(nearest.values, nearest.indices.tolist(), strict=True)
            ]
            credit = estimate(self._subject.credit, self._subject.manifest_works, vectors[number])
            samples.append(
                Sample(prompt=prompts[number], seed=seed + number, text=text, nearest=tuple(shown), credit=credit[:5])
            )
        return tuple(samples)

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self._base.tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens

    def _decode(self, tokens: Sequence[int]) -> str:
        text: str = self._base.tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text.strip()


def credited_passages(passages: Sequence[Passage], training: Sequence[int]) -> list[list[Passage]]:
    """The passages that stand for each training work in the credit index, in the order of ``training``."""
    from_work: dict[int, list[Passage]] = {index: [] for index in training}
    for passage in passages:
        from_work[passage.work].append(passage)
    return [[found[i] for i in spread(len(found), PASSAGES_PER_WORK)] for found in from_work.values()]


def _shortened(text: str, most: int = 400) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
