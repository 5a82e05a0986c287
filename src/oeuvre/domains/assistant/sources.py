"""What a reply was made from, as people read it: a name and a page for each id that the engine cites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.text import Truncator
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from oeuvre.domains.assistant.engine.types import GigFacts, Knowledge, OrderFacts

TALK = "talk-"
"""Begins the ids of passages from agreed conversations: ``talk-<conversation>-<number>``."""
NOTE = "note-"
RECORD = "record"
"""The passage about finished orders."""


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A source for its freelancer to look at. ``url`` is empty where it has no page."""

    id: str
    label: str
    url: str = ""


def talk_id(conversation_id: UUID, number: int) -> str:
    return f"{TALK}{conversation_id.hex}-{number}"


def conversations_in(sources: Iterable[str], known: Mapping[str, UUID]) -> list[UUID]:
    """The conversations that some sources come from. ``known`` names conversations by the hex of their ids."""
    found: dict[UUID, None] = {}
    for source in sources:
        key = source.removeprefix("passage:")
        if key.startswith(TALK):
            hexed = key.removeprefix(TALK).partition("-")[0]
            if hexed in known:
                found[known[hexed]] = None
    return list(found)


def links_of(ids: Iterable[str], knowledge: Knowledge, orders: Iterable[OrderFacts] = ()) -> tuple[SourceLink, ...]:
    """Each id once with its name, in order. One that is not there any more is named by what kind it was."""
    gigs = {gig.key: gig for gig in knowledge.gigs}
    answers = {answer.id: answer for answer in knowledge.answers}
    passages = {passage.id: passage for passage in knowledge.passages}
    numbers = {order.id: order for order in orders}
    links = []
    for id_ in dict.fromkeys(ids):
        kind, _colon, rest = id_.partition(":")
        match kind:
            case "gig":
                links.append(_gig_link(id_, gigs))
            case "answer":
                answer = answers.get(rest)
                words = Truncator(answer.question).chars(60) if answer else ""
                url = f"/studio/assistant/bank/{rest}/" if answer else ""
                links.append(SourceLink(id_, _("Your answer: %(words)s") % {"words": words}, url))
            case "passage":
                passage = passages.get(rest)
                label = passage.title if passage and not rest.startswith(TALK) else _("A conversation you both opened")
                links.append(SourceLink(id_, label, passage.url if passage else ""))
            case "order":
                order = numbers.get(rest)
                label = _("Order %(number)s") % {"number": order.number if order else ""}
                links.append(SourceLink(id_, label.strip(), order.page_url if order else ""))
            case "profile":
                links.append(SourceLink(id_, _("Your profile")))
            case _:
                links.append(SourceLink(id_, _("Your rules")))
    return tuple(links)


def _gig_link(id_: str, gigs: Mapping[str, GigFacts]) -> SourceLink:
    _kind, key, *rest = id_.split(":")
    gig = gigs.get(key)
    if gig is None:
        return SourceLink(id_, _("A gig that is not on offer now"))
    part = ""
    match rest:
        case ["package", package]:
            part = next((one.title for one in gig.packages if one.key == package), "")
        case ["extra", place] if place.isdigit() and int(place) < len(gig.extras):
            part = gig.extras[int(place)].title
        case ["faq", place] if place.isdigit() and int(place) < len(gig.faq):
            part = gig.faq[int(place)].question
    words = {"gig": gig.title, "part": part}
    return SourceLink(id_, _("Gig: %(gig)s, %(part)s") % words if part else _("Gig: %(gig)s") % words, gig.url)
