"""Aspects in words, for pages and mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LABELS: dict[str, _StrPromise] = {
    "about": _("the person behind the gigs"),
    "advice": _("advice before an order"),
    "aftercare": _("help after delivery"),
    "ai_use": _("use of AI"),
    "availability": _("availability"),
    "background": _("about the buyer"),
    "bulk": _("an offer for several"),
    "cancellation": _("cancellation and refund policy"),
    "change_order": _("a change of an order"),
    "chit_chat": _("small talk"),
    "compare": _("which gig or package fits"),
    "complaint": _("a complaint"),
    "confidentiality": _("confidentiality"),
    "contact_off": _("contact off the site"),
    "custom": _("a custom project"),
    "delivery": _("delivery time"),
    "discount": _("discounts"),
    "due": _("when an order is due"),
    "experience": _("experience"),
    "extras": _("extras"),
    "files": _("delivered files"),
    "fit": _("whether something can be done"),
    "formats": _("file formats"),
    "greeting": _("a greeting"),
    "guarantee": _("guarantees"),
    "human": _("talking to a person"),
    "invoice": _("invoices"),
    "job": _("a job application"),
    "languages": _("languages"),
    "legal": _("contracts and law"),
    "manipulation": _("an attempt to steer the assistant"),
    "meeting": _("a time to talk"),
    "missing": _("what an order still needs"),
    "negotiation": _("haggling over the price"),
    "onsite": _("work or teaching on site"),
    "order_status": _("the status of an order"),
    "partnership": _("a partnership"),
    "payment": _("payment"),
    "place": _("place and shipping"),
    "price": _("prices"),
    "private": _("private matters"),
    "process": _("how the work goes"),
    "received": _("a look at what was sent"),
    "refund": _("money back"),
    "requirements": _("what is needed to begin"),
    "revisions": _("revisions"),
    "rights": _("rights of use"),
    "rush": _("faster delivery"),
    "samples": _("samples of work"),
    "scope": _("what is included"),
    "sensitive": _("a personal matter"),
    "spam": _("advertising"),
    "thanks": _("thanks"),
    "tools": _("tools and materials"),
    "wrong_person": _("meant for somebody else"),
}


def label_of(aspect: str) -> str:
    """An aspect in words of the language that is set; its key, readable, where it has none."""
    return str(LABELS.get(aspect, aspect.replace("_", " ")))
