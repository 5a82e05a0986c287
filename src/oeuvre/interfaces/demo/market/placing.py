"""Orders of every source, with the terms that the source gives and the sandbox card."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F

from oeuvre.domains.accounts.models import User
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.models import GigVersion
from oeuvre.domains.creation import selectors as creation
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.services.sources import edit_terms, gig_terms
from oeuvre.domains.orders.states import AiUse, CriterionKind, OrderSource
from oeuvre.domains.orders.terms import CriterionTerms, OrderTerms, Origin, Part, Subject
from oeuvre.interfaces.demo.market.briefing import Briefing
from oeuvre.interfaces.demo.market.content import Row, email_of, gig_titles, market_read
from oeuvre.interfaces.demo.market.drafts import edit_of, generation_of
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.catalog.selectors import VersionShown
    from oeuvre.domains.orders.models import Order

CARD = "sandbox:succeeds"


def title_of(row: Row) -> str:
    """What the order is called, before it is there."""
    if "title" in row:
        return str(row["title"])
    if row["source"] == "offer":
        return str(offer_row(row["offer"])[0]["title"])
    return gig_titles()[row["gig"]]


def order_place(row: Row, *, order_id: UUID, buyer: User, conversation_id: UUID) -> Order:
    """Order what the row says; the card is asked afterwards."""
    if row["source"] == OrderSource.OFFER:
        brief, offer = offer_row(row["offer"])
        found = Briefing(brief).offer_of(offer)
        return orders.order_start_from_offer(actor=buyer.actor, offer_id=found.pk, method_token=CARD, order_id=order_id)
    terms = _TERMS[OrderSource(row["source"])](row, buyer)
    terms = replace(terms, origin=replace(terms.origin, conversation_id=conversation_id))
    return orders.order_open(actor=buyer.actor, terms=terms, method_token=CARD, order_id=order_id)


def _gig(row: Row, buyer: User) -> OrderTerms:
    shown = _version(row)
    titles = set(row.get("extras", []))
    return gig_terms(
        shown,
        package=row["package"],
        extras=[extra.pk for extra in shown.extras if extra.title in titles],
        generation_id=generation_of(row, buyer).pk if row["source"] == OrderSource.BLEND else None,
    )


def _edit(row: Row, buyer: User) -> OrderTerms:
    return edit_terms(creation.edit_get(actor=buyer.actor, edit_id=edit_of(row, buyer).pk))


def _custom(row: Row, _buyer: User) -> OrderTerms:
    """An offer that the two agreed on in their conversation, about one of the freelancer's gigs."""
    shown = _version(row)
    parts = row.get("milestones") or [{"title": row["title"], "amount": row["price"], "days": row["days"]}]
    return OrderTerms(
        source=OrderSource.CUSTOM,
        freelancer_id=shown.version.gig.owner_id,
        title=row["title"],
        scope=row["scope"],
        milestones=tuple(Part(part["title"], _money(part["amount"]), part["days"]) for part in parts),
        revisions=row["revisions"],
        ai_policy=AiUse(shown.version.ai_policy),
        rights=shown.version.rights,
        rights_terms=(shown.rights,) if shown.rights else (),
        criteria=_criteria(row.get("criteria", [])),
        origin=Origin(gig_id=shown.version.gig_id, gig_version_id=shown.version.pk),
        subject=Subject(
            category=shown.version.category.key if shown.version.category else "",
            language=shown.version.languages[0] if shown.version.languages else "",
        ),
    )


def offer_row(key: str) -> tuple[Row, Row]:
    """The brief and the offer on it, by the offer's key."""
    for brief in market_read().briefs:
        for offer in brief.get("offers", []):
            if offer["key"] == key:
                return brief, offer
    raise LookupError(key)


def _version(row: Row) -> VersionShown:
    """What is on show of the gig that the row names."""
    title = gig_titles()[row["gig"]]
    found = GigVersion.objects.get(gig__owner__email=email_of(row["freelancer"]), gig__published=F("pk"), title=title)
    version = catalog.gig_version(actor=Actor.system(), version_id=found.pk)
    return catalog.version_shown(version, owner_id=version.gig.owner_id)


def _money(minor: int) -> Money:
    return Money(minor, settings.CURRENCY)


def _criteria(rows: list[Row]) -> tuple[CriterionTerms, ...]:
    return tuple(
        CriterionTerms(
            CriterionKind(one["kind"]),
            {key: value for key, value in one.items() if key not in ("kind", "label")},
            one.get("label", ""),
        )
        for one in rows
    )


_TERMS = {
    OrderSource.GIG: _gig,
    OrderSource.BLEND: _gig,
    OrderSource.EDIT: _edit,
    OrderSource.CUSTOM: _custom,
}
