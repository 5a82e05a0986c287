"""A freelancer at the pages of their gigs: reads a page's form as it stands, changes it, and presses a button."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.test import Client
from django.urls import reverse
from lxml import html
from PIL import Image

from oeuvre.domains.catalog import selectors

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.catalog.content import GigContent
    from oeuvre.domains.catalog.models import Gig

FORM = "section-form"


@dataclass
class Page:
    """What an answer showed: its status, its words, and what stood in the editor's form."""

    status: int
    text: str
    address: str
    form: dict[str, Any]

    @classmethod
    def of(cls, answer: Any, path: str) -> Page:
        text = answer.content.decode()
        chain = getattr(answer, "redirect_chain", [])
        return cls(answer.status_code, text, chain[-1][0] if chain else path, form_of(text))

    def error_of(self, field: str) -> str:
        """What is said beside a field, by its id."""
        found = html.fromstring(self.text).get_element_by_id(f"{field}_error", None)
        return "" if found is None else " ".join(found.text_content().split())


def form_of(text: str) -> dict[str, Any]:
    """The editor's fields as a browser would send them; empty for a page without it."""
    form = html.fromstring(text).get_element_by_id(FORM, None)
    if form is None:
        return {}
    sent: dict[str, Any] = {}
    for name, value in form.form_values():
        # a line break right after <textarea> belongs to the markup (HTML, 13.2.6.4.7)
        sent.setdefault(name, []).append(value.removeprefix("\n"))
    return sent


@dataclass
class Desk:
    """The studio of one freelancer, in one window."""

    user: User
    client: Client

    @classmethod
    def of(cls, user: User) -> Desk:
        client = Client()
        client.force_login(user)
        return cls(user, client)

    def open(self, name: str, *args: Any, **query: Any) -> Page:
        path = reverse(f"studio_gigs:{name}", args=args)
        return Page.of(self.client.get(path, query, follow=True), path)

    def press(self, name: str, *args: Any, **data: Any) -> Page:
        path = reverse(f"studio_gigs:{name}", args=args)
        return Page.of(self.client.post(path, data, follow=True), path)

    def section(self, gig: Gig, key: str) -> Page:
        return self.open("section", gig.pk, key)

    def send(self, gig: Gig, key: str, page: Any = None, *, do: Any = "save", **changes: Any) -> Page:
        """The section's form as ``page`` (a Page) had it, or as it stands now, with changes and one button pressed."""
        form = (page or self.section(gig, key)).form
        return self.press("section", gig.pk, key, **{**form, **changes}, do=do)

    def content(self, gig: Gig) -> GigContent:
        """The draft as it is stored."""
        return selectors.gig_draft(actor=self.user.actor, gig_id=gig.pk).content


def picture() -> io.BytesIO:
    data = io.BytesIO()
    Image.new("RGB", (90, 60), "teal").save(data, "PNG")
    data.seek(0)
    data.name = "quay.png"
    return data
