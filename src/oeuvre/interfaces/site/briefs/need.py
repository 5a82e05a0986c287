"""What a visitor told the guide, kept between its pages, so that reload, back and login lose nothing.

It lies in the visitor's session, sealed with a key that only their browser has: until a brief is kept, nobody else can read a
word of it, and without the cookie it is gone.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from oeuvre.domains.briefs.selectors import Answer

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NAME = "need"
"""Of the cookie, and of the value in the session."""
_NONCE = 12
_KEY_BITS = 128


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it is read; ``number`` is that of its page."""

    number: int
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Need:
    """What was said so far."""

    text: str = ""
    answers: tuple[Answer, ...] = ()
    """In the order in which they were given."""
    known: dict[str, str] = field(default_factory=dict)
    """Question → answer, those too that a changed answer made needless: chosen already if they are asked again."""
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Question → how it and its answer read."""
    category: str = ""
    use_case: str = ""
    """What the visitor chose of the proposals."""
    form: str = ""
    """The draft as it was last sent, as a query string; empty before."""

    @property
    def given(self) -> list[Given]:
        """The answers in their order."""
        said = [(answer, self.said.get(answer.question, ("", ""))) for answer in self.answers]
        return [Given(number, *words) for number, (_answer, words) in enumerate(said, start=1)]


def need_of(request: HttpRequest) -> Need:
    """What was said so far; an empty need where nothing was, or where it cannot be opened."""
    key, sealed = _key(request), request.session.get(NAME)
    if key is None or not sealed:
        return Need()
    try:
        data = base64.b64decode(sealed)
        raw: dict[str, Any] = json.loads(AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], NAME.encode()))
        return Need(**{**raw, "answers": tuple(Answer(**one) for one in raw["answers"])})
    except (ValueError, InvalidTag, TypeError, KeyError):  # another key, or written by another version
        return Need()


def need_keep(request: HttpRequest, answer: HttpResponse, need: Need) -> HttpResponse:
    """Keep what was said, and give the browser the key to it."""
    key = _key(request) or AESGCM.generate_key(_KEY_BITS)
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, json.dumps(asdict(need)).encode(), NAME.encode())
    request.session[NAME] = base64.b64encode(sealed).decode()
    answer.set_cookie(
        NAME,
        base64.urlsafe_b64encode(key).decode(),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


def need_forget(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Nothing of it stays."""
    request.session.pop(NAME, None)
    answer.delete_cookie(NAME, samesite="Lax")
    return answer


def _key(request: HttpRequest) -> bytes | None:
    try:
        found = base64.urlsafe_b64decode(request.COOKIES.get(NAME, ""))
    except ValueError:
        return None
    return found if len(found) == _KEY_BITS // 8 else None
