"""One way to page: numbered pages with a bounded size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.paginator import Paginator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model, QuerySet

T = TypeVar("T")
MAX_PER_PAGE = 100


@dataclass(frozen=True)
class Page(Generic[T]):
    """Part of a list. ``number`` counts from 1 and is always a page that exists."""

    items: Sequence[T]
    number: int
    pages: int
    total: int

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def paginate(items: QuerySet[Model] | Sequence[T], *, page: int | str | None, per_page: int = 24) -> Page[T]:
    """The wanted page; a number out of range or no number gives the nearest that exists.

    What fits on its first page is read with one query: it is counted only where there is more.
    """
    per_page = min(max(per_page, 1), MAX_PER_PAGE)
    first: list[Any] | None = list(items[: per_page + 1]) if page in (None, "", 1, "1") else None
    if first is not None and len(first) <= per_page:
        return Page(first, 1, 1, len(first))
    paginator: Paginator[T] = Paginator(items, per_page)  # type: ignore[arg-type]  # both are sliceable and countable
    if first is not None:
        return Page(first[:per_page], 1, paginator.num_pages, paginator.count)
    got = paginator.get_page(page)
    return Page(list(got.object_list), got.number, paginator.num_pages, paginator.count)
