"""Numbered pages that always exist."""

from __future__ import annotations

import pytest

from oeuvre.kit.pagination import MAX_PER_PAGE, Page, paginate


@pytest.mark.parametrize(
    ("page", "number"), [(None, 1), ("2", 2), (2, 2), ("last one", 1), (0, 3), (-4, 3), (99, 3), ("", 1)]
)
def test_paginate__gives_the_nearest_page_that_exists(page: int | str | None, number: int) -> None:
    assert paginate(list(range(25)), page=page, per_page=10).number == number


def test_paginate__shows_every_item_once_in_order() -> None:
    seen: list[int] = []
    page: Page[int] = paginate(list(range(25)), page=1, per_page=10)
    assert (page.previous, page.pages, page.total) == (None, 3, 25)
    while True:
        seen += page.items
        if page.next is None:
            break
        page = paginate(list(range(25)), page=page.next, per_page=10)
    assert seen == list(range(25))
    assert page.previous == 2


def test_paginate__of_nothing_is_one_empty_page() -> None:
    empty: Page[int] = paginate([], page=5)
    assert (list(empty.items), empty.number, empty.pages, empty.next, empty.previous) == ([], 1, 1, None, None)


@pytest.mark.parametrize(("wanted", "given"), [(10_000, MAX_PER_PAGE), (0, 1), (-5, 1)])
def test_paginate__keeps_pages_to_a_sensible_size(wanted: int, given: int) -> None:
    assert len(paginate(list(range(500)), page=1, per_page=wanted).items) == given
