"""A small catalogue beside the shipped one, and gigs in it, made through the services."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from oeuvre.domains.accounts.models import User
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import Extra, Fact, Faq, GigContent, Package, Question
from oeuvre.domains.catalog.models import Attribute, AttributeOption, Category, CategoryAttribute, Gig
from oeuvre.domains.catalog.states import AiPolicy, AttributeType, CategoryKind, GigState, PackageKey, QuestionKind
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from oeuvre.domains.catalog.models import GigVersion

LEAF, OTHER_LEAF = "harbour-notices", "harbour-maps"
_OPTIONS = {
    "h_tone": ("plain", "warm", "salty"),
    "h_media": ("doors", "decks", "masts", "sails"),
    "licence": ("personal-use", "commercial-use"),
}
_LABELS = {"licence": "Rights you get"}  # as in the shipped catalogue, whose attribute this is where it is loaded


def small_catalogue() -> Category:
    """One group with two leaves that ask for every type of attribute; the first leaf is returned. Safe to repeat."""
    there = Category.objects.filter(key=LEAF).first()
    if there is not None:
        return there
    group = Category.objects.create(
        key="harbour-work", kind=CategoryKind.TRADE, name="Harbour work", summary="What harbours need.", position=900
    )
    leaf, other = (
        Category.objects.create(
            key=key, parent=group, kind=group.kind, name=name, summary=f"{name} for harbours.", aliases=[name.lower()]
        )
        for key, name in ((LEAF, "Notices"), (OTHER_LEAF, "Maps"))
    )
    asked = [
        _attribute("h_tone", AttributeType.CHOICE),
        _attribute("h_media", AttributeType.CHOICES),
        _attribute("h_years", AttributeType.NUMBER, unit="years", minimum=1, maximum=60),
        _attribute("h_sources", AttributeType.BOOLEAN),
        _attribute("licence", AttributeType.CHOICE),
    ]
    for place, attribute in enumerate(asked):
        CategoryAttribute.objects.create(
            category=leaf, attribute=attribute, position=place, required=attribute.key == "licence"
        )
    CategoryAttribute.objects.create(category=other, attribute=asked[0])
    return leaf


def _attribute(key: str, type_: AttributeType, **fields: Any) -> Attribute:
    found, made = Attribute.objects.get_or_create(
        key=key, defaults={"label": _LABELS.get(key, key.removeprefix("h_").capitalize()), "type": type_, **fields}
    )
    if made:
        for place, option in enumerate(_OPTIONS.get(key, ())):
            AttributeOption.objects.create(
                attribute=found, key=option, label=option.replace("-", " ").capitalize(), position=place
            )
    return found


def gig_content(**changes: Any) -> GigContent:
    """Content that can be handed in."""
    content = GigContent(
        title="Notices for harbour doors",
        summary="Three lines that fishermen read to the end.",
        description="I write what must be read in the rain. Two drafts, one walk along the quay, one final text.",
        category=LEAF,
        attributes={"licence": "commercial-use", "h_tone": "salty", "h_media": ("doors", "decks"), "h_years": 12},
        languages=("en", "pt-BR"),
        ai_policy=AiPolicy.ASSISTED,
        packages=(
            Package(PackageKey.BASIC, "One notice", Money(4_000), 2, "One text.", 1, (Fact("Notices", 1),)),
            Package(PackageKey.PREMIUM, "A whole quay", Money(30_000), 9, "Ten texts.", 3, (Fact("Notices", 10),)),
        ),
        extras=(Extra("Translation", Money(1_500), 1, "Into Portuguese."),),
        requirements=(
            Question(QuestionKind.TEXT, "What must people know?"),
            Question(QuestionKind.CHOICE, "Which doors?", options=("Front", "Back"), required=False),
        ),
        faq=(Faq("Do you come by?", "Within a day's sailing."),),
    )
    return replace(content, **changes)


def draft_gig(user: User, **changes: Any) -> Gig:
    """A complete draft."""
    small_catalogue()
    return catalog.gig_create(actor=user.actor, content=gig_content(**changes))


def waiting_version(user: User, **changes: Any) -> GigVersion:
    """A gig's first version in review."""
    gig = draft_gig(user, **changes)
    return catalog.gig_submit(actor=user.actor, gig_id=gig.pk, revision=1)


def live_gig(user: User, **changes: Any) -> Gig:
    """A gig that an operator, or the rule, published."""
    gig = draft_gig(user, **changes)
    version = catalog.gig_submit(actor=user.actor, gig_id=gig.pk, revision=1)
    gig.refresh_from_db()
    if gig.status != GigState.LIVE:
        operator = User.objects.filter(is_staff=True).first() or User.objects.create_user(
            "reviews@example.org", "a long password", is_staff=True
        )
        catalog.gig_version_publish(actor=operator.actor, version_id=version.pk)
        gig.refresh_from_db()
    return gig
