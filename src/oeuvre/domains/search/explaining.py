"""Why something is where it is, in digits; and a whole list with all that its order was made from."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from oeuvre.domains.search import ranking
from oeuvre.domains.search.candidates import MEANING_DEPTH, TEXT_DEPTH, Asked, by_meaning, by_words, understand
from oeuvre.domains.search.errors import DocumentNotFoundError
from oeuvre.domains.search.meaning import query_vectors
from oeuvre.domains.search.models import SearchDocument
from oeuvre.domains.search.ordering import Ranked, best_match, hits_of, signals_of
from oeuvre.domains.search.results import Inputs, Term, Why
from oeuvre.domains.search.states import Kind, Sort

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from oeuvre.domains.search.candidates import Row
    from oeuvre.domains.search.query import SearchQuery
    from oeuvre.domains.search.ranking import Signals, SignalValue
    from oeuvre.domains.search.results import Hit
    from oeuvre.kit.actor import Actor

EVERYTHING = 2**31 - 1
TIMES = "\N{MULTIPLICATION SIGN}"


def why(*, actor: Actor, query: SearchQuery, kind: Kind, ref_id: UUID) -> Why:
    """Every input of one document's place in a search by best match, and what the formula makes of it.

    Also for what the search does not show: then it says which filters it does not pass, and its real ranks, however low.
    Everybody may ask about everything that is in the index: all inputs are public. Raises DocumentNotFoundError.
    """
    document = SearchDocument.objects.defer("tsv").filter(kind=kind, ref_id=ref_id).first()
    if document is None:
        raise DocumentNotFoundError(_("The search does not hold this. Is it live?"), kind=kind, ref_id=ref_id)
    asked = understand(replace(query, sort=Sort.BEST))
    ordered = best_match(asked)
    shown = next((one for one in ordered.placed if one.item.row.id == document.pk), None)
    inputs = _inputs(asked, document, shown.item if shown else None)
    signals = ranking.signal_values(inputs.signals)
    fused = _fused_terms(inputs, shown.item if shown else None) if asked.has_words else ()
    base = sum(term.value for term in fused) if asked.has_words else 1.0
    score = base * ranking.prior(inputs.signals)
    return Why(
        kind=Kind(document.kind),
        ref_id=document.ref_id,
        title=document.title,
        inputs=inputs,
        fused=fused,
        signals=signals,
        signal_terms=_signal_terms(inputs.signals, signals),
        score=score,
        arithmetic=_arithmetic(base, signals, score),
        place=shown.place if shown else None,
        by_score=shown.by_score if shown else None,
        excluded_by=_excluded_by(asked, document),
    )


def _inputs(asked: Asked, document: SearchDocument, shown: Ranked | None) -> Inputs:
    """The document's ranks in both lists, read to their ends."""
    signals = signals_of(document)
    if not asked.has_words:
        return Inputs(None, None, None, None, signals)
    text_rank, relevance = _rank(by_words(asked, depth=EVERYTHING).rows, document)
    if shown is not None:
        return Inputs(text_rank, relevance, shown.meaning_rank, shown.similarity, signals)
    vector = query_vectors.of(asked.wording.wanted)
    near = by_meaning(asked, vector, depth=EVERYTHING, exact_most=EVERYTHING - 1) if vector is not None else ()
    return Inputs(text_rank, relevance, *_rank(near, document), signals)


def _rank(rows: Sequence[Row], document: SearchDocument) -> tuple[int | None, float | None]:
    found = ((rank, row.measure) for rank, row in enumerate(rows, start=1) if row.id == document.pk)
    return next(found, (None, None))


def _excluded_by(asked: Asked, document: SearchDocument) -> tuple[str, ...]:
    if not asked.conditions:
        return ()
    parts = ", ".join(f"coalesce(({condition.sql}), false)" for condition in asked.conditions)
    params = [param for condition in asked.conditions for param in condition.params]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {parts} FROM search_searchdocument AS document WHERE id = %s",  # noqa: S608  (parts of ours)
            [*params, document.pk],
        )
        passed = cursor.fetchone() or ()
    return tuple(c.name for c, passes in zip(asked.conditions, passed, strict=False) if not passes)


def _fused_terms(inputs: Inputs, shown: Ranked | None) -> tuple[Term, ...]:
    counted = (shown.text_rank, shown.meaning_rank) if shown else (None, None)
    return (
        _reciprocal_term("text", inputs.text_rank, counted[0], TEXT_DEPTH),
        _reciprocal_term("meaning", inputs.meaning_rank, counted[1], MEANING_DEPTH),
    )


def _reciprocal_term(name: str, rank: int | None, counted: int | None, depth: int) -> Term:
    """``counted`` is the rank in the list that was fused, which a document may miss: for being further down, or, by
    meaning, because the index's walk passed it over."""
    if counted is not None:
        value = ranking.reciprocal(counted)
        return Term(name, value, f"1 / ({ranking.formula().k} + {counted}) = {value:.6f}")
    if rank is not None and rank > depth:
        return Term(name, 0.0, f"{rank} > {depth}: 0")
    return Term(name, 0.0, "0")


def _signal_terms(signals: Signals, values: Sequence[SignalValue]) -> tuple[Term, ...]:
    terms = ranking.formula()
    rating, on_time = ranking.rating(signals), ranking.on_time_share(signals)
    worked = {
        "quality": (
            f"({signals.rating_sum} + {terms.quality_prior_mean:g} {TIMES} {terms.quality_prior_reviews}) / "
            f"({signals.rating_count} + {terms.quality_prior_reviews}) = {rating:.4f}; ({rating:.4f} - 1) / 4"
        ),
        "experience": (
            f"ln(1 + {min(signals.completed, terms.experience_full_at)}) / ln(1 + {terms.experience_full_at})"
        ),
        "punctuality": (
            f"({signals.on_time} + {terms.punctuality_prior_share:g} {TIMES} {terms.punctuality_prior_orders}) / "
            f"({signals.due} + {terms.punctuality_prior_orders}) = {on_time:.4f}"
        ),
        "freshness": f"1 - {signals.fresh_weeks} / {terms.freshness_weeks}",
    }
    return tuple(
        Term(
            one.name,
            one.contribution,
            f"{worked[one.name]}; {one.value:.4f} {TIMES} {one.weight:.2f} = {one.contribution:.4f}",
        )
        for one in values
    )


def _arithmetic(base: float, signals: Sequence[SignalValue], score: float) -> str:
    parts = " + ".join(f"{signal.contribution:.4f}" for signal in signals)
    return f"{base:.6f} {TIMES} (1 + {parts}) = {score:.6f}"


# Downloads


def results_json(*, actor: Actor, query: SearchQuery) -> dict[str, Any]:
    """The whole list by best match, with the formula's constants and every input: whoever has it can compute each score,
    and the order, without us. ``docs/handbook/search.md`` says how.
    """
    asked = understand(replace(query, sort=Sort.BEST))
    ordered = best_match(asked)
    return {
        "params": query.to_params(),
        "corrected": asked.corrected,
        "has_words": asked.has_words,
        "meaning": str(ordered.meaning),
        "total": ordered.total,
        "formula": ranking.as_download(),
        "hits": [_download_row(hit, has_words=asked.has_words) for hit in hits_of(ordered.placed)],
    }


def results_csv(*, actor: Actor, query: SearchQuery) -> str:
    """The same as a table; the formula's constants are columns that say the same in each row."""
    found = results_json(actor=actor, query=query)
    constants = {"has_words": found["has_words"], **found["formula"]}
    rows = [{**hit, "title": _harmless(hit["title"]), **constants} for hit in found["hits"]]
    target = io.StringIO()
    if rows:
        writer = csv.DictWriter(target, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return target.getvalue()


def _download_row(hit: Hit, *, has_words: bool) -> dict[str, Any]:
    inputs = hit.inputs
    prior = ranking.prior(inputs.signals)
    fused = ranking.reciprocal(inputs.text_rank) + ranking.reciprocal(inputs.meaning_rank)
    return {
        "place": hit.place,
        "by_score": hit.by_score,
        "kind": str(hit.kind),
        "ref_id": str(hit.ref_id),
        "title": hit.title,
        "text_rank": inputs.text_rank,
        "text_relevance": inputs.text_relevance,
        "meaning_rank": inputs.meaning_rank,
        "similarity": inputs.similarity,
        **asdict(inputs.signals),
        **{signal.name: signal.value for signal in ranking.signal_values(inputs.signals)},
        "prior": prior,
        "fused": fused if has_words else 1.0,
        "score": hit.score,
        "is_newcomer": hit.is_newcomer,
    }


def _harmless(title: str) -> str:
    """A spreadsheet takes a cell that begins like a formula for one (CWE-1236)."""
    return f"'{title}" if title[:1] in "=+-@\t" else title
