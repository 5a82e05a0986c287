"""Where orders come from: each source says what its terms are, so that nobody orders at a price of their own making."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from oeuvre.domains.briefs import services as briefs
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.states import VersionState
from oeuvre.domains.creation import selectors as creation
from oeuvre.domains.creation.states import EditState
from oeuvre.domains.orders.errors import NotOrderableError, NotYourPartError, OrderInvalidError
from oeuvre.domains.orders.records import open_orders
from oeuvre.domains.orders.services.starting import order_open
from oeuvre.domains.orders.states import AiUse, CriterionKind, OrderSource
from oeuvre.domains.orders.terms import CriterionTerms, OrderTerms, Origin, Part, Subject
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from oeuvre.domains.briefs.services import OfferTerms
    from oeuvre.domains.catalog.models import GigVersion
    from oeuvre.domains.catalog.selectors import VersionShown
    from oeuvre.domains.creation.models import EditRequest
    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.money import Money

EDIT_REVISIONS = 1
"""An edit is small: one round of changes is included."""


def edit_terms(edit: EditRequest) -> OrderTerms:
    """What an order of an edit says: the buyer's instructions, the price and the day that both agreed on."""
    return OrderTerms(
        source=OrderSource.EDIT,
        freelancer_id=edit.freelancer_id,
        title=_("Edit of a piece by %(model)s") % {"model": edit.generation.model.name},
        scope=edit.instructions,
        milestones=(Part(_("The edited piece"), edit.money, max(1, (edit.due_on - date.today()).days)),),
        revisions=EDIT_REVISIONS,
        ai_policy=AiUse.ASSISTED,
        rights="edit",
        rights_terms=(
            _("The buyer may use the edited piece for any purpose, alter it and pass it on, without naming anybody."),
        ),
        origin=Origin(edit_id=edit.pk, generation_id=edit.generation_id),
    )


def order_start_for_edit(
    *,
    actor: Actor,
    edit_id: UUID,
    method_token: str,
    expected_total: Money | None = None,
    order_id: UUID | None = None,
) -> Order:
    """Order an edit that the freelancer took: the draft with its prompt, seed and version goes along.

    Raises EditNotFoundError, NotYourPartError for the freelancer, OrderInvalidError for one that was not taken, and what
    ``starting.order_open`` raises.
    """
    edit = creation.edit_get(actor=actor, edit_id=edit_id)
    if edit.buyer_id != actor.user_id:
        raise NotYourPartError(_("The buyer of the edit orders it."))
    if edit.status != EditState.ACCEPTED:
        raise OrderInvalidError(_("The freelancer has not taken this edit."), field="edit")
    return order_open(
        actor=actor,
        terms=edit_terms(edit),
        method_token=method_token,
        expected_total=expected_total,
        order_id=order_id,
    )


def offer_terms(offer: OfferTerms, *, extras: Collection[int] = ()) -> OrderTerms:
    """What an order of an offer says: the freelancer's words, and the extras that the buyer adds, by their places.

    Raises OrderInvalidError for an extra that the offer does not have.
    """
    if not set(extras) <= set(range(len(offer.extras))):
        raise OrderInvalidError(_("This offer has no such extra."), field="extras")
    return OrderTerms(
        source=OrderSource.OFFER if offer.brief_id else OrderSource.CUSTOM,
        freelancer_id=offer.freelancer_id,
        title=offer.title,
        scope=offer.scope,
        milestones=tuple(Part(part.title, part.price, part.days) for part in offer.milestones),
        extras=tuple(
            Part(part.title, part.price, part.days) for place, part in enumerate(offer.extras) if place in set(extras)
        ),
        revisions=offer.revisions,
        ai_policy=AiUse(offer.ai_policy),
        rights=offer.rights,
        rights_terms=(offer.rights_label,) if offer.rights_label else (),
        criteria=tuple(CriterionTerms(CriterionKind(one.kind), dict(one.spec), one.label) for one in offer.criteria),
        origin=Origin(brief_id=offer.brief_id, offer_id=offer.offer_id, conversation_id=offer.conversation_id),
        subject=Subject(category=offer.category, use_case=offer.use_case, language=offer.language),
    )


def order_start_from_offer(
    *,
    actor: Actor,
    offer_id: UUID,
    method_token: str,
    extras: Collection[int] = (),
    expected_total: Money | None = None,
    order_id: UUID | None = None,
) -> Order:
    """Accept an offer on a brief or in a conversation, and order what it says; the offer is settled when it is paid, and
    waits again when the order is given up before that.

    Raises NotOrderableError for an offer that was ordered and paid before, and what ``briefs.offer_accept``,
    ``offer_terms`` and ``starting.order_open`` raise; then nothing is accepted.
    """
    with transaction.atomic():
        offer = briefs.offer_accept(actor=actor, offer_id=offer_id)

        def unused() -> None:
            if offer.is_ordered:
                raise NotOrderableError(
                    _("This offer was ordered and paid before. Ask the freelancer for a new one."), reason="ordered"
                )

        return order_open(
            actor=actor,
            terms=offer_terms(offer, extras=extras),
            method_token=method_token,
            expected_total=expected_total,
            order_id=order_id,
            still=unused,
        )


def gig_terms(
    shown: VersionShown,
    *,
    package: str,
    extras: Collection[UUID] = (),
    criteria: Sequence[CriterionTerms] = (),
    generation_id: UUID | None = None,
    use_case: str = "",
) -> OrderTerms:
    """What an order of a gig's package says; with a generation it is a blend, which begins from that draft.

    The gig's own criteria come first, then the buyer's. Raises OrderInvalidError for a package or an extra that the
    version does not have.
    """
    version = shown.version
    chosen = next((row for row in shown.packages if row.key == package), None)
    if chosen is None:
        raise OrderInvalidError(_("This gig has no such package."), field="package")
    added = [row for row in shown.extras if row.pk in set(extras)]
    if len(added) < len(set(extras)):
        raise OrderInvalidError(_("This gig has no such extra."), field="extras")
    promised = [CriterionTerms(CriterionKind(one["kind"]), one["spec"], one["label"]) for one in version.criteria]
    policy = AiUse(version.ai_policy)
    if generation_id and policy is AiUse.NONE:
        policy = AiUse.ASSISTED  # it begins from what a model wrote
    return OrderTerms(
        source=OrderSource.BLEND if generation_id else OrderSource.GIG,
        freelancer_id=version.gig.owner_id,
        title=version.title,
        scope=_scope(version, chosen.title, chosen.description, chosen.facts),
        milestones=(Part(chosen.title, chosen.price, chosen.days),),
        extras=tuple(Part(row.title, row.price, row.days) for row in added),
        revisions=chosen.revisions,
        ai_policy=policy,
        rights=version.rights,
        rights_terms=(shown.rights,) if shown.rights else (),
        requirements=tuple(version.requirements),
        criteria=(*promised, *criteria),
        origin=Origin(
            gig_id=version.gig_id, gig_version_id=version.pk, package=chosen.key, generation_id=generation_id
        ),
        subject=Subject(
            category=version.category.key if version.category else "",
            use_case=use_case,
            language=version.languages[0] if version.languages else "",
        ),
    )


def _scope(version: GigVersion, title: str, description: str, facts: list[dict[str, Any]]) -> str:
    """What the package promised, as it read on the day."""
    counted = [f"- {capfirst(fact['label'])}: {fact['quantity']:,}" for fact in facts]
    return "\n\n".join(part for part in (title, description, "\n".join(counted), version.description) if part)


def order_start_from_gig(
    *,
    actor: Actor,
    gig_version_id: UUID,
    package: str,
    method_token: str,
    extras: Collection[UUID] = (),
    criteria: Sequence[CriterionTerms] = (),
    generation_id: UUID | None = None,
    use_case: str = "",
    expected_total: Money | None = None,
    order_id: UUID | None = None,
) -> Order:
    """Order a package of a gig as the buyer saw it; with a generation of the freelancer's model, a blend that begins from
    that draft.

    Raises GigVersionNotFoundError, NotOrderableError for a gig that takes no orders now or whose page changed meanwhile,
    and what ``gig_terms`` and ``starting.order_open`` raise.
    """
    version = catalog.gig_version(actor=Actor.system(), version_id=gig_version_id)
    shown = catalog.version_shown(version, owner_id=version.gig.owner_id)

    def still() -> None:
        fresh = catalog.gig_version(actor=Actor.system(), version_id=gig_version_id)
        if fresh.status != VersionState.PUBLISHED:
            raise NotOrderableError(_("This gig was changed meanwhile. Look at it again."), reason="changed")
        open_now = open_orders(gig_id=fresh.gig_id)
        found = catalog.availability(gig=fresh.gig, open_orders=open_now)
        if not found.open:
            raise NotOrderableError(_("This gig takes no orders now."), reason=found.reason, until=found.until)

    return order_open(
        actor=actor,
        terms=gig_terms(
            shown,
            package=package,
            extras=extras,
            criteria=criteria,
            generation_id=generation_id,
            use_case=use_case,
        ),
        method_token=method_token,
        expected_total=expected_total,
        order_id=order_id,
        still=still,
    )
