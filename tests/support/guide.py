"""A tiny catalogue for the brief guide, as plain values, and the shipped one."""

from __future__ import annotations

from functools import cache
from typing import Any

from oeuvre.domains.briefs.guide.knowledge import Attribute, Knowledge, Leaf, Option, UseCase, knowledge_of
from oeuvre.domains.catalog.files import ATTRIBUTES, catalogue_read


@cache
def shipped_knowledge() -> Knowledge:
    """What the guide knows of the shipped catalogue."""
    catalogue = catalogue_read()
    shared = [one.row.model_dump() for one in catalogue.attributes if one.file == ATTRIBUTES]
    return knowledge_of([one.row.model_dump() for one in catalogue.groups], shared)


def use_case(key: str, question: str, **changes: Any) -> UseCase:
    fields = {
        "title": key.replace("-", " ").capitalize(),
        "example": f"An example of {key.replace('-', ' ')}.",
        "ask": ("Who did this for you before?",),
        "price": (10_000, 40_000),
        "days": (2, 9),
        "way": "human",
    }
    return UseCase(key=key, question=question, **{**fields, **changes})


def leaf(key: str, aliases: tuple[str, ...], *cases: UseCase, **changes: Any) -> Leaf:
    fields = {
        "name": key.replace("-", " ").capitalize(),
        "group": "harbour",
        "group_name": "Harbour",
        "kind": "trade",
        "summary": f"All about {key.replace('-', ' ')}.",
        "attributes": (),
        "needs": (),
    }
    return Leaf(key=key, aliases=aliases, use_cases=cases, **{**fields, **changes})


def harbour() -> Knowledge:
    """Three leaves: knots, which a program can be called for too, nets, and bells."""
    tool = Attribute("h_tool", "Tool", "choice", (Option("splicer", "Splicer"), Option("netfix", "Netfix")))
    return Knowledge(
        (
            leaf(
                "knots",
                ("splicer", "bowline"),
                use_case("a-knot-that-holds", "Does your boat drift away?"),
                use_case("a-book-of-knots", "Do your people tie each their own?", way="prompt"),
                needs=("My boat came loose in the storm.", "Teach my crew to tie a rope properly."),
                attributes=("h_tool",),
            ),
            leaf(
                "nets",
                ("netfix", "trawl"),
                use_case("a-net-mended", "Do fish swim through holes?"),
                needs=("There are holes in the trawl and the catch is gone.", "Mend what the seal has torn."),
            ),
            leaf(
                "bells",
                ("ship bell", "foghorn"),
                use_case("a-bell-in-fog", "Do others not hear you in fog?", way="generation"),
                needs=("Nobody hears us in fog.", "A deeper tone for the ferry."),
            ),
        ),
        {"h_tool": tool},
    )
