"""The story of an order: its beats, oldest first, each with the days that have passed since."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from oeuvre.interfaces.demo.market.play import Play


@dataclass(frozen=True, slots=True)
class Beat:
    """Something that happened so many days ago."""

    days_ago: float
    act: Callable[[], None]


def order_story(play: Play, before: Iterable[Beat] = ()) -> list[Beat]:
    """All beats of a row of ``orders``, with those of the brief that it began with. Those of one moment keep the order of this module."""
    beats = [*before, *_course(play), *_changes(play), *_dispute(play), *_afterwards(play)]
    said = [Beat(message["days_ago"], partial(play.say, message)) for message in play.row["messages"]]
    return sorted([*beats, *said], key=lambda beat: -beat.days_ago)


def _course(play: Play) -> Iterator[Beat]:
    """From the order to its end, where it goes well."""
    row, steps = play.row, play.row["steps"]
    yield Beat(steps["placed"], play.place)
    if "started" in steps:
        yield Beat(steps["started"], play.start)
    for delivery in row.get("deliveries", []):
        yield Beat(delivery["days_ago"], partial(play.deliver, delivery))
    for request in row.get("revision_requests", []):
        yield Beat(request["days_ago"], partial(play.revise, request))
    for milestone in row.get("milestones", []):
        if milestone["state"] == "accepted":
            yield Beat(milestone["days_ago"], play.accept)
    if "completed" in steps and "dispute" not in row:
        yield Beat(steps["completed"], play.accept)


def _changes(play: Play) -> Iterator[Beat]:
    if extension := play.row.get("extension"):
        yield Beat(extension["asked_days_ago"], partial(play.extension_ask, extension))
        yield Beat(extension["agreed_days_ago"], partial(play.change_agree, extension))
    cancellation = play.row.get("cancellation")
    if cancellation and "agreed_days_ago" in cancellation:
        yield Beat(cancellation["days_ago"], partial(play.cancellation_ask, cancellation))
        yield Beat(cancellation["agreed_days_ago"], partial(play.change_agree, cancellation))
    elif cancellation:
        yield Beat(cancellation["days_ago"], play.cancel)


def _dispute(play: Play) -> Iterator[Beat]:
    dispute = play.row.get("dispute")
    if not dispute:
        return
    yield Beat(dispute["days_ago"], partial(play.dispute_open, dispute))
    for proposal in dispute.get("proposals", []):
        yield Beat(proposal["days_ago"], partial(play.propose, proposal))
        if "accepted_days_ago" in proposal:
            yield Beat(proposal["accepted_days_ago"], partial(play.proposal_agree, proposal))
    if decision := dispute.get("decision"):
        yield Beat(decision["called_days_ago"], partial(play.operator_call, decision))
        yield Beat(decision["days_ago"], partial(play.decide, decision))
        yield Beat(decision["accepted_days_ago"], play.decision_agree)


def _afterwards(play: Play) -> Iterator[Beat]:
    if "cleared" in play.row["steps"]:
        yield Beat(play.row["steps"]["cleared"], play.clear)
    for side, review in play.row.get("reviews", {}).items():
        yield Beat(review["days_ago"], partial(play.review, side, review))
        if "answer" in review:
            yield Beat(review["answer_days_ago"], partial(play.review_answer, side, review))
