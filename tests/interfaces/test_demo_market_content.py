"""The demo marketplace as written: every gig fits its category, every order fits its gig, and the days add up."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from functools import cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.catalog.files import catalogue_read
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.states import AttributeType
from oeuvre.interfaces.demo.content import CONTENT

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
LICENCE = "licence"
AI = ("none", "assisted", "generated")
SPECS: dict[str, set[str]] = {
    "manual": set(),
    "format": {"formats"},
    "size": {"most"},
    "words": {"least", "most"},
    "language": {"language"},
    "duration": {"least", "most"},
    "resolution": {"width", "height"},
    "no_ai": set(),
    "credentials": set(),
}
ASPECTS = ("as_asked", "communication", "on_time")
REVIEW_DAYS, LATE_DAYS, CLEARING_DAYS = 3, 2, 14
STATES = {
    "awaiting_requirements", "in_progress", "late", "delivered", "revision_requested", "completed_clearing",
    "completed_cleared", "cancelled_agreed", "cancelled_late", "disputed", "resolved_partial",
}  # fmt: skip
UNWANTED = re.compile("[!\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]")
"""The demo speaks without exclamation marks and emoji, and with straight quotes and plain hyphens."""


@cache
def catalogue() -> tuple[dict[str, Any], dict[str, Any], dict[str, str], set[str]]:
    """Leaves, attributes and the leaf of each use case by key; the keys of skills."""
    shipped = catalogue_read()
    leaves = {leaf.key: leaf for group in shipped.groups for leaf in group.row.leaves}
    cases = {case.key: leaf.key for leaf in leaves.values() for case in leaf.use_cases}
    attributes = {one.row.key: one.row for one in shipped.attributes}
    return leaves, attributes, cases, {one.row.key for one in shipped.skills}


@cache
def people() -> dict[str, Row]:
    return {path.parent.name: json.loads(path.read_text()) for path in sorted(CONTENT.glob("*/profile.json"))}


@cache
def gigs() -> dict[str, tuple[str, Row]]:
    """Owner's handle and gig, by the gig's key."""
    found: dict[str, tuple[str, Row]] = {}
    for path in sorted(CONTENT.glob("*/gigs.toml")):
        for gig in tomllib.loads(path.read_text())["gigs"]:
            assert gig["key"] not in found
            found[gig["key"]] = path.parent.name, gig
    return found


@cache
def market() -> Row:
    return tomllib.loads((CONTENT / "market.toml").read_text())


def offers() -> dict[str, tuple[Row, Row]]:
    """Brief and offer, by the offer's key."""
    return {offer["key"]: (brief, offer) for brief in market()["briefs"] for offer in brief.get("offers", [])}


def test_demo_people__are_27_and_hold_four_to_eight_skills_of_the_catalogue() -> None:
    skills = catalogue()[3]
    assert len(people()) == 27
    for handle, profile in people().items():
        held = [row["skill"] for row in profile["skills"]]
        assert 4 <= len(set(held)) == len(held) <= 8, handle
        assert set(held) <= skills, handle
        assert all(row["evidence"] for row in profile["skills"])
        assert len(profile["headline"]) <= 80
        assert len(profile["trade"]) <= 40


def test_demo_gigs__cover_every_group_of_the_tree_and_45_leaves() -> None:
    owners = Counter(owner for owner, _ in gigs().values())
    assert set(owners) == set(people())
    assert set(owners.values()) <= {2, 3, 4}
    assert 70 <= len(gigs()) <= 74
    used = {gig["category"] for _, gig in gigs().values()}
    assert len(used) >= 45
    for group in catalogue_read().groups:
        assert used & {leaf.key for leaf in group.row.leaves}, group.row.key
    with_model = {owner for owner, gig in gigs().values() if gig.get("model")}
    assert with_model == {path.parent.name for path in CONTENT.glob("*/works.json")}


@pytest.mark.parametrize("key", sorted(gigs()))
def test_demo_gig__fits_its_category_and_the_catalogues_limits(key: str) -> None:
    owner, gig = gigs()[key]
    assert 30 <= len(gig["title"]) <= LIMITS.title
    assert len(gig["summary"]) <= LIMITS.summary
    assert 120 <= len(gig["description"].split()) <= 220
    assert gig["ai_policy"] in AI
    assert set(gig["skills"]) <= {row["skill"] for row in people()[owner]["skills"]}
    _attributes_fit(gig)
    _packages_fit(gig)
    for extra in gig["extras"]:
        assert len(extra["title"]) <= LIMITS.extra_title
        assert len(extra["description"]) <= LIMITS.extra_description
    assert len({row["key"] for row in gig["requirements"]}) == len(gig["requirements"]) >= 2
    for row in gig["requirements"]:
        assert row["kind"] in ("text", "choice", "file", "number")
        assert (row["kind"] == "choice") == ("options" in row)
        assert len(row["label"]) <= LIMITS.question_label
    for row in gig["faq"]:
        assert len(row["question"]) <= LIMITS.faq_question
        assert len(row["answer"]) <= LIMITS.faq_answer
    _criteria_fit(gig["criteria"])
    assert any(row["kind"] != "manual" for row in gig["criteria"])
    assert all(row["kind"] != "no_ai" for row in gig["criteria"]) or gig["ai_policy"] == "none"
    for sample in gig["samples"]:
        assert sample["label"] in ("human", "generated")
        assert sample["label"] == "human" or gig["ai_policy"] != "none"
        assert len(sample["title"]) <= LIMITS.sample_title
        assert "file" not in sample or (CONTENT / owner / "works" / sample["file"]).exists()
        assert "picture" not in sample or (CONTENT / owner / "pictures" / sample["picture"]).exists()
        assert "excerpt" not in sample or 60 <= len(sample["excerpt"].split()) <= 150


def _attributes_fit(gig: Row) -> None:
    leaves, attributes, _cases, _skills = catalogue()
    assert gig["rights"] in {option.label for option in attributes[LICENCE].options}
    assert LICENCE not in gig["attributes"], "rights says it"
    assert set(gig["attributes"]) <= set(leaves[gig["category"]].attributes)
    for key, value in gig["attributes"].items():
        attribute = attributes[key]
        options = {option.label for option in attribute.options}
        match attribute.type:
            case AttributeType.CHOICE:
                assert value in options
            case AttributeType.CHOICES:
                assert value
                assert set(value) <= options
            case AttributeType.NUMBER:
                assert attribute.minimum is None or attribute.minimum <= value
                assert attribute.maximum is None or value <= attribute.maximum
            case AttributeType.BOOLEAN:
                assert isinstance(value, bool)


def _packages_fit(gig: Row) -> None:
    assert list(gig["packages"]) == ["basic", "standard", "premium"]
    assert all(one["price"] < other["price"] for one, other in pairwise(gig["packages"].values()))
    for package in gig["packages"].values():
        assert len(package["title"]) <= LIMITS.package_title
        assert len(package["description"]) <= LIMITS.package_description
        assert 1 <= package["days"] <= LIMITS.days
        assert 0 <= package["revisions"] <= LIMITS.revisions
        assert 2 <= len(package["facts"]) <= 4
        assert all(len(fact["label"]) <= LIMITS.fact_label for fact in package["facts"])


def _criteria_fit(criteria: list[Row]) -> None:
    for row in criteria:
        assert SPECS[row["kind"]] == set(row) - {"kind", "label"}, row
        assert row["label"]
        assert all(re.fullmatch("[a-z0-9]+", ending) for ending in row.get("formats", []))


def test_demo_briefs__name_use_cases_of_their_leaf_and_offers_by_people_there_are() -> None:
    buyers = {buyer["handle"] for buyer in market()["buyers"]}
    assert len(buyers) == 8
    assert len(market()["briefs"]) == 12
    assert {brief["state"] for brief in market()["briefs"]} == {"draft", "published", "sent", "closed"}
    for brief in market()["briefs"]:
        assert brief["buyer"] in buyers
        assert catalogue()[2][brief["use_case"]] == brief["category"]
        assert brief["budget"]["low"] < brief["budget"]["high"]
        assert len(brief["answers"]) <= 5
        assert set(brief.get("sent_to", [])) <= set(people())
        assert ("sent_to" in brief) == (brief["state"] == "sent")
        _criteria_fit(brief["criteria"])
    for brief, offer in offers().values():
        assert brief["state"] != "draft"
        assert offer["freelancer"] in people()
        assert offer["days_ago"] <= brief["days_ago"]
        assert 40 <= len(offer["message"].split()) <= 100
        assert offer["state"] != "accepted" or brief["state"] == "closed"


def test_demo_orders__are_33_and_in_every_state() -> None:
    orders = market()["orders"]
    assert len({order["key"] for order in orders}) == len(orders) == 33
    assert {order["state"] for order in orders} == STATES
    assert {order["source"] for order in orders} == {"gig", "offer", "custom", "edit", "blend"}
    reviews = [review for order in orders for review in order.get("reviews", {}).values()]
    marks = Counter(review[aspect] for review in reviews for aspect in ASPECTS)
    assert marks[2] == 1
    assert marks[3] >= 4
    assert marks[4] >= 8


@pytest.mark.parametrize("order", market()["orders"], ids=lambda order: order["key"])
def test_demo_order__follows_from_its_gig_or_offer_and_its_days_add_up(order: Row) -> None:
    policy, price, days = _terms(order)
    days += order.get("extension", {}).get("days", 0)
    steps, deliveries = order["steps"], order.get("deliveries", [])
    taken = [
        steps[step] for step in ("placed", "started", "disputed", "resolved", "completed", "cleared") if step in steps
    ]
    assert taken == sorted(taken, reverse=True)
    messages = [message["days_ago"] for message in order["messages"]]
    assert 2 <= len(messages) <= 8
    assert messages == sorted(messages, reverse=True)
    if "started" in steps:
        _time_fits(order, late_by=steps["started"] - days)
    for delivery in deliveries:
        assert AI.index(delivery["ai"]) <= AI.index(policy)
        assert bool(delivery["ai_note"]) == (delivery["ai"] != "none")
        assert delivery["files"]
    for wish in order.get("revision_requests", []):
        before = [one["days_ago"] - wish["days_ago"] for one in deliveries if one["days_ago"] > wish["days_ago"]]
        assert 0 < min(before) <= REVIEW_DAYS
    for milestones in filter(None, [order.get("milestones")]):
        assert sum(part["amount"] for part in milestones) == price
        assert sum(part["days"] for part in milestones) == days
        assert len(milestones) <= 6
    dispute = order.get("dispute", {})
    for outcome in [*dispute.get("proposals", []), *filter(None, [dispute.get("decision")])]:
        assert 0 < outcome["refund"] < price
    for review in order.get("reviews", {}).values():
        assert all(1 <= review[aspect] <= 5 for aspect in ASPECTS)
        assert review["days_ago"] < steps["completed"]
        assert 20 <= len(review["text"].split()) <= 90
    _criteria_fit(order.get("criteria", []))


def _terms(order: Row) -> tuple[str, int, int]:
    """AI policy, price and days that were agreed on, with the references checked."""
    assert order["freelancer"] in people()
    if order["source"] in ("gig", "blend"):
        owner, gig = gigs()[order["gig"]]
        assert owner == order["freelancer"]
        extras = {extra["title"]: extra for extra in gig["extras"]}
        parts = [gig["packages"][order["package"]], *(extras[title] for title in order["extras"])]
        _answers_fit(order, gig)
        return gig["ai_policy"], sum(part["price"] for part in parts), sum(part["days"] for part in parts)
    if order["source"] == "offer":
        brief, offer = offers()[order["offer"]]
        assert (brief["buyer"], offer["freelancer"]) == (order["buyer"], order["freelancer"])
        assert offer["state"] == "accepted"
        return "generated", offer["price"], offer["days"]
    assert order["source"] == "custom" or {"prompt", "seed"} <= set(order)
    policy = gigs()[order["gig"]][1]["ai_policy"] if "gig" in order else "assisted"
    return policy, order["price"], order["days"]


def _answers_fit(order: Row, gig: Row) -> None:
    questions = {row["key"]: row for row in gig["requirements"]}
    given = order.get("answers", {})
    assert set(given) <= set(questions)
    if "started" in order["steps"]:
        assert {key for key, row in questions.items() if row["required"]} <= set(given)
    for key, value in given.items():
        kind = questions[key]["kind"]
        assert kind != "choice" or value in questions[key]["options"]
        assert kind != "number" or questions[key]["minimum"] <= value <= questions[key]["maximum"]
        assert kind != "file" or re.fullmatch(r"[\w.-]+\.(zip|pdf|docx|csv|jpg)", value)


def _time_fits(order: Row, *, late_by: float) -> None:
    """``late_by`` is how many days ago the time ran out; below zero there is time left."""
    steps, deliveries = order["steps"], order.get("deliveries", [])
    last = deliveries[-1]["days_ago"] if deliveries else 0
    match order["state"]:
        case "in_progress":
            assert late_by < 0
        case "late":
            assert late_by > 0
        case "delivered":
            assert last < REVIEW_DAYS
        case "cancelled_late":
            assert late_by - steps["cancelled"] >= LATE_DAYS
        case "completed_clearing" | "completed_cleared":
            assert 0 <= round(last - steps["completed"], 3) <= REVIEW_DAYS
            assert ("cleared" in steps) == (order["state"] == "completed_cleared")
            assert ("cleared" in steps) == (steps["completed"] >= CLEARING_DAYS)
            assert round(steps["completed"] - steps.get("cleared", 0), 3) >= CLEARING_DAYS or "cleared" not in steps


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(_texts, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_texts, value))


def test_demo_market__speaks_without_exclamation_marks_and_emoji() -> None:
    written = [market(), [gig for _, gig in gigs().values()], list(people().values())]
    assert [text for text in _texts(written) if UNWANTED.search(text)] == []
