"""The index's documents: pushed in, taken out. Imported through ``search.services``.

Nothing is audited here: a document is a copy, and what happened to the original is in the original's record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.search import ranking
from oeuvre.domains.search.conditions import tag
from oeuvre.domains.search.errors import DocumentInvalidError
from oeuvre.domains.search.languages import config_of, folded_words
from oeuvre.domains.search.models import FILTERS, SearchDocument
from oeuvre.domains.search.results import kept_facets
from oeuvre.domains.search.standing import Standing, owners_opened, standings_of
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.search.states import Kind
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money

BODY_CHARACTERS = 20_000
"""Of the body, so many are indexed."""
MEANING_CHARACTERS = 400
"""Of the words, so many are embedded. A mean over a few sentences says what it is about; over a page, less and less."""
AT_ONCE = 500
"""Documents in one statement."""
LANGUAGE_CHARACTERS = 8
TAG_CHARACTERS = 160
_LENGTHS = {"title": 160, "summary": 400, "url_key": 200, "category": 60, "group": 60, "ai_policy": 12}

AttributeValues = Mapping[str, Sequence[str | int | float | bool]]


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """What is public of a gig, a model or a freelancer, as its owner pushes it."""

    kind: Kind
    ref_id: UUID
    owner_id: UUID
    title: str
    url_key: str
    """What the page's address is made from, a slug or a path."""
    summary: str = ""
    body: str = ""
    aliases: tuple[str, ...] = ()
    """Other words for it: names of its category, of its skills, of its tools."""
    language: str = "en"
    """The language that title, summary and body are written in (BCP 47)."""
    languages: tuple[str, ...] = ()
    """The languages that the freelancer works in; ``language`` alone where none is given."""
    category: str = ""
    group: str = ""
    attributes: AttributeValues = field(default_factory=dict)
    """Attribute key → values: texts for choices, one number for a number, ``True`` for a boolean that holds."""
    skills: tuple[str, ...] = ()
    price: Money | None = None
    """The lowest price at which it can be ordered."""
    days: int | None = None
    """The shortest delivery."""
    ai_policy: str = ""
    instant: bool = False
    """Whether a creation model answers at once."""
    live_since: datetime | None = None
    """When it first went live; now, unless given."""


def document_put(*, actor: Actor, document: DocumentDraft) -> None:
    """Put a document into the index, or a newer form of it in the place of the older, in the caller's transaction.

    It can be found by its words at once, and by its meaning when a worker has embedded it. What is counted about it stays.
    Raises DocumentInvalidError, or PermissionDeniedError for anybody but its owner, an operator and the system.
    """
    if not (actor.is_system or actor.is_operator or actor.user_id == document.owner_id):
        raise PermissionDeniedError(_("Only its owner can put this into the index."))
    documents_put(documents=[document])


def documents_put(*, documents: Iterable[DocumentDraft]) -> int:
    """The same for many, for whoever makes the whole index anew; returns how many. Raises DocumentInvalidError."""
    count = 0
    with transaction.atomic():
        for batch in _batches(documents):
            _put(batch)
            count += len(batch)
        if count:
            defer("search.documents_index")
    return count


def document_withdraw(*, kind: Kind, ref_id: UUID) -> bool:
    """Take a document out of the index, in the caller's transaction; False where there was none. Safe to repeat."""
    deleted, _rows = SearchDocument.objects.filter(kind=kind, ref_id=ref_id).delete()
    kept_facets.forget()
    return deleted > 0


def documents_withdraw(*, owner_id: UUID) -> int:
    """Take all that a freelancer offers out of the index: they left, or were locked out. Returns how many there were."""
    mine = SearchDocument.objects.filter(owner_id=owner_id)
    count = mine.count()
    mine.delete()
    kept_facets.forget()
    return count


def _batches(documents: Iterable[DocumentDraft]) -> Iterator[list[DocumentDraft]]:
    batch: dict[tuple[str, UUID], DocumentDraft] = {}
    for document in documents:
        batch[document.kind, document.ref_id] = _checked(document)
        if len(batch) == AT_ONCE:
            yield [*batch.values()]
            batch.clear()
    if batch:
        yield [*batch.values()]


def _checked(document: DocumentDraft) -> DocumentDraft:
    for name, most in _LENGTHS.items():
        value: str = getattr(document, name)
        if len(value) > most:
            raise DocumentInvalidError(
                _("%(field)s has at most %(most)d characters; this one has %(found)d.")
                % {"field": name, "most": most, "found": len(value)},
                field=name,
            )
    for name in ("title", "url_key"):
        if not getattr(document, name).strip():
            raise DocumentInvalidError(_("%(field)s must not be empty.") % {"field": name}, field=name)
    if document.days is not None and document.days < 0:
        raise DocumentInvalidError(_("A time is not below zero."), field="days")
    if any(len(language) > LANGUAGE_CHARACTERS for language in (document.language, *document.languages)):
        raise DocumentInvalidError(_("A language is a short code, such as en or pt-BR."), field="languages")
    tags, _numbers = _attributes(document)
    if too_long := [one for one in tags if len(one) > TAG_CHARACTERS]:
        raise DocumentInvalidError(
            _("“%(tag)s” is too long for an attribute; with its key it has at most %(most)d characters.")
            % {"tag": too_long[0][:TAG_CHARACTERS], "most": TAG_CHARACTERS},
            field="attributes",
        )
    return document


_COLUMNS = {
    "kind": "text",
    "ref_id": "uuid",
    "owner_id": "uuid",
    "title": "text",
    "summary": "text",
    "url_key": "text",
    "config": "text",
    "languages": "jsonb",
    "category": "text",
    "category_group": "text",
    "tags": "jsonb",
    "numbers": "jsonb",
    "price_minor": "bigint",
    "currency": "text",
    "days": "int",
    "ai_policy": "text",
    "level": "text",
    "instant": "boolean",
    "live_since": "timestamptz",
    "rating_sum": "int",
    "rating_count": "int",
    "completed": "int",
    "on_time": "int",
    "due": "int",
    "fresh_weeks": "smallint",
    "owner_completed": "int",
    "owner_weeks": "smallint",
    "rating": "float8",
    "prior": "float8",
}
_LISTS = ("languages", "tags")
_WORDS = {"title": "A", "aliases": "B", "summary": "C", "body": "D"}
"""Where words stand, and the weight that they have there (``ts_rank``'s 1, 0.4, 0.2 and 0.1)."""


def _statement() -> str:
    """Documents and the words to embed, from one JSON array of rows."""
    names = ", ".join([*_COLUMNS, "tsv"])
    # A list comes as a JSON array; PostgreSQL has no cast from one to an array of its own.
    values = [
        f"ARRAY(SELECT jsonb_array_elements_text(given.{name}))" if name in _LISTS else f"given.{name}"
        for name in _COLUMNS
    ]
    weighed = " || ".join(
        f"setweight(to_tsvector(given.config::regconfig, given.words_{name}), '{weight}')"
        for name, weight in _WORDS.items()
    )
    columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    words = ", ".join(f"words_{name} text" for name in _WORDS)
    newer = ", ".join(f"{name} = excluded.{name}" for name in [*_COLUMNS, "tsv"] if name not in ("kind", "ref_id"))
    return f"""
        WITH given AS MATERIALIZED (
            SELECT * FROM jsonb_to_recordset(%s::jsonb) AS given ({columns}, {words}, meaning text)
        ), put AS (
            INSERT INTO search_searchdocument ({names})
            SELECT {", ".join(values)}, {weighed} FROM given
            ON CONFLICT (kind, ref_id) DO UPDATE SET {newer}
            RETURNING id, ref_id, {", ".join(FILTERS)}
        ), filtered AS (
            UPDATE search_searchembedding AS embedding
            SET {", ".join(f"{name} = put.{name}" for name in FILTERS)}
            FROM put WHERE embedding.document_id = put.id
                AND ({", ".join(f"embedding.{name}" for name in FILTERS)})
                    IS DISTINCT FROM ({", ".join(f"put.{name}" for name in FILTERS)})
        )
        INSERT INTO search_searchwording AS known (document_id, text, is_embedded, are_words_known)
        SELECT put.id, given.meaning, false, false FROM put JOIN given USING (kind, ref_id)
        ON CONFLICT (document_id) DO UPDATE
        SET text = excluded.text, is_embedded = false, are_words_known = false WHERE known.text <> excluded.text
    """  # noqa: S608  (made of the names above alone)


_PUT = _statement()


def _put(documents: list[DocumentDraft]) -> None:
    now = timezone.now()
    owners_opened([(document.owner_id, document.live_since or now) for document in documents])
    known = standings_of([(document.kind, document.ref_id, document.owner_id) for document in documents])
    rows = [_row(document, standing, now) for document, standing in zip(documents, known, strict=True)]
    rows.sort(key=lambda row: (row["kind"], row["ref_id"]))  # two who put the same documents lock them in one order
    with connection.cursor() as cursor:
        cursor.execute(_PUT, [json.dumps(rows)])
    kept_facets.forget()


def _row(document: DocumentDraft, standing: Standing, now: datetime) -> dict[str, Any]:
    live_since = document.live_since or now
    signals = standing.signals(live_since=live_since, now=now)
    aliases = "\n".join(document.aliases)
    words = {"title": document.title, "aliases": aliases, "summary": document.summary, "body": document.body}
    tags, numbers = _attributes(document, level=standing.level)
    return {
        "kind": str(document.kind),
        "ref_id": str(document.ref_id),
        "owner_id": str(document.owner_id),
        "title": _plain(document.title),
        "summary": _plain(document.summary),
        "url_key": _plain(document.url_key),
        "config": config_of(document.language),
        "languages": _languages(document),
        "category": document.category,
        "category_group": document.group,
        "tags": tags,
        "numbers": numbers,
        "price_minor": document.price.amount if document.price else None,
        "currency": document.price.currency if document.price else "",
        "days": document.days,
        "ai_policy": document.ai_policy,
        "level": standing.level,
        "instant": document.instant,
        "live_since": live_since.isoformat(),
        **standing.counts(),
        "fresh_weeks": signals.fresh_weeks,
        "owner_completed": signals.owner_completed,
        "owner_weeks": signals.owner_weeks,
        "rating": ranking.rating(signals),
        "prior": ranking.prior(signals),
        **{f"words_{name}": _both(text) for name, text in words.items()},
        "meaning": _meaning(document),
    }


def _plain(text: str) -> str:
    """Without what PostgreSQL does not store: the zero character, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def _both(text: str) -> str:
    """The words as they are, and those with accents without them as well."""
    text = _plain(text)[:BODY_CHARACTERS]
    return f"{text}\n{folded_words(text)}"


def _meaning(document: DocumentDraft) -> str:
    """What is embedded: title, summary and aliases, and as much of the body as there is room for."""
    parts = (document.title, document.summary, ", ".join(document.aliases), document.body)
    return _plain(". ".join(part.strip().rstrip(".") for part in parts if part.strip()))[:MEANING_CHARACTERS]


def _attributes(document: DocumentDraft, *, level: str = "") -> tuple[list[str], dict[str, float]]:
    """Tags and numbers. A boolean that holds is the value ``yes``; one that does not is no tag."""
    tags = {tag("skill", skill) for skill in document.skills}
    tags |= {tag("language", language) for language in _languages(document)}
    tags |= {tag(name, value) for name, value in (("ai", document.ai_policy), ("level", level)) if value}
    tags |= {tag("instant", "yes")} if document.instant else set()
    numbers: dict[str, float] = {}
    for name, values in document.attributes.items():
        for value in values:
            if isinstance(value, bool):
                tags |= {tag(f"a.{name}", "yes")} if value else set()
            elif isinstance(value, (int, float)):
                numbers[name] = value
            else:
                tags.add(tag(f"a.{name}", _plain(value)))
    return sorted(tags), numbers


def _languages(document: DocumentDraft) -> list[str]:
    return sorted(set(document.languages or (document.language,)))
