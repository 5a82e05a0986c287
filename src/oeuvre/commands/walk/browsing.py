"""A browser without a window: cookies, redirects, and forms filled in as the page shows them, CSRF token and all."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpx
from lxml import html

from oeuvre.commands.walk.telling import WrongError, expect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TIMEOUT = 60.0
UPLOAD = tuple[str, bytes, str]
"""A file's name, its bytes, its type."""


class Page:
    """One answer of the site."""

    def __init__(self, answer: httpx.Response) -> None:
        self.url = str(answer.url)
        self.path = urlsplit(self.url).path
        self.status = answer.status_code
        self.data = answer.content
        self.type = answer.headers.get("content-type", "").partition(";")[0]
        self._text = answer.text if self.type.startswith(("text/", "application/json")) else ""

    @cached_property
    def tree(self) -> Any:
        return html.fromstring(self._text or "<html></html>")

    @property
    def source(self) -> str:
        """What was sent, as text."""
        return self._text

    def texts(self, xpath: str) -> list[str]:
        """The words of every element found, their white space made single."""
        return [" ".join(found.text_content().split()) for found in self.tree.xpath(xpath)]

    def text(self, xpath: str = "//main") -> str:
        """The words of the first element found; empty where there is none."""
        return next(iter(self.texts(xpath)), "")

    def by_class(self, name: str) -> list[str]:
        """The words of every element of a class."""
        return self.texts(f"//*[contains(concat(' ', @class, ' '), ' {name} ')]")

    def attribute(self, xpath: str, name: str) -> str:
        found = self.tree.xpath(xpath)
        return str(found[0].get(name, "")) if found else ""

    def link(self, pattern: str) -> str:
        """The first link whose path matches. Raises WrongError."""
        for found in self.links(pattern):
            return found
        raise self._missing(f"a link to {pattern}")

    def links(self, pattern: str) -> list[str]:
        found = (urljoin(self.url, link.get("href", "")) for link in self.tree.xpath("//a[@href]"))
        return list(dict.fromkeys(link for link in found if re.search(pattern, urlsplit(link).path)))

    def problems(self) -> str:
        """What the page says is wrong: errors of forms, alerts."""
        names = ("error-summary", "field__error", "alert--bad", "message--error")
        found = [text for name in names for text in self.by_class(name)]
        return " ".join(dict.fromkeys(found)) or self.text("//h1")

    def form(self, action: str = "") -> Any:
        """The form that sends to an address matching ``action``; without one, the page's main form."""
        found = [form for form in self.tree.forms if (form.method or "").upper() == "POST"]
        within = [form for form in found if any(parent.tag == "main" for parent in form.iterancestors())]
        for form in within or found:
            if re.search(action, urlsplit(self.action_of(form)).path):
                return form
        raise self._missing(f"a form that sends to {action or 'this page'}")

    def outside(self, form: Any) -> list[tuple[str, str]]:
        """Names and values of hidden fields that belong to a form by its id and stand elsewhere on the page."""
        found = self.tree.xpath("//input[@type='hidden' and @form=$id]", id=form.get("id", ""))
        return [(str(field.get("name")), str(field.get("value", ""))) for field in found]

    def action_of(self, form: Any) -> str:
        return str(urljoin(self.url, form.get("action") or self.url))

    def _missing(self, what: str) -> WrongError:
        return WrongError(f"expected {what} on {self.path}; found “{self.problems()}”")


class Browser:
    """One person's visit to one site."""

    def __init__(self, site: str, language: str = "en") -> None:
        self.site = site.rstrip("/")
        self.client = httpx.Client(
            base_url=self.site,
            follow_redirects=True,
            timeout=TIMEOUT,
            trust_env=False,
            headers={"Accept-Language": language, "Accept": "text/html,*/*"},
        )

    def close(self) -> None:
        self.client.close()

    def get(self, address: str, *, status: int = 200) -> Page:
        """Open a page. Raises WrongError for another status than the one that is right."""
        page = self.look(address)
        expect(page.status == status, f"{page.path} to answer {status}", f"{page.status}, “{page.problems()}”")
        return page

    def look(self, address: str) -> Page:
        """Open a page, whatever it answers."""
        try:
            return Page(self.client.get(address))
        except httpx.HTTPError as error:
            raise WrongError(f"expected an answer from {address}; found {type(error).__name__}: {error}") from error

    def send(
        self,
        page: Page,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        *,
        action: str = "",
        files: Mapping[str, UPLOAD] | None = None,
        status: int = 200,
    ) -> Page:
        """Fill in a form of the page and send it. Raises WrongError, with the page's complaints, for another status."""
        form = page.form(action)
        given = fields or {}
        data: dict[str, Any] = {}
        for name, value in (*form.form_values(), *page.outside(form)):
            if name not in given:
                data.setdefault(name, []).append(value)
        try:
            answer = Page(
                self.client.post(
                    page.action_of(form),
                    data={**data, **given},
                    files=dict(files) if files else None,
                    headers={"Referer": page.url},
                )
            )
        except httpx.HTTPError as error:
            raise WrongError(f"expected an answer from {page.action_of(form)}; found {error!r}") from error
        expect(answer.status == status, f"{answer.path} to take the form", f"{answer.status}, “{answer.problems()}”")
        return answer

    def download(self, address: str, kind: str = "") -> bytes:
        """A file. Raises WrongError where it is no file of that type."""
        page = self.get(address)
        expect(page.type.startswith(kind), f"{page.path} to be {kind}", page.type)
        return page.data

    def events(self, address: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Server-sent events until the stream ends: name and data."""
        try:
            with self.client.stream("GET", address, headers={"Accept": "text/event-stream"}) as answer:
                expect(answer.status_code == httpx.codes.OK, "a stream of events", answer.status_code)
                name = "message"
                for line in answer.iter_lines():
                    if line.startswith("event:"):
                        name = line[6:].strip()
                    elif line.startswith("data:"):
                        yield name, json.loads(line[5:])
        except httpx.HTTPError as error:
            raise WrongError(f"expected a stream of events from {address}; found {error!r}") from error
