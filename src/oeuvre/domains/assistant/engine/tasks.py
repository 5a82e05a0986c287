"""Routine work: about orders, offers within limits, the right gig, times for a talk, thanks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from oeuvre.domains.assistant.engine.composing import money_text
from oeuvre.domains.assistant.engine.gigs import copies_of, with_extras
from oeuvre.domains.assistant.engine.types import TaskCall, TaskKind
from oeuvre.domains.assistant.engine.words import content_of, english_of, language_of
from oeuvre.kit.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oeuvre.domains.assistant.engine.composing import Composer
    from oeuvre.domains.assistant.engine.gigs import About
    from oeuvre.domains.assistant.engine.types import OfficeWindow, OrderFacts, Rules, Sentence, Situation, Vectors

MOST_TIMES = 3
OF_ORDERS = {
    "order_status": TaskKind.ORDER_STATUS,
    "due": TaskKind.REMIND,
    "files": TaskKind.FILES,
    "invoice": TaskKind.FILES,
    "missing": TaskKind.COLLECT_REQUIREMENTS,
}
"""Aspects of an order that there is, and the work that answers them."""
OF_ORDER, ASKED = 0.35, 0.2
"""How likely a message has to be about an order, and an aspect to be asked about."""


@dataclass(frozen=True, slots=True)
class Done:
    """A task with its reply, or why it is beyond what the rules allow (``is_beyond``)."""

    call: TaskCall | None
    sentences: tuple[Sentence, ...] = ()
    is_beyond: bool = False


def asked_of_orders(share: Callable[..., float], situation: Situation) -> tuple[list[str], float]:
    """What is asked about an order, the likeliest first, and how likely it is that anything is. Whoever has an order that waits for
    something and asks what is needed asks what it waits for.
    """
    if not situation.orders:
        return [], 0.0
    waits = any(order.missing and not order.is_finished for order in situation.orders)
    means: dict[str, tuple[str, ...]] = {aspect: (aspect,) for aspect in OF_ORDERS}
    if waits:
        means["missing"] = ("missing", "requirements")
    total = share(*(aspect for aspects in means.values() for aspect in aspects))
    shares = {aspect: share(*aspects) for aspect, aspects in means.items()}
    asked = sorted((aspect for aspect in shares if shares[aspect] >= ASKED), key=lambda aspect: -shares[aspect])
    return (asked, total) if total >= OF_ORDER else ([], 0.0)


def order_of(text: str, language: str, situation: Situation, aspect: str) -> OrderFacts | None:
    """The order that is meant: by number, by title, else the one that the question fits."""
    orders = situation.orders
    if not orders:
        return None
    folded = fold(text)
    by_number = [order for order in orders if fold(order.number) in folded or f"#{fold(order.id)}" in folded]
    if by_number:
        return by_number[0]
    words = content_of(english_of(text, language))

    def fitness(order: OrderFacts) -> tuple[float, int]:
        title = content_of(english_of(order.title, language_of(order.title)))
        fits = {
            "files": bool(order.files_url),
            "invoice": bool(order.invoice_url),
            "missing": bool(order.missing) and not order.is_finished,
        }.get(aspect, not order.is_finished)
        return len(title & words) / max(1, len(title)) + 0.4 * fits, orders.index(order)

    return max(orders, key=fitness)


def of_order(aspects: Sequence[str], order: OrderFacts, composer: Composer, rules: Rules) -> Done | None:
    """Answer what is asked about an order from its facts; None where its switch is off."""
    source = f"order:{order.id}"
    kinds = [OF_ORDERS[aspect] for aspect in aspects if aspect in OF_ORDERS]
    if "due" in aspects and TaskKind.REMIND not in rules.tasks:
        kinds = [TaskKind.ORDER_STATUS if kind is TaskKind.REMIND else kind for kind in kinds]
    kinds = [kind for kind in kinds if kind in rules.tasks]
    if not kinds:
        return None
    sentences: list[Sentence] = []
    if {TaskKind.ORDER_STATUS, TaskKind.REMIND} & set(kinds):
        sentences += composer.order(order, rules.time_zone)
    if TaskKind.COLLECT_REQUIREMENTS in kinds:
        sentences += _missing(order, composer, source)
    if "files" in aspects and TaskKind.FILES in kinds:
        if order.files_url:
            sentences.append(composer.cited("order_files", source, number=order.number, url=order.files_url))
        else:
            sentences.append(composer.cited("order_no_files", source, number=order.number))
    if "invoice" in aspects and TaskKind.FILES in kinds and order.invoice_url:
        sentences.append(composer.cited("order_invoice", source, number=order.number, url=order.invoice_url))
    return Done(TaskCall(kinds[0], {"order": order.id}), tuple(dict.fromkeys(sentences))) if sentences else None


def _missing(order: OrderFacts, composer: Composer, source: str) -> list[Sentence]:
    if not order.missing:
        return [composer.cited("order_nothing_missing", source)]
    found = [composer.cited("order_missing", source, items=composer.listed(order.missing))]
    if order.page_url:
        found.append(composer.cited("order_page", source, url=order.page_url))
    return found


def offer(
    text: str, language: str, about: About, composer: Composer, rules: Rules, vectors: Vectors | None
) -> Done | None:
    """A custom offer: packages of one gig times a number, plus extras, within the limits and where it is clear what is wanted. None
    where it may not be made.
    """
    gig = about.gig
    if TaskKind.CUSTOM_OFFER not in rules.tasks or rules.offers is None or gig is None or len(about.packages) != 1:
        return None
    about = with_extras(about, fold(text), language, vectors)
    package, copies = about.packages[0], copies_of(fold(text), about)
    if copies is None:
        return Done(None, is_beyond=True)
    total = package.price * copies
    for place in about.extras:
        total = total + gig.extras[place].price
    limits = rules.offers
    if total.currency != limits.most.currency or total.amount > limits.most.amount or copies > limits.most_copies:
        return Done(None, is_beyond=True)
    sources = [f"gig:{gig.key}:package:{package.key}", *(f"gig:{gig.key}:extra:{place}" for place in about.extras)]
    extras = ""
    if about.extras:
        listed = composer.listed(f"“{gig.extras[place].title}”" for place in about.extras)
        extras = composer.plain("offer_extras", extras=listed).text
    sentence = composer.cited(
        "offer", *sources, copies=copies, package=package.title, gig=gig.title, extras=extras, total=money_text(total)
    )
    arguments = {
        "gig": gig.key,
        "package": package.key,
        "copies": str(copies),
        "extras": ",".join(str(place) for place in about.extras),
    }
    return Done(TaskCall(TaskKind.CUSTOM_OFFER, arguments), (sentence,))


def send_gig(about: About, composer: Composer, rules: Rules) -> Done | None:
    """The gig that fits, as a link."""
    gig = about.gig or (about.candidates[0] if about.candidates else None)
    if TaskKind.SEND_GIG not in rules.tasks or gig is None:
        return None
    sentence = composer.cited("send_gig", f"gig:{gig.key}", gig=gig.title, url=gig.url)
    return Done(TaskCall(TaskKind.SEND_GIG, {"gig": gig.key}), (sentence,))


def times(composer: Composer, rules: Rules, situation: Situation) -> Done | None:
    """The next office hours, as proposals for a talk; the buyer picks, and a person confirms."""
    if TaskKind.PROPOSE_TIMES not in rules.tasks or not rules.office:
        return None
    hours = [
        f"{composer.weekday(window.weekday)} {window.start:%H:%M}–{window.end:%H:%M}"
        for window in _next_windows(rules, situation)
    ]
    told = composer.cited("times", "rules", hours=composer.listed(hours), zone=rules.time_zone)
    return Done(TaskCall(TaskKind.PROPOSE_TIMES), (told, composer.plain("times_ask")))


def _next_windows(rules: Rules, situation: Situation) -> list[OfficeWindow]:
    try:
        now = situation.now.astimezone(ZoneInfo(rules.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        now = situation.now
    found: list[OfficeWindow] = []
    for ahead in range(1, 8):
        day = (now + timedelta(days=ahead)).weekday()
        found += [window for window in rules.office if window.weekday == day]
    return found[:MOST_TIMES]


def thank(composer: Composer, rules: Rules, situation: Situation) -> Done | None:
    """Thanks after an order, and the wish for a review where one is finished."""
    if TaskKind.THANK not in rules.tasks:
        return None
    finished = next((order for order in situation.orders if order.is_finished), None)
    sentences = [composer.plain("thank")]
    arguments = {}
    if finished is not None:
        sentences.append(composer.plain("review"))
        arguments["order"] = finished.id
    return Done(TaskCall(TaskKind.THANK, arguments), tuple(sentences))
