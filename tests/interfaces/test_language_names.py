"""Languages are named for people; what nobody has a name for stays a code."""

from __future__ import annotations

import pytest

from oeuvre.interfaces.site.catalogue.common import language_name


@pytest.mark.parametrize(("code", "name"), [("en", "English"), ("hr", "Croatian"), ("kk", "Kazakh"), ("qqq", "qqq")])
def test_language__is_named(code: str, name: str) -> None:
    assert language_name(code) == name
