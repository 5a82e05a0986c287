"""Reading disputes. Both sides see their own, operators all; nobody else knows that one exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.audit import services as audit
from oeuvre.domains.disputes import archives
from oeuvre.domains.disputes.common import (
    KEY_OWNER,
    can_redeliver,
    dispute_of,
    held_of,
    no_dispute,
    outcome_checked,
    side_of,
    visible,
)
from oeuvre.domains.disputes.errors import BundleNotFoundError
from oeuvre.domains.disputes.models import Dispute, EvidenceBundle
from oeuvre.domains.disputes.notices import default_of, outcome_sentence
from oeuvre.domains.disputes.outcomes import Outcome, share
from oeuvre.domains.disputes.reading import Decided, Proposed, Record, Said, record_of
from oeuvre.domains.disputes.rules import dispute_reasons
from oeuvre.domains.disputes.services.deciding import other_operator_exists
from oeuvre.domains.disputes.services.evidence import bundle_context
from oeuvre.domains.disputes.states import (
    AT_OPERATOR,
    OPEN,
    TALKING,
    DisputeState,
    OutcomeKind,
    ProposalState,
    Side,
)
from oeuvre.domains.orders import selectors as orders
from oeuvre.kit.actor import Role
from oeuvre.kit.parts import Part, with_parts

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.disputes.rules import Reason
    from oeuvre.domains.orders.models import Order
    from oeuvre.domains.orders.pricing import Quote
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money

_PARTS = (
    *orders.order_parts("lines", "milestones", path="order"),
    Part("words"),
    Part("proposals"),
    Part("decisions", one=("operator",)),
    Part("bundles"),
)
"""What a dispute's page shows."""

__all__ = [
    "Decided",
    "DisputePage",
    "Evidence",
    "May",
    "Outcome",
    "Proposed",
    "Record",
    "Said",
    "Split",
    "bundle_content",
    "dispute_of_order",
    "dispute_page",
    "dispute_reasons",
    "disputes_of",
    "disputes_open",
    "evidence",
    "outcome_sentence",
    "outcome_split",
    "reasons_for",
    "share",
]


@dataclass(frozen=True, slots=True)
class Split:
    """What an outcome means to the cent, before anybody agrees to it. ``back + freelancer + platform + tax`` is what is held."""

    outcome: Outcome
    back: Quote
    """To the buyer: a part of the price with its part of fee and tax."""
    kept: Quote
    """What stays, with the freelancer's and the platform's parts of it."""
    is_cancelled: bool
    """Whether the order ends without rights for the buyer: all of the money goes back."""

    @property
    def buyer(self) -> Money:
        return self.back.total

    @property
    def freelancer(self) -> Money:
        return self.kept.freelancer


@dataclass(frozen=True, slots=True)
class May:
    """What the reader can do now; a page shows these and no other buttons."""

    answer: bool
    propose: bool
    escalate: bool
    withdraw: bool
    add: bool
    accept_decision: bool
    appeal: bool
    decide: bool


@dataclass(frozen=True, slots=True)
class DisputePage:
    """All that a dispute's page says."""

    dispute: Dispute
    side: Side | None
    """None for an operator."""
    reason: Reason | None
    """None for a reason that the published list does not hold any more."""
    default: Outcome
    record: Record
    open_proposals: tuple[tuple[Proposed, Split], ...]
    """Those that wait for an answer, each with what it means to the cent."""
    decided: Split | None
    """What the last decision means to the cent, while it is not carried out."""
    bundles: tuple[EvidenceBundle, ...]
    may: May
    can_redeliver: bool
    held: Money
    """Of the price; up to that can go back."""


def reasons_for(*, actor: Actor, order: Order) -> list[Reason]:
    """For what the actor can dispute an order where it stands; none for one that cannot be disputed."""
    side = {order.buyer_id: Side.BUYER, order.freelancer_id: Side.FREELANCER}.get(actor.person_id)
    return dispute_reasons().for_side(side, order.status) if side else []


def disputes_of(*, actor: Actor, is_open: bool | None = None) -> QuerySet[Dispute]:
    """The actor's own disputes, newest first."""
    if actor.user_id is None:
        return Dispute.objects.none()
    mine = Q(buyer_id=actor.user_id) | Q(freelancer_id=actor.user_id)
    rows = Dispute.objects.filter(mine).select_related("order", "buyer", "freelancer").order_by("-created_at")
    return rows if is_open is None else rows.filter(_is_open(is_open))


def disputes_open(*, actor: Actor, waiting: bool = True) -> QuerySet[Dispute]:
    """The operator's queue: those that wait for a decision, the most urgent first; or all that are open."""
    actor.require(Role.OPERATOR)
    states = AT_OPERATOR if waiting else OPEN
    rows = visible(actor).filter(status__in=[str(state) for state in states])
    return rows.exclude(Q(buyer_id=actor.user_id) | Q(freelancer_id=actor.user_id)).order_by("due_at", "created_at")


def dispute_of_order(*, actor: Actor, order_id: UUID) -> Dispute | None:
    """The open dispute about an order, or the last one; None where there was none."""
    rows = list(visible(actor).filter(order_id=order_id).order_by("-created_at")[:5])
    return next((row for row in rows if row.status in OPEN), rows[0] if rows else None)


def dispute_page(*, actor: Actor, dispute_id: UUID) -> DisputePage:
    """The page of a dispute, for its two sides and for operators. Two queries, four for an appeal's operator.

    Raises DisputeNotFoundError.
    """
    dispute = with_parts(visible(actor).filter(pk=dispute_id), *_PARTS).first()
    if dispute is None:
        raise no_dispute(dispute_id)
    side, record = side_of(actor, dispute), record_of(dispute)
    waiting = [one for one in record.proposed if one.proposal.status == ProposalState.OPEN]
    is_decided = dispute.status == DisputeState.DECIDED
    held = held_of(dispute.order) if dispute.status in OPEN else dispute.held_money
    return DisputePage(
        dispute=dispute,
        side=side,
        reason=dispute_reasons().by_key(dispute.reason),
        default=default_of(dispute),
        record=record,
        open_proposals=tuple((one, _split(dispute.order, one.outcome, held)) for one in waiting),
        decided=_split(dispute.order, record.decided[-1].outcome, held) if is_decided and record.decided else None,
        bundles=tuple(bundle for bundle in dispute.bundles.all() if bundle.blob_key),
        may=_may(actor, dispute, side),
        can_redeliver=dispute.status in OPEN and can_redeliver(dispute.order),
        held=held,
    )


def outcome_split(*, actor: Actor, dispute_id: UUID, outcome: Outcome) -> Split:
    """What an outcome would mean, to the cent, before it is proposed or decided.

    Raises DisputeNotFoundError, OutcomeInvalidError.
    """
    dispute = dispute_of(actor=actor, dispute_id=dispute_id)
    return _split(dispute.order, outcome_checked(dispute.order, outcome), held_of(dispute.order))


def _split(order: Order, outcome: Outcome, held: Money) -> Split:
    """Of a redelivery nothing moves; of a proposal that more was held for, as much as there is."""
    back = outcome.back if outcome.back < held else held
    quote = orders.cancellation_quote(order, back)
    return Split(outcome, quote.back, quote.kept, outcome.kind is OutcomeKind.REFUND and back == held)


def _may(actor: Actor, dispute: Dispute, side: Side | None) -> May:
    state = dispute.status
    is_party, is_opener = side is not None, side is not None and side == dispute.side
    own_accepts = dispute.buyer_accepts if side is Side.BUYER else dispute.freelancer_accepts
    return May(
        answer=is_party and not is_opener and state == DisputeState.AWAITING_ANSWER,
        propose=is_party and state in TALKING,
        escalate=is_party and state == DisputeState.NEGOTIATING,
        withdraw=is_opener and state in TALKING,
        add=is_party and state in OPEN,
        accept_decision=is_party and state == DisputeState.DECIDED and not own_accepts,
        appeal=is_party and state == DisputeState.DECIDED and not dispute.appealed_by,
        decide=not is_party and actor.is_operator and state in AT_OPERATOR and _is_impartial(actor, dispute),
    )


def _is_impartial(actor: Actor, dispute: Dispute) -> bool:
    """On appeal another operator than before, where there is one."""
    if dispute.status != DisputeState.APPEALED:
        return True
    before = list(dispute.decisions.all())[-1].operator_id
    return before != actor.user_id or not other_operator_exists(dispute, before)


def _is_open(is_open: bool) -> Q:
    condition = Q(status__in=[str(state) for state in OPEN])
    return condition if is_open else ~condition


def bundle_content(*, actor: Actor, dispute_id: UUID, number: int) -> tuple[str, bytes]:
    """A bundle's file name and its ZIP file, for both sides and operators; that one looked is recorded.

    Raises DisputeNotFoundError, BundleNotFoundError.
    """
    dispute = dispute_of(actor=actor, dispute_id=dispute_id)
    bundle = dispute.bundles.filter(number=number).exclude(blob_key="").first()
    if bundle is None:
        raise _no_bundle()
    data = _open(bundle)
    audit.record(actor=actor, code="dispute.evidence_opened", subject=dispute, number=number)
    return f"{dispute.number}-evidence-{number}.zip", data


@dataclass(frozen=True, slots=True)
class Evidence:
    """A bundle's readable parts, as pages show them."""

    bundle: EvidenceBundle
    order: dict[str, Any]
    deliveries: list[dict[str, Any]]
    changes: dict[str, Any]
    history: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    """Every part with its hash, its size, and whether it is inside."""


def evidence(*, actor: Actor, page: DisputePage) -> Evidence:
    """The newest bundle of a dispute whose page the actor has, opened for reading; that one looked is recorded.

    It is the only way in which an operator sees messages. Raises BundleNotFoundError.
    """
    if not page.bundles:
        raise _no_bundle()
    bundle = page.bundles[-1]
    data = _open(bundle)
    audit.record(actor=actor, code="dispute.evidence_read", subject=page.dispute, number=bundle.number)
    entries = archives.read(data, archives.MANIFEST)["payload"]["entries"]
    talks = [row["path"] for row in entries if row["path"].startswith("messages-")]
    messages = [message for path in talks for message in archives.read(data, path)]
    return Evidence(
        bundle=bundle,
        order=archives.read(data, "order.json"),
        deliveries=archives.read(data, "deliveries.json"),
        changes=archives.read(data, "changes.json"),
        history=archives.read(data, "history.json"),
        messages=sorted(messages, key=lambda message: str(message["at"])),
        entries=entries,
    )


def _open(bundle: EvidenceBundle) -> bytes:
    try:
        return accounts.blob_open(
            owner_type=KEY_OWNER, owner_id=bundle.dispute_id, key=bundle.blob_key, context=bundle_context(bundle)
        )
    except (KeyDestroyedError, KeyError):
        raise _no_bundle() from None


def _no_bundle() -> BundleNotFoundError:
    return BundleNotFoundError(_("There is no such bundle, or it was destroyed some time after the end."))
