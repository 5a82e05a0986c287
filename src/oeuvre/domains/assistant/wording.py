"""The few sentences that assistants say without the engine, in the buyer's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oeuvre.domains.orders.models import Order

_HAND_OFF = {
    "en": "I am the assistant and cannot answer this. I have passed your message on, and you will get a personal answer here.",
    "pt": "Sou o assistente e não posso responder a isto. Passei a sua mensagem, e vai receber aqui uma resposta pessoal.",
}
_ANSWERS_DUE = {
    "en": "A reminder from the assistant: order %(number)s waits for your answers. The work begins once they are in: %(url)s",
    "pt": (
        "Um lembrete do assistente: o pedido %(number)s espera pelas suas respostas. O trabalho começa quando as "
        "tivermos: %(url)s"
    ),
}
_REVIEW_DUE = {
    "en": (
        "A reminder from the assistant: please look at what was delivered for order %(number)s. Without a word from you it "
        "is accepted by itself in less than a day: %(url)s"
    ),
    "pt": (
        "Um lembrete do assistente: veja por favor o que foi entregue no pedido %(number)s. Sem resposta sua, fica aceite "
        "automaticamente em menos de um dia: %(url)s"
    ),
}
_THANKS = {
    "en": (
        "Order %(number)s is complete. Thank you for working with me! If you have a minute, a review helps others to "
        "decide: %(url)s"
    ),
    "pt": (
        "O pedido %(number)s está concluído. Obrigado pela confiança! Se tiver um minuto, uma avaliação ajuda outras "
        "pessoas a decidir: %(url)s"
    ),
}


def _in(words: dict[str, str], language: str) -> str:
    return words["pt" if language.lower().startswith("pt") else "en"]


def hand_off_words(language: str) -> str:
    """That a person will answer."""
    return _in(_HAND_OFF, language)


def reminder_words(order: Order, occasion: str, url: str) -> str:
    """What a buyer is reminded of: ``answers`` or ``review``."""
    words = _ANSWERS_DUE if occasion == "answers" else _REVIEW_DUE
    return _in(words, order.buyer.locale) % {"number": order.number, "url": url}


def thanks_words(order: Order, url: str) -> str:
    return _in(_THANKS, order.buyer.locale) % {"number": order.number, "url": url}
