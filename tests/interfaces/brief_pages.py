"""What the tests of the guide's and the briefs' pages share: what forms send, and how many queries a page may take."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.support.budget import MOST_QUERIES as MOST_QUERIES
from tests.support.gigs import LEAF

NEED = "I need forty short notices for harbour doors, in a salty tone. About $400."


def at(name: str, *args: Any) -> str:
    return reverse(f"briefs:{name}", args=args)


def studio(name: str, *args: Any) -> str:
    return reverse(f"studio_briefs:{name}", args=args)


def words_of(answer: Any) -> str:
    """The page's text with single spaces, as people read it."""
    plain = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(plain.split())


def told(client: Client, need: str = NEED) -> str:
    """Say what is needed; the address that follows."""
    answer = client.post(at("start"), {"text": need})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def answered(client: Client, place: str, choice: str = "") -> int:
    """Answer every question that comes, the first answer each time; how many there were."""
    count = 0
    while place != at("proposals"):
        page = client.get(place)
        if page.status_code == 302:
            place = page.headers["Location"]
            continue
        key = choice or page.context["asked"].choices[0].key
        place = client.post(place, {"choice": key}).headers["Location"]
        count += 1
        assert count < 9, "The questions do not end."
    return count


def brief_form(**changes: Any) -> dict[str, Any]:
    """What the form of a brief sends."""
    return {
        "title": "Notices for forty harbour doors",
        "goal": "Fishermen should know in the dark which door is theirs.",
        "deliverables": "Forty short texts\r\nA list of the doors",
        "category": LEAF,
        "attributes.h_tone": ["salty"],
        "attributes.h_sources": "yes",
        "attributes.h_years": "3",
        "budget_low": "100",
        "budget_high": "500.00",
        "languages": ["en"],
        "ai_wish": "assisted",
        "licence": "commercial-use",
        "open_days": "30",
        "words_most": "200",
        "own": "My uncle laughs once at least.",
        **changes,
    }


def offer_form(**changes: Any) -> dict[str, Any]:
    """What the form of an offer sends."""
    return {
        "title": "Forty door notices",
        "message": "I grew up behind door nine.",
        "scope": "Forty texts; no painting.",
        "milestone_1_title": "Ten doors to try",
        "milestone_1_price": "100",
        "milestone_1_days": "3",
        "milestone_2_title": "The other thirty",
        "milestone_2_price": "250",
        "milestone_2_days": "6",
        "extra_1_title": "In Portuguese as well",
        "extra_1_price": "90",
        "extra_1_days": "2",
        "revisions": "2",
        "ai_policy": "assisted",
        "rights": "commercial-use",
        "valid_days": "14",
        "promised": ["0"],
        **changes,
    }
