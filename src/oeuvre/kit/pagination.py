"""One way to page: numbered pages with a bounded size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

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
    """The wanted page; a number out of range or no number gives the nearest that exists."""
    paginator: Paginator[T] = Paginator(items, min(max(per_page, 1), MAX_PER_PAGE))  # type: ignore[arg-type]  # both are sliceable and countable
    got = paginator.get_page(page)
    return Page(list(got.object_list), got.number, paginator.num_pages, paginator.count)
