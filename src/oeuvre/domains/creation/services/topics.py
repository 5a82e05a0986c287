"""The freelancer's rules: topics a model refuses, with a record of every refusal and a way to appeal."""

from __future__ import annotations

import hashlib
import logging
import re
from typing import TYPE_CHECKING

from django.db import transaction

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.errors import RefusalNotFoundError, StudioRefusedError, StudioUnavailableError
from oeuvre.domains.creation.models import TopicRefusal
from oeuvre.domains.creation.ports import Studio
from oeuvre.domains.creation.states import REFUSAL, RefusalState
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.kit.actor import Actor

log = logging.getLogger(__name__)

THRESHOLD = 0.42
"""Cosine (all-MiniLM-L6-v2) from which a prompt counts as being about a topic. Measured on this project's demo prompts
against its demo topics: unrelated pairs stay below 0.30, prompts on the topic lie above 0.45."""


def prompt_digest(prompt: str) -> str:
    return hashlib.sha256(" ".join(prompt.split()).lower().encode()).hexdigest()


def _word_score(prompt: str, topic: str) -> float:
    """1 where all words of the topic stand in the prompt, else 0. Works without a studio."""
    words = set(re.findall(r"\w+", prompt.lower()))
    wanted = set(re.findall(r"\w+", topic.lower()))
    return 1.0 if wanted and wanted <= words else 0.0


def _scores(prompt: str, topics: list[str]) -> list[float]:
    by_words = [_word_score(prompt, topic) for topic in topics]
    try:
        head, *rest = port("studio", Studio).embed(texts=[prompt, *topics])
    except (StudioUnavailableError, StudioRefusedError):
        log.warning("topics are matched by words only: the studio does not embed right now")
        return by_words
    by_meaning = [sum(a * b for a, b in zip(head, vector, strict=True)) for vector in rest]
    return [max(pair) for pair in zip(by_words, by_meaning, strict=True)]


def topic_check(*, model: CreationModel, buyer_id: UUID, prompt: str) -> TopicRefusal | None:
    """The refusal that this prompt meets, unsaved, or None. An overturned refusal lets the same prompt pass."""
    if not model.refused_topics:
        return None
    digest = prompt_digest(prompt)
    if TopicRefusal.objects.filter(model=model, prompt_sha256=digest, status=RefusalState.OVERTURNED).exists():
        return None
    topics = [*model.refused_topics, *model.allowed_topics]
    scores = dict(zip(topics, _scores(prompt, topics), strict=True))
    allowed = max((scores[topic] for topic in model.allowed_topics), default=0.0)
    topic = max(model.refused_topics, key=lambda name: scores[name])
    if scores[topic] < THRESHOLD or scores[topic] < allowed:
        return None
    return TopicRefusal(
        model=model, buyer_id=buyer_id, prompt=prompt, prompt_sha256=digest, topic=topic, score=scores[topic]
    )


def refusal_appeal(*, actor: Actor, refusal_id: UUID, reason: str) -> TopicRefusal:
    """The buyer says why the prompt should pass; the freelancer decides."""
    refusal = TopicRefusal.objects.filter(pk=refusal_id, buyer_id=actor.user_id).first()
    if refusal is None:
        raise RefusalNotFoundError("There is no such refusal of yours.")
    return REFUSAL.transition(refusal, RefusalState.APPEALED, actor=actor, appeal=reason.strip()[:1000])


def refusal_answer(*, actor: Actor, refusal_id: UUID, allow: bool, answer: str) -> TopicRefusal:
    """The freelancer upholds a refusal or lets exactly this prompt pass from now on."""
    refusal = TopicRefusal.objects.filter(pk=refusal_id, model__owner_id=actor.user_id).first()
    if refusal is None:
        raise RefusalNotFoundError("There is no such refusal to answer.")
    target = RefusalState.OVERTURNED if allow else RefusalState.UPHELD
    return REFUSAL.transition(refusal, target, actor=actor, answer=answer.strip()[:1000])


def refusal_save(*, actor: Actor, refusal: TopicRefusal) -> TopicRefusal:
    with transaction.atomic():
        refusal.save()
        audit.record(actor=actor, code="generation.refused", subject=refusal, topic=refusal.topic)
    return refusal
