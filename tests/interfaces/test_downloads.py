"""How files leave: saved under their names, shown in pages, and in parts where a player asks for one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from django.test import RequestFactory

from oeuvre.interfaces.site.downloads import played, saved, shown

if TYPE_CHECKING:
    from django.http import HttpResponse

DATA = bytes(range(100))


def _played(**headers: str) -> tuple[int, bytes, str]:
    answer = played(RequestFactory(headers=headers).get("/"), DATA, media_type="audio/mpeg")
    assert answer.headers["Accept-Ranges"] == "bytes"
    return answer.status_code, answer.content, answer.headers.get("Content-Range", "")


def test_saved__is_never_shown_as_a_page_under_a_name_of_any_language() -> None:
    answer = saved(b"<h1>", name="prévia.html", media_type="text/html")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''pr%C3%A9via.html"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_shown__may_stand_in_a_page_of_this_site_only() -> None:
    answer = shown(DATA, media_type="image/png")
    assert (answer.headers["Content-Disposition"], answer.headers["Content-Type"]) == ("inline", "image/png")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("media_type", ["image/svg+xml", "image/png", "audio/wav", "text/plain; charset=utf-8"])
def test_shown__runs_nothing_and_has_no_origin_when_it_is_opened_by_itself(media_type: str) -> None:
    for answer in (shown(DATA, media_type=media_type), _part_of(media_type)):
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert not any(rule.startswith("script-src") or "allow-" in rule for rule in policy)
        assert answer.headers["Content-Type"] == media_type


def _part_of(media_type: str) -> HttpResponse:
    return played(RequestFactory(headers={"range": "bytes=0-9"}).get("/"), DATA, media_type=media_type)


@pytest.mark.parametrize("media_type", ["text/html", "application/xhtml+xml", "application/pdf", "text/xml", ""])
def test_shown__saves_what_is_neither_picture_nor_recording_nor_text(media_type: str) -> None:
    for answer in (shown(DATA, media_type=media_type), _part_of(media_type)):
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=90-", 90, 99), ("bytes=-5", 95, 99), ("bytes=50-500", 50, 99), ("bytes=-500", 0, 99)],
)
def test_played__gives_the_part_that_is_asked_for(asked: str, first: int, last: int) -> None:
    assert _played(range=asked) == (206, DATA[first : last + 1], f"bytes {first}-{last}/100")


@pytest.mark.parametrize("asked", ["", "bytes=-", "bytes=9-2", "bytes=0-1,5-6", "items=0-4", "bytes=a-b"])
def test_played__gives_all_of_it_for_what_is_no_single_range(asked: str) -> None:
    assert _played(range=asked) == (200, DATA, "")


def test_played__gives_all_of_it_to_who_saw_another_state() -> None:
    assert _played(**{"range": "bytes=0-9", "if-range": '"before"'}) == (200, DATA, "")


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-120", "bytes=-0"])
def test_played__says_how_long_it_is_where_nothing_is_left(asked: str) -> None:
    assert _played(range=asked) == (416, b"", "bytes */100")


def test_played__of_all_parts_is_the_whole() -> None:
    cuts = [0, 17, 18, 64, 100]
    parts = [_played(range=f"bytes={start}-{end - 1}")[1] for start, end in pairwise(cuts)]
    assert b"".join(parts) == DATA
