"""Mails about orders, and the cards in their conversations. They name the order and quote nothing that somebody wrote in
it: mail is read on the way, and labels of cards are in clear."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.states import CardKind
from oeuvre.domains.orders.common import Side, person_of
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from datetime import datetime

    from oeuvre.domains.orders.models import Order


class Notice(StrEnum):
    """What a mail tells. Both sides hear of those that are not meant for one."""

    ORDERED = "ordered"
    PAID_ASKS = "paid_asks"
    PAYMENT_FAILED = "payment_failed"
    STARTED = "started"
    NEXT_MILESTONE = "next_milestone"
    QUESTION = "question"
    ANSWERED = "answered"
    DUE_SOON = "due_soon"
    LATE = "late"
    DELIVERED = "delivered"
    REVISION = "revision"
    COMPLETED = "completed"
    COMPLETED_BY_SILENCE = "completed_by_silence"
    CANCELLED = "cancelled"
    PROPOSED = "proposed"
    DECLINED = "declined"
    EXTRA_AGREED = "extra_agreed"
    EXTENDED = "extended"
    DISPUTE_WITHDRAWN = "dispute_withdrawn"
    CHARGED_BACK = "charged_back"
    CONSENT_ASKED = "consent_asked"
    CONSENT_GRANTED = "consent_granted"
    CONSENT_REVOKED = "consent_revoked"


CARD_COMPLETE = gettext_noop("The order is complete.")
CARD_CANCELLED = gettext_noop("The order was cancelled.")
CARD_DISPUTED = gettext_noop("A dispute was opened; the order stands still.")

_CARDS = {
    Notice.ORDERED: gettext_noop("The order is paid. Questions are answered next."),
    Notice.STARTED: gettext_noop("The order is paid, and the work began."),
    Notice.NEXT_MILESTONE: gettext_noop("A milestone was accepted, and the next one began."),
    Notice.QUESTION: gettext_noop("A question was asked; the time stands still."),
    Notice.ANSWERED: gettext_noop("The question was answered; the time runs on."),
    Notice.DELIVERED: gettext_noop("The work was delivered."),
    Notice.REVISION: gettext_noop("A revision was asked for."),
    Notice.PROPOSED: gettext_noop("A change was proposed."),
    Notice.DECLINED: gettext_noop("The change was declined."),
    Notice.EXTRA_AGREED: gettext_noop("An extra was added and paid."),
    Notice.EXTENDED: gettext_noop("A new date was agreed on."),
    Notice.COMPLETED: CARD_COMPLETE,
    Notice.COMPLETED_BY_SILENCE: gettext_noop("The order is complete: the time to look at it passed."),
    Notice.CANCELLED: CARD_CANCELLED,
    Notice.DISPUTE_WITHDRAWN: gettext_noop("The dispute is over; the order goes on."),
}
"""What the order's conversation says of it. Kept as they stand here, and shown in the language of whoever reads."""


def _texts(side: Side, values: dict[str, str]) -> dict[Notice, tuple[str, str]]:
    """Subject and first paragraph of each notice, for one side."""
    buyer = side is Side.BUYER
    return {
        Notice.ORDERED: (
            _("%(other)s ordered from you") % values,
            _("The order is paid. %(other)s answers your questions next; then your time begins.") % values,
        ),
        Notice.PAID_ASKS: (
            _("%(other)s needs a few answers") % values,
            _("Your order is paid. Answer the questions of %(other)s so that the work can begin.") % values,
        ),
        Notice.PAYMENT_FAILED: (
            _("The payment for your order failed"),
            _("Nothing was charged. Try again with another card, or leave it; the order then lapses."),
        ),
        Notice.STARTED: (
            _("%(other)s ordered from you") % values,
            _("The order is paid and your time begins now. Deliver by %(due)s.") % values,
        ),
        Notice.NEXT_MILESTONE: (
            _("On to the next milestone"),
            _("%(other)s accepted your delivery. The next milestone is due on %(due)s.") % values,
        ),
        Notice.QUESTION: (
            _("%(other)s has a question") % values,
            _("The work goes on when you have answered. Until then the time stands still."),
        ),
        Notice.ANSWERED: (
            _("%(other)s answered your question") % values,
            _("Your time runs on. Deliver by %(due)s.") % values,
        ),
        Notice.DUE_SOON: (
            _("An order is due soon"),
            _("Deliver by %(due)s. If you need more time, ask %(other)s for it now.") % values,
        ),
        Notice.LATE: (
            _("An order is late"),
            _("It was due on %(due)s. You can wait, or cancel it and get everything back from %(free)s on.") % values
            if buyer
            else _("It was due on %(due)s. Deliver it, or agree on another date; from %(free)s on it can be cancelled.")
            % values,
        ),
        Notice.DELIVERED: (
            _("%(other)s delivered") % values,
            _("Look at it and accept it, or say what should change. Without a word it is accepted on %(review)s.")
            % values,
        ),
        Notice.REVISION: (
            _("%(other)s asks for a revision") % values,
            _("Read what should change, and deliver again by %(due)s.") % values,
        ),
        Notice.COMPLETED: (
            _("Your order is complete"),
            _("The files are yours to use as agreed. The signed assignment of rights is on the order's page.")
            if buyer
            else _("%(other)s accepted it. Your earnings clear now and can be paid out after that.") % values,
        ),
        Notice.COMPLETED_BY_SILENCE: (
            _("Your order is complete"),
            _("The time to look at it has passed, so it counts as accepted. The files are yours to use as agreed.")
            if buyer
            else _("The time to look at it has passed, so it counts as accepted. Your earnings clear now."),
        ),
        Notice.CANCELLED: (
            _("An order was cancelled"),
            _(
                "What goes back to you is on its way to your card; the order's page has each amount. Work that is paid "
                "back is not yours to use, and its files are closed."
            )
            if buyer
            else _("The order's page says why, and what of the money is yours. Work that is paid back is yours alone."),
        ),
        Notice.PROPOSED: (
            _("%(other)s proposes a change") % values,
            _("Read it and accept or decline; nothing changes before you do."),
        ),
        Notice.DECLINED: (
            _("%(other)s declined your proposal") % values,
            _("The order goes on as it was agreed."),
        ),
        Notice.EXTRA_AGREED: (_("An extra was added"), _("It is paid. The order is due on %(due)s.") % values),
        Notice.EXTENDED: (_("A new date was agreed"), _("The order is due on %(due)s.") % values),
        Notice.DISPUTE_WITHDRAWN: (_("The dispute is over"), _("The order goes on where it stood.")),
        Notice.CHARGED_BACK: (
            _("A payment was taken back"),
            _(
                "Your bank took a payment of a completed order back. The rights in that work, and its files, went with it."
            )
            if buyer
            else _(
                "The buyer's bank took a payment of a completed order back. What you were paid out already stays yours."
            ),
        ),
        Notice.CONSENT_ASKED: (
            _("%(other)s asks to learn from your order") % values,
            _(
                "May what you received be used to train a model of %(other)s? It is your decision, and you can change it."
            )
            % values,
        ),
        Notice.CONSENT_GRANTED: (
            _("%(other)s agrees to training") % values,
            _("What you delivered may be trained on. Add it to your works."),
        ),
        Notice.CONSENT_REVOKED: (
            _("%(other)s does not agree to training any more") % values,
            _("Versions that learned from it are not sold until you train them again without it."),
        ),
    }


def notify(order: Order, notice: Notice, *, to: Side | None = None) -> None:
    """Write to one side, or to both, in their languages, inside the caller's transaction. Accounts that are gone get
    nothing. The order's conversation, if there is one, gets a card, of which nobody is mailed again."""
    if notice in _CARDS:
        card_post(order, _CARDS[notice])
    for side in (to,) if to else tuple(Side):
        reader = person_of(order, side)
        if not reader.is_active or reader.deleted_at:
            continue
        with override(reader.locale):
            subject, text = _texts(side, _values(order, side))[notice]
            body = [f"{order.title}\n{order.number}", text, f"{settings.SITE_URL}/orders/{order.pk}/"]
            send_mail(subject, "\n\n".join(body), None, [reader.email])


def card_post(order: Order, said: str) -> None:
    """A card in the order's conversation, where there is one. It is no news: whoever posts it tells the two by mail.

    ``said`` is a text that is marked for translation, as it stands in the source.
    """
    if order.conversation_id is None:
        return
    conversations.event_post(
        actor=Actor.system(),
        conversation_id=order.conversation_id,
        card=conversations.Card(CardKind.ORDER_EVENT, order.pk, said),
        is_news=False,
    )


def _values(order: Order, side: Side) -> dict[str, str]:
    late = order.due_at + timedelta(days=settings.ORDER_LATE_DAYS) if order.due_at else None
    return {
        "other": " ".join(person_of(order, side.other).public_name.split()),
        "due": _moment(order.due_at),
        "free": _moment(late),
        "review": _moment(order.review_until),
    }


def _moment(moment: datetime | None) -> str:
    """Day and time in the site's time zone, which mails name."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
