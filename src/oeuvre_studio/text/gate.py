"""The release gate: what is measured about a version before it may be offered to anybody, in order.

The measures themselves are in `oeuvre_studio.text.measures`, one module each.
"""

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
    NearDuplicates,
    Passage,
    ProgressEvent,
    RefusedWork,
    Report,
    Sample,
    TextDetails,
)
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.canaries import Canary
from oeuvre_studio.text.credit import CreditIndex, spread
from oeuvre_studio.text.dataset import Example, PairMaker, passages_of
from oeuvre_studio.text.embeddings import Embedder
from oeuvre_studio.text.lora import Adapter, adapter_from_tensors
from oeuvre_studio.text.measures.bars import nearer, thresholds
from oeuvre_studio.text.measures.canaries import canaries_recovered
from oeuvre_studio.text.measures.char_grams import char_grams
from oeuvre_studio.text.measures.delta import burrows_delta
from oeuvre_studio.text.measures.memorisation import PREFIXES, memorisation
from oeuvre_studio.text.measures.near_duplicates import OthersIndex, near_duplicates
from oeuvre_studio.text.measures.perplexity import (
    OTHER_PASSAGES,
    OWN_PASSAGES,
    PerplexityRatio,
    other_version_ratio,
    perplexity_ratio,
)
from oeuvre_studio.text.measures.probe import Probe
from oeuvre_studio.text.measures.style import Nearness
from oeuvre_studio.text.samples import SAMPLES, Output, credited_passages, show_outputs, write_outputs
from oeuvre_studio.text.works import Work, read_folder

PASSAGE_TOKENS = 440
"""A passage's share of a row; the rest is for its instruction."""

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


@dataclasses.dataclass(frozen=True)
class Compared:
    """Own against the others, as the report lists it, with its bars."""

    comparisons: tuple[Comparison, ...]
    own_delta: float | None
    own_char_grams: float | None
    bars: tuple[Bar, ...]


class Gate:
    """Measures one subject; `report` is the whole of it."""

    def __init__(
        self,
        base: Base,
        embedder: Embedder,
        subject: Subject,
        *,
        reporter: Reporter,
        cancelled: Callable[[], bool],
        others_index: OthersIndex | None = None,
    ) -> None:
        self._index = others_index
        self._embedder = embedder
        self._subject = subject
        self._probe = Probe(base, subject.adapter)
        self._reporter = reporter
        self._cancelled = cancelled
        self._watch = Stopwatch()
        self._stage = 0
        self._tokenizer = base.tokenizer
        self._trained = passages_of(subject.works, subject.training, base.tokenizer, PASSAGE_TOKENS)
        self._held_out = passages_of(subject.works, subject.held_out, base.tokenizer, PASSAGE_TOKENS)
        self._pairs = PairMaker(subject.works, self._trained, base.tokenizer)
        self._bars = thresholds()

    def report(self, others: Sequence[Other] = (), *, seed: int = 0) -> Report:
        """Everything, in order. The same inputs give the same report.

        Raises:
            RunCancelledError: asked to stop between two measures.
        """
        self._advance()
        unseen = [self._pairs.example(self._held_out[i]) for i in spread(len(self._held_out), OWN_PASSAGES)]
        ratio = perplexity_ratio(self._probe, self._subject.works, unseen)
        self._advance()
        outputs = write_outputs(self._probe, kind=self._subject.kind, wishes=self._wishes(), seed=seed)
        self._advance()
        copied = self._memorisation(outputs)
        self._advance()
        compared = self._compare(others, ratio, unseen, "\n".join(output.text for output in outputs))
        self._advance()
        foreign = near_duplicates([output.text for output in outputs], self._index) if self._index else None
        bars = (*self._own_bars(ratio.ratio, copied, foreign), *compared.bars)
        samples = self._samples(outputs)
        self._advance()
        details = TextDetails(
            base_perplexity=round(ratio.base.perplexity, 4),
            perplexity=round(ratio.version.perplexity, 4),
            perplexity_ratio=round(ratio.ratio, 4),
            held_out=ratio.works,
            memorisation=copied,
            own_delta=compared.own_delta,
            comparisons=compared.comparisons,
            own_char_grams=compared.own_char_grams,
            near_duplicates=foreign,
        )
        return Report(
            modality=details.modality,
            model=self._subject.model,
            status="passed" if all(bar.met for bar in bars) else "rejected",
            bars=bars,
            samples=samples,
            curve=self._subject.curve,
            refused=self._subject.refused,
            details=details,
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

    def _wishes(self) -> list[str]:
        chosen = [self._held_out[i] for i in spread(len(self._held_out), SAMPLES)]
        return [", ".join(self._pairs.phrases_of(passage)) for passage in chosen]

    def _memorisation(self, outputs: Sequence[Output]) -> Memorisation:
        works = [self._subject.works[index] for index in self._subject.training]
        beginnings = [self._pairs.example(self._trained[i]) for i in spread(len(self._trained), PREFIXES)]
        found = memorisation(
            self._probe,
            beginnings,
            [self._probe.tokens(work.text) for work in works],
            [output.tokens for output in outputs],
        )
        canaries = canaries_recovered(self._probe, self._subject.canaries)
        return Memorisation(
            prompts=found.prompts,
            longest_run_tokens=found.longest,
            shared_13gram_share=round(found.mass, 5),
            canaries_planted=canaries.planted,
            canaries_recovered=canaries.recovered,
            passages=tuple(
                Passage(
                    file=works[passage.work].file,
                    title=works[passage.work].title,
                    text=passage.text,
                    similarity=1.0,
                    shared_tokens=passage.length,
                    output=passage.output,
                    source=passage.source,
                )
                for passage in found.passages
            ),
            runs=found.runs,
        )

    def _own_bars(self, ratio: float, copied: Memorisation, foreign: NearDuplicates | None) -> list[Bar]:
        """A measure that was not taken has no bar."""
        values = {
            "perplexity_ratio": ratio,
            "longest_copied_run": float(copied.longest_run_tokens),
            "shared_13gram_mass": copied.shared_13gram_share,
        }
        if copied.canaries_planted:
            values["canaries_recovered"] = float(copied.canaries_recovered)
        if foreign is not None:
            values["near_duplicate_of_others"] = foreign.highest_share
        return [self._bars[name].judge(name, value) for name, value in values.items()]

    def _compare(
        self, others: Sequence[Other], own: PerplexityRatio, unseen: Sequence[Example], pooled: str
    ) -> Compared:
        """Own against each other author: perplexity ratio, style of the pooled outputs, and the others' versions."""
        texts = {other.name: "\n".join(work.text for work in other.works) for other in others if other.works}
        own_text = "\n".join(work.text for work in self._subject.works)
        delta = burrows_delta(pooled, own_text, texts) if texts else None
        grams = char_grams(pooled, own_text, texts) if texts else None
        comparisons: list[Comparison] = []
        bars: list[Bar] = []
        for other in others:
            if other.version is not None:
                foreign = other_version_ratio(self._probe, adapter_of(other.version), unseen, base=own.base)
                comparisons.append(Comparison(other.name, None, None, version_ratio=round(foreign, 4)))
                bars.append(nearer(f"own_version_best_{other.name}", own=own.ratio, other=foreign, unit="ratio"))
                continue
            ratio = self._ratio_on(other.works)
            bars.append(nearer(f"own_ratio_below_{other.name}", own=own.ratio, other=ratio, unit="ratio"))
            if delta is not None:
                bar = nearer(
                    f"own_delta_below_{other.name}", own=delta.own, other=delta.others[other.name], unit="delta"
                )
                bars.append(bar)
            comparisons.append(
                Comparison(other.name, round(ratio, 4), _to(delta, other.name), char_grams=_to(grams, other.name))
            )
        return Compared(
            comparisons=tuple(comparisons),
            own_delta=round(delta.own, 4) if delta else None,
            own_char_grams=round(grams.own, 4) if grams else None,
            bars=tuple(bars),
        )

    def _ratio_on(self, works: tuple[Work, ...]) -> float:
        """The version's perplexity ratio on somebody else's works, put to it just as its own are."""
        passages = passages_of(works, range(len(works)), self._tokenizer, PASSAGE_TOKENS)
        pairs = PairMaker(works, passages, self._tokenizer)
        examples = [pairs.example(passages[i]) for i in spread(len(passages), OTHER_PASSAGES)]
        return perplexity_ratio(self._probe, works, examples).ratio

    def _samples(self, outputs: Sequence[Output]) -> tuple[Sample, ...]:
        return show_outputs(
            self._probe,
            self._embedder,
            outputs,
            works=self._subject.works,
            passages=credited_passages(self._trained, self._subject.training),
            credit=self._subject.credit,
            manifest_works=self._subject.manifest_works,
        )


def _to(nearness: Nearness | None, other: str) -> float | None:
    return None if nearness is None else round(nearness.others[other], 4)
