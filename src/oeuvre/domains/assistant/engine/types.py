"""What the assistant knows, what it may do, what it is asked, and what it decided: plain values, without a database.

Ids of sources are stable and readable, because a reply cites them: ``profile``, ``gig:KEY``, ``gig:KEY:package:basic``,
``gig:KEY:extra:0``, ``gig:KEY:faq:2``, ``answer:ID``, ``passage:ID``, ``order:ID``, ``rules``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, time

    from oeuvre.kit.money import Money


class Audience(StrEnum):
    """Whose message it is; each has a policy of its own. A running order goes before being known; away before all."""

    NEW = "new"
    KNOWN = "known"
    RUNNING_ORDER = "running_order"
    AWAY = "away"
    """Anybody, while the freelancer is out of office."""


class Policy(StrEnum):
    """What the assistant does for an audience."""

    OFF = "off"
    DRAFT = "draft"
    """It writes for the freelancer's eyes, who sends or discards."""
    ANSWER = "answer"
    """It answers by itself, outside office hours only or always, as the freelancer set."""


class TaskKind(StrEnum):
    """Routine work, each behind a switch of its own."""

    COLLECT_REQUIREMENTS = "collect_requirements"
    SEND_GIG = "send_gig"
    CUSTOM_OFFER = "custom_offer"
    ORDER_STATUS = "order_status"
    FILES = "files"
    """Links to the invoice and to delivered files."""
    REMIND = "remind"
    DECLINE = "decline"
    PROPOSE_TIMES = "propose_times"
    THANK = "thank"
    """Thank after an order and ask for a review."""


class Action(StrEnum):
    """What the assistant does with a message."""

    ANSWER = "answer"
    """With an approved reply from the bank, in its own words."""
    COMPOSE = "compose"
    """From cited sources."""
    CLARIFY = "clarify"
    """It asks one question back."""
    TASK = "task"
    DECLINE = "decline"
    """Work that the freelancer refuses, or what is no enquiry at all."""
    HAND_OFF = "hand_off"


class Tone(StrEnum):
    FRIENDLY = "friendly"
    NEUTRAL = "neutral"
    FORMAL = "formal"


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """One size of a gig. ``days`` to the delivery; ``includes`` are lines such as ``3 concepts``."""

    key: str
    title: str
    price: Money
    days: int
    revisions: int
    description: str = ""
    includes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtraFacts:
    title: str
    price: Money
    days: int = 0
    description: str = ""


@dataclass(frozen=True, slots=True)
class FaqFacts:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class GigFacts:
    """A gig on show. ``languages`` are BCP 47; ``rights`` and ``ai_policy`` are sentences for people."""

    key: str
    title: str
    summary: str = ""
    description: str = ""
    category: str = ""
    languages: tuple[str, ...] = ()
    packages: tuple[PackageFacts, ...] = ()
    extras: tuple[ExtraFacts, ...] = ()
    faq: tuple[FaqFacts, ...] = ()
    requirements: tuple[str, ...] = ()
    rights: str = ""
    ai_policy: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """An answer that the freelancer accepted. ``sources`` are ids of what it was made from, none for their own words."""

    id: str
    question: str
    reply: str
    language: str = "en"
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Anything else that may be cited: a policy, facts of finished orders, an agreed conversation."""

    id: str
    title: str
    text: str
    language: str = "en"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    headline: str = ""
    about: str = ""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that one freelancer's assistant may use; nothing of anybody else's is in it."""

    profile: Profile
    gigs: tuple[GigFacts, ...] = ()
    answers: tuple[BankAnswer, ...] = ()
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A matter with a name, and what people write when they mean it."""

    name: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferLimits:
    """Within these the assistant may send a custom offer: packages of a gig times a number, plus extras, no other terms."""

    most: Money
    most_copies: int = 1


@dataclass(frozen=True, slots=True)
class OfficeWindow:
    """Hours of a weekday (0 is Monday) in the freelancer's time zone."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Rules:
    """What the freelancer set. ``discount_most`` is in percent, of the price as listed; 0 means none, ever."""

    hand_off_topics: tuple[Topic, ...] = ()
    never: tuple[str, ...] = ()
    """Questions that the assistant never answers: it hands them off."""
    refused: tuple[Topic, ...] = ()
    """Work that the freelancer does not take on."""
    discount_most: int = 0
    offers: OfferLimits | None = None
    tasks: frozenset[TaskKind] = frozenset()
    policies: Mapping[Audience, Policy] = field(default_factory=dict)
    tone: Tone = Tone.FRIENDLY
    languages: tuple[str, ...] = ("en",)
    """In which it may reply, BCP 47; the first where the buyer's is none of them."""
    office: tuple[OfficeWindow, ...] = ()
    time_zone: str = "UTC"
    away_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order of this buyer with this freelancer. ``status`` is the order's own code."""

    id: str
    number: str
    title: str
    status: str
    status_words: str
    """The state as the order's page says it, in the buyer's language."""
    due_at: datetime | None = None
    missing: tuple[str, ...] = ()
    """Labels of requirements that the buyer has not answered."""
    invoice_url: str = ""
    files_url: str = ""
    """Empty until something was delivered."""
    page_url: str = ""
    is_finished: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """``who`` is ``buyer``, ``freelancer`` or ``assistant``."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a message stands."""

    now: datetime
    audience: Audience = Audience.NEW
    turns: tuple[Turn, ...] = ()
    """What was said before, oldest first."""
    orders: tuple[OrderFacts, ...] = ()
    about: str = ""
    """Key of the gig that the conversation is about."""
    files: tuple[str, ...] = ()
    """Names of files that came with the message. Their contents are never read."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a reply. ``sources`` is empty for what claims nothing: a greeting, a question, a hand-off."""

    text: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskCall:
    """Work that the platform does when the reply is sent. ``arguments`` are of the task's kind and hold no free text:
    ``gig``, ``package``, ``extras`` (numbers joined by commas), ``copies``, ``order``."""

    kind: TaskKind
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the assistant does, why, and how sure it is (0 to 1). ``reason`` is a stable code (engine/reasons)."""

    action: Action
    reason: str
    confidence: float
    sentences: tuple[Sentence, ...] = ()
    """The reply; on a hand-off, that a person will answer, with what is answered already or may help until then."""
    task: TaskCall | None = None
    aspects: tuple[str, ...] = ()
    """What was asked about, by the engine's keys: price, delivery, rights …"""
    language: str = "en"
    summary: str = ""
    """For the freelancer, on a hand-off: what the buyer wants, in a line or two, in the buyer's own words."""
    tokens: int = 0
    """Of the chat model, in and out; 0 where none was asked."""

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def sources(self) -> tuple[str, ...]:
        """What the reply cites, each once, in order."""
        return tuple(dict.fromkeys(source for sentence in self.sentences for source in sentence.sources))


class Vectors(Protocol):
    """Meaning of short texts."""

    def of(self, texts: Sequence[str]) -> list[list[float]] | None:
        """A vector of length 1 for each, or None while nobody can tell."""
        ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader says of a message beside some texts: probabilities, in the order of the texts."""

    settles: tuple[float, ...]
    """That the text settles what is asked, or a part of it."""
    touches: tuple[float, ...]
    """That it is about the same matter, whether it settles it or not."""
    kinds: Mapping[str, float]
    """Of the message: ``answerable``, ``hand_off``, ``not_for_us``, or a ``TaskKind`` by its value."""


class Reader(Protocol):
    """Reads a message and texts together, which tells more than to compare what each means by itself."""

    def judge(self, question: str, texts: Sequence[str]) -> Judgement | None:
        """All texts at once, or None while nobody can tell."""
        ...


class Chat(Protocol):
    """A chat model behind an OpenAI-compatible address."""

    def write(self, *, system: str, user: str, max_tokens: int) -> tuple[str, int]:
        """The text and how many tokens it took, in and out. Raises ChatUnavailableError."""
        ...
