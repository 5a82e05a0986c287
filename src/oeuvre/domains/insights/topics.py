"""What the assistant's aspects are called in insights, and which of them are no topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NO_TOPIC = frozenset(
    {"background", "chit_chat", "greeting", "job", "manipulation", "partnership", "spam", "thanks", "wrong_person"}
)
"""Said along the way, or no enquiry at all."""

TOPICS: dict[str, StrOrPromise] = {
    "about": _("you"),
    "advice": _("advice"),
    "aftercare": _("help afterwards"),
    "ai_use": _("the use of AI"),
    "availability": _("availability"),
    "bulk": _("several at once"),
    "cancellation": _("cancelling"),
    "change_order": _("changes to an order"),
    "compare": _("which package to take"),
    "complaint": _("complaints"),
    "confidentiality": _("confidentiality"),
    "contact_off": _("contact off the site"),
    "custom": _("larger or other projects"),
    "delivery": _("delivery time"),
    "discount": _("discounts"),
    "due": _("due dates"),
    "experience": _("experience"),
    "extras": _("extras"),
    "files": _("delivered files"),
    "fit": _("whether you do it"),
    "formats": _("file formats"),
    "guarantee": _("guarantees"),
    "human": _("talking to you in person"),
    "invoice": _("invoices"),
    "languages": _("languages"),
    "legal": _("legal matters"),
    "meeting": _("meetings"),
    "missing": _("what is still missing"),
    "negotiation": _("the price on offer"),
    "order_status": _("the state of an order"),
    "payment": _("payment"),
    "place": _("working on site"),
    "price": _("the price"),
    "private": _("private matters"),
    "process": _("how you work"),
    "received": _("whether something arrived"),
    "refund": _("money back"),
    "requirements": _("what you need from them"),
    "revisions": _("revisions"),
    "rights": _("rights"),
    "rush": _("working faster"),
    "samples": _("samples"),
    "scope": _("what is included"),
    "sensitive": _("delicate matters"),
    "tools": _("tools"),
}
"""Each fits after "about". An aspect that is not here goes by its key."""


def topic_name(key: str) -> str:
    return str(TOPICS.get(key) or key.replace("_", " "))
