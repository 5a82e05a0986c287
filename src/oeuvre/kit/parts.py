"""Rows with their parts in one query: what ``prefetch_related`` asks for table by table comes along as JSON.

A page shows one order or one gig with six kinds of rows that hang on it; six questions to the database take longer than
one with six short answers in it. The parts are the models' own, and stand where ``prefetch_related`` would have put them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.db.models.query import ModelIterable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

M = TypeVar("M", bound=models.Model)

_FOREIGN = (models.DecimalField, models.DurationField)
"""Fields whose values JSON would not give back as they were."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that refer to another with a foreign key, all of them or those of ``rows``, in its order."""

    name: str
    """What the other row calls them: ``packages``."""
    path: str = ""
    """How one gets from a row of the query to the row whose parts they are: ``published``; nothing where it is the same."""
    rows: QuerySet[Any] | None = None
    one: tuple[str, ...] = ()
    """What each of them refers to, or is referred to by, singly, to come along: ``image``."""
    parts: tuple[Part, ...] = field(default=())
    """Parts of each of them in turn; a path is that from the part."""
    to_attr: str = ""
    """Where they stand as a list, for parts that are not all; without it, they stand where ``name`` finds them."""


def with_parts(rows: QuerySet[M], *parts: Part) -> QuerySet[M]:
    """The same rows, each with its parts, in the one query that reads the rows. What a path leads over must be selected.

    No use on rows that are grouped, and for parts of which a row has many hundreds.
    """
    found: QuerySet[M] = rows.annotate(
        **{_column(part): _subquery(part, _at(rows.model, part.path), part.path) for part in parts}
    )
    before: tuple[Part, ...] = getattr(found._iterable_class, "parts", ())
    found._iterable_class = type("RowsWithParts", (_RowsWithParts,), {"parts": (*before, *parts)})
    return found


class _RowsWithParts(ModelIterable):  # type: ignore[type-arg]  # generic in the stubs only
    parts: ClassVar[tuple[Part, ...]] = ()

    def __iter__(self) -> Iterator[Any]:
        for row in super().__iter__():
            for part in self.parts:
                given = row.__dict__.pop(_column(part))
                parent = row
                for step in part.path.split("__") if part.path else ():
                    parent = getattr(parent, step) if parent is not None else None
                if parent is not None:
                    _put(parent, part, given or ())
            yield row


def _column(part: Part) -> str:
    return f"part_{part.path.replace('__', '_')}_{part.name}"


def _at(model: type[models.Model], path: str) -> type[models.Model]:
    for step in path.split("__") if path else ():
        model = _related(model, step)
    return model


def _related(model: type[models.Model], name: str) -> type[models.Model]:
    related: type[models.Model] = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return related


def _relation(model: type[models.Model], name: str) -> models.ManyToOneRel:
    relation: models.ManyToOneRel = model._meta.get_field(name)  # type: ignore[assignment]
    return relation


def _subquery(part: Part, model: type[models.Model], path: str) -> ArraySubquery:
    relation = _relation(model, part.name)
    child: type[models.Model] = relation.related_model
    rows = child._default_manager.all() if part.rows is None else part.rows
    mine = rows.filter(**{relation.field.name: OuterRef(f"{path}__pk" if path else "pk")})
    return ArraySubquery(mine.values(as_json=_json(part, child)))


def _json(part: Part, model: type[models.Model]) -> JSONObject:
    """A row as JSON: its columns by name, under ``one`` and ``parts`` what comes along."""
    inner: dict[str, Any] = {one: JSONObject(**_columns(_related(model, one), f"{one}__")) for one in part.one}
    inner |= {_column(one): _subquery(one, _at(model, one.path), one.path) for one in part.parts}
    return JSONObject(row=JSONObject(**_columns(model)), **inner)


def _columns(model: type[models.Model], path: str = "") -> dict[str, str]:
    foreign = [column.name for column in model._meta.concrete_fields if isinstance(column, _FOREIGN)]
    if foreign:
        raise TypeError(f"{model.__name__} cannot be a part: JSON would change {', '.join(foreign)}.")
    return {column.attname: f"{path}{column.attname}" for column in model._meta.concrete_fields}


def _put(parent: models.Model, part: Part, given: Any) -> None:
    """Set what ``prefetch_related`` would have set."""
    relation = _relation(type(parent), part.name)
    child: type[models.Model] = relation.related_model
    rows = []
    for one in given:
        row = _row(child, one["row"], parent)
        relation.field.set_cached_value(row, parent)
        for name in part.one:
            _put_one(row, name, one[name])
        for inner in part.parts:
            _put(_of(row, inner.path), inner, one[_column(inner)] or ())
        rows.append(row)
    if part.to_attr:
        setattr(parent, part.to_attr, rows)
        return
    found = getattr(parent, str(relation.get_accessor_name())).get_queryset()
    found._result_cache = rows
    found._prefetch_done = True
    if not hasattr(parent, "_prefetched_objects_cache"):
        parent._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    parent._prefetched_objects_cache[relation.cache_name] = found  # type: ignore[attr-defined]


def _of(row: Any, path: str) -> Any:
    for step in path.split("__") if path else ():
        row = getattr(row, step)
    return row


def _put_one(row: models.Model, name: str, given: Mapping[str, Any]) -> None:
    """Set what ``select_related`` would have set, on both sides of a one-to-one relation."""
    relation: Any = row._meta.get_field(name)
    model = _related(type(row), name)
    if given[str(model._meta.pk.attname)] is None:
        relation.set_cached_value(row, None)
        return
    other = _row(model, given, row)
    relation.set_cached_value(row, other)
    if relation.one_to_one:
        relation.remote_field.set_cached_value(other, row)


def _row(model: type[M], given: Mapping[str, Any], beside: models.Model) -> M:
    columns = model._meta.concrete_fields
    values = [_value(column, given[column.attname]) for column in columns]
    return model.from_db(beside._state.db, [column.attname for column in columns], values)


def _value(column: Any, value: Any) -> Any:
    """What PostgreSQL wrote into JSON, as reading the column itself would have given it."""
    if value is None or isinstance(column, models.JSONField):
        return value
    if isinstance(column, ArrayField):
        return [_value(column.base_field, one) for one in value]
    if isinstance(column, models.BinaryField):
        return bytes.fromhex(value.removeprefix("\\x"))
    return column.to_python(value)
