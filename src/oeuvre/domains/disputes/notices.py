"""Mails about disputes. They name the dispute, its dates and what happens by itself, and quote nothing that was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.domains.disputes.states import PARTIES, DisputeState, OutcomeKind, SettledBy, Side
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from oeuvre.domains.disputes.models import Decision, Dispute, Proposal

Text = tuple[str, list[str]]
"""Subject and paragraphs."""


def opened(dispute: Dispute, proposal: Outcome | None) -> None:
    """To both, with what silence leads to and when, and with what was proposed at once."""
    opener = Side(dispute.side)

    def for_opener() -> Text:
        return _("You opened a dispute"), [
            _("The order and its money stand still. %(other)s has until %(due)s to answer.") % _values(dispute, opener),
            _silence(dispute),
        ]

    def for_other() -> Text:
        return _("%(other)s opened a dispute") % _values(dispute, opener.other), [
            _("The order and its money stand still. Answer by %(due)s, or make a proposal.")
            % _values(dispute, opener.other),
            *_proposed(dispute, opener, proposal),
            _silence(dispute),
        ]

    _tell(dispute, [opener], for_opener)
    _tell(dispute, [opener.other], for_other)


def _proposed(dispute: Dispute, by: Side, outcome: Outcome | None) -> list[str]:
    """What the other side is told of a proposal; nothing where there is none."""
    if outcome is None:
        return []
    said = _("%(other)s proposes this: %(what)s The page shows who gets how much. Nothing happens before you accept.")
    return [said % {**_values(dispute, by.other), "what": outcome_sentence(outcome)}]


def _silence(dispute: Dispute) -> str:
    """What happens without an answer, with the published rule."""
    values = {"rule": _(dispute.rule), "what": outcome_sentence(default_of(dispute))}
    return _("Without an answer by then this happens: %(what)s The rule: %(rule)s") % values


def default_of(dispute: Dispute) -> Outcome:
    """What silence leads to; its day is counted from the deadline."""
    return Outcome(OutcomeKind(dispute.default_kind), Money(dispute.default_back, dispute.currency))


def outcome_sentence(outcome: Outcome) -> str:
    """An outcome in a sentence, the amount before its part of fee and tax."""
    if outcome.kind is OutcomeKind.REFUND:
        return _("%(back)s of the price goes back to the buyer, with its part of fee and tax.") % {"back": outcome.back}
    if outcome.kind is OutcomeKind.REDELIVERY:
        if outcome.until is None:
            return _("The freelancer delivers again.")
        return _("The freelancer delivers again by %(until)s.") % {"until": moment(outcome.until)}
    if outcome.kind is OutcomeKind.DECISION:
        return _("An operator decides.")
    return _("The order is complete, and what is held is the freelancer's.")


def answered(dispute: Dispute, proposal: Outcome | None) -> None:
    """To whoever opened it, with what the answer proposes."""
    opener = Side(dispute.side)

    def text() -> Text:
        return _("%(other)s answered your dispute") % _values(dispute, opener), [
            *_proposed(dispute, opener.other, proposal),
            _("Propose what would be fair, or call an operator. On %(due)s an operator takes it up by itself.")
            % _values(dispute, opener),
        ]

    _tell(dispute, [opener], text)


def statement_added(dispute: Dispute, side: Side) -> None:
    def text() -> Text:
        return _("%(other)s wrote in your dispute") % _values(dispute, side.other), [_("Read it on its page.")]

    _tell(dispute, [side.other], text)


def proposed(dispute: Dispute, proposal: Proposal) -> None:
    side = Side(proposal.side)

    def text() -> Text:
        return _("%(other)s proposes an end to the dispute") % _values(dispute, side.other), [
            outcome_sentence(proposal.outcome_in(dispute.currency)),
            _("The page shows who gets how much. Nothing happens before you accept."),
        ]

    _tell(dispute, [side.other], text)


def declined(dispute: Dispute, proposal: Proposal) -> None:
    side = Side(proposal.side)

    def text() -> Text:
        return _("%(other)s declined your proposal") % _values(dispute, side), [
            _("Make another one, or call an operator.")
        ]

    _tell(dispute, [side], text)


def at_operator(dispute: Dispute) -> None:
    def text() -> Text:
        return _("An operator decides your dispute"), [
            _("You can expect the decision by %(due)s. Until then the two of you can still agree.")
            % _values(dispute, Side.BUYER)
        ]

    _tell(dispute, PARTIES, text)


def decided(dispute: Dispute, decision: Decision) -> None:
    def text() -> Text:
        return _("Your dispute was decided"), [
            outcome_sentence(decision.outcome_in(dispute.currency)),
            _("The reasons are on its page. Nothing happens before %(due)s: until then you can appeal, once.")
            % _values(dispute, Side.BUYER),
            _("If both of you accept it, it happens at once."),
        ]

    _tell(dispute, PARTIES, text)


def appealed(dispute: Dispute, side: Side) -> None:
    def for_other() -> Text:
        return _("%(other)s appealed the decision") % _values(dispute, side.other), [
            _("Add a statement if you want to. The next decision is final.")
        ]

    def for_side() -> Text:
        return _("Your appeal was received"), [
            _("You can expect the decision by %(due)s. It is final.") % _values(dispute, side)
        ]

    _tell(dispute, [side.other], for_other)
    _tell(dispute, [side], for_side)


def settled(dispute: Dispute, *, is_all_back: bool) -> None:
    """To both. ``is_all_back``: all that was held went back to the buyer, and the rights with it to the freelancer."""
    outcome = dispute.settlement
    if outcome is None:
        return

    def text() -> Text:
        how = {
            SettledBy.AGREEMENT: _("The two of you agreed."),
            SettledBy.SILENCE: _("The time to answer passed, so the published rule applies."),
            SettledBy.DECISION: _("The decision takes effect."),
            SettledBy.APPEAL: _("It was decided on appeal. This is final; the reasons are on its page."),
        }[SettledBy(dispute.settled_by)]
        said = [how, outcome_sentence(outcome)]
        if is_all_back:
            said.append(
                _("The rights in what was paid back are the freelancer's again; its files are closed to the buyer.")
            )
        return _("Your dispute is over"), said

    _tell(dispute, PARTIES, text)


def overtaken(dispute: Dispute) -> None:
    def text() -> Text:
        return _("Your dispute is over"), [
            _("The buyer's bank took the payment back before it was settled. Nothing is left to decide here.")
        ]

    _tell(dispute, PARTIES, text)


def deadline_near(dispute: Dispute) -> None:
    """To whoever can still do something, with what happens otherwise."""
    opener = Side(dispute.side)

    def text() -> Text:
        values = _values(dispute, opener)
        match dispute.status:
            case DisputeState.AWAITING_ANSWER:
                return _("Answer the dispute by %(due)s") % values, [_silence(dispute)]
            case DisputeState.NEGOTIATING:
                return _("An operator takes your dispute up on %(due)s") % values, [
                    _("Until then, and until the decision, the two of you can agree.")
                ]
            case _:
                return _("The decision takes effect on %(due)s") % values, [_("Until then it can be appealed, once.")]

    sides = [opener.other] if dispute.status == DisputeState.AWAITING_ANSWER else PARTIES
    _tell(dispute, sides, text)


def _values(dispute: Dispute, reader: Side) -> dict[str, str]:
    other = dispute.freelancer if reader is Side.BUYER else dispute.buyer
    return {
        "other": " ".join(other.public_name.split()),
        "due": moment(dispute.due_at) if dispute.due_at else "",
    }


def moment(at: datetime) -> str:
    """Day and time in the site's time zone, which mails name."""
    local = timezone.localtime(at)
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


def _tell(dispute: Dispute, sides: Iterable[Side], text: Callable[[], Text]) -> None:
    """Write to the sides, each in their language. Accounts that are gone get nothing."""
    for side in sides:
        person = dispute.buyer if side is Side.BUYER else dispute.freelancer
        if not person.is_active or person.deleted_at:
            continue
        with override(person.locale):
            subject, paragraphs = text()
            head = _("Dispute %(number)s about order %(order)s") % {
                "number": dispute.number,
                "order": dispute.order.number,
            }
            link = f"{settings.SITE_URL}/disputes/{dispute.pk}/"
            send_mail(subject, "\n\n".join([head, *paragraphs, link]), None, [person.email])
