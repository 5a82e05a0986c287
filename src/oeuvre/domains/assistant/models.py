"""Assistants, what they know beyond the site, what they rehearsed, and what they did.

All words in these tables are sealed with the freelancer's key. What they were made from is named by ids.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from oeuvre.domains.assistant import states
from oeuvre.kit.models import BaseModel

PERSON = "accounts.User"
CONVERSATION = "conversations.Conversation"
CODE_LENGTH = 40
_UNDER_WAY = [str(state) for state in states.UNDER_WAY]


class Assistant(BaseModel):
    """One freelancer's. Its settings are sealed."""

    freelancer = models.OneToOneField(PERSON, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=states.AssistantState, default=states.AssistantState.DRAFT)
    sealed_settings = models.BinaryField(default=b"")
    """``content.SettingsContent``; empty for the defaults."""
    paused_reason = models.CharField(max_length=12, choices=states.PauseReason, blank=True)
    live_at = models.DateTimeField(null=True, blank=True)
    """When it last went live."""
    drafting_since = models.DateTimeField(null=True, blank=True)
    """Since when answers are being drafted; none while nothing is."""
    rehearsed_at = models.DateTimeField(null=True, blank=True)
    """When a whole rehearsal was last done."""
    passed_fingerprint = models.CharField(max_length=64, blank=True)
    """Of the settings and knowledge with which every case that must pass last passed; emptied by any change."""

    def __str__(self) -> str:
        return f"assistant {self.pk}"


class Answer(BaseModel):
    """A question with what the assistant may reply to it, in the freelancer's bank."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="answers")
    sealed = models.BinaryField()
    """Question and reply."""
    status = models.CharField(max_length=10, choices=states.AnswerState, default=states.AnswerState.DRAFTED)
    origin = models.CharField(max_length=12, choices=states.AnswerOrigin)
    language = models.CharField(max_length=8, default="en")
    confidence = models.FloatField(null=True, blank=True)
    """Of a draft, 0 to 1."""
    asked = models.PositiveIntegerField(default=0)
    """How often buyers asked it, as far as was looked."""
    sources = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    """What a draft was made from, by the engine's ids."""
    conversations = ArrayField(models.UUIDField(), default=list, blank=True)
    """Conversations that it was made from: without both people's consent to each, it is not used."""

    class Meta(BaseModel.Meta):
        indexes: ClassVar = [models.Index(fields=["assistant", "status"])]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class RehearsalRun(BaseModel):
    """The assistant tries itself on its cases."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="runs")
    status = models.CharField(max_length=10, choices=states.RunState, default=states.RunState.QUEUED)
    is_whole = models.BooleanField(default=True)
    """Whether every case was to be tried, or only those that must pass."""
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failing = models.PositiveIntegerField(default=0)
    """Cases that must pass and did not."""
    fingerprint = models.CharField(max_length=64, blank=True)
    """Of the settings and the knowledge that it ran with."""
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["assistant"], condition=Q(status="queued"), name="one_waiting_rehearsal_per_assistant"
            ),
            models.UniqueConstraint(
                fields=["assistant"], condition=Q(status="running"), name="one_running_rehearsal_per_assistant"
            ),
        ]

    def __str__(self) -> str:
        return f"rehearsal {self.pk}"


class RehearsalCase(BaseModel):
    """A message that the assistant is tried on, and how it last did."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="cases")
    origin = models.CharField(max_length=10, choices=states.CaseOrigin)
    key = models.CharField(max_length=80)
    """What it is of: the built-in case, or the message it was asked in; one of each."""
    sealed = models.BinaryField()
    language = models.CharField(max_length=8, blank=True)
    audience = models.CharField(max_length=16)
    about = models.CharField(max_length=12, blank=True)
    """The code of the gig that it is about."""
    conversations = ArrayField(models.UUIDField(), default=list, blank=True)
    """As of an answer."""
    expected = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    """Actions that a built-in case takes for right."""
    must_pass = models.BooleanField(default=False)
    mark = models.CharField(max_length=10, choices=states.Mark, blank=True)
    marked_action = models.CharField(max_length=16, blank=True)
    marked_sources = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    marked_words = models.CharField(max_length=64, blank=True)
    """What was marked: its action, its sources and a hash of its words."""
    action = models.CharField(max_length=16, blank=True)
    """What the assistant did last; empty before it was tried."""
    sealed_decision = models.BinaryField(default=b"")
    is_passing = models.BooleanField(null=True, blank=True)
    """Whether that is right, by the mark or else by what a built-in case expects; none where nobody can say."""

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["assistant", "key"], name="a_case_once_per_assistant")]

    def __str__(self) -> str:
        return f"case {self.pk}"


class Thread(BaseModel):
    """Who answers in one conversation. Its row is the lock under which that changes and under which replies are sent."""

    conversation = models.OneToOneField(CONVERSATION, on_delete=models.CASCADE, related_name="+")
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="threads")
    holder = models.CharField(max_length=10, choices=states.Holder, default=states.Holder.ASSISTANT)
    since = models.DateTimeField()
    asked_by = models.CharField(max_length=12, choices=states.AskedBy, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    """When the freelancer last wrote, since it is theirs."""

    def __str__(self) -> str:
        return f"thread {self.pk}"


class Exchange(BaseModel):
    """What one or several messages of a buyer in a row were answered with, or why not. A reply that is sent has its id.

    One without questions is a routine task of the schedule: a reminder, thanks.
    """

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="exchanges")
    conversation = models.ForeignKey(CONVERSATION, on_delete=models.CASCADE, related_name="+")
    asked_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    """The buyer's messages that it answers, oldest first."""
    status = models.CharField(max_length=12, choices=states.ExchangeState, default=states.ExchangeState.QUEUED)
    audience = models.CharField(max_length=16, blank=True)
    action = models.CharField(max_length=16, blank=True)
    """The engine's, once it has decided; so are reason, aspects, language, confidence and task."""
    reason = models.CharField(max_length=CODE_LENGTH, blank=True)
    """Also why it was stopped or skipped."""
    aspects = ArrayField(models.CharField(max_length=CODE_LENGTH), default=list, blank=True)
    language = models.CharField(max_length=8, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    task_kind = models.CharField(max_length=24, blank=True)
    sealed_decision = models.BinaryField(default=b"")
    sealed_live = models.BinaryField(default=b"")
    """What it is writing now, as far as it has been checked; emptied when it ends."""
    attempt = models.PositiveSmallIntegerField(default=0)
    """Whoever works on it knows their number; only the last one's reply is sent."""
    worked_at = models.DateTimeField(null=True, blank=True)
    """When whoever works on it last gave a sign."""
    ended_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    """That the work took."""
    tokens = models.PositiveIntegerField(default=0)
    """Of the chat model."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(status__in=_UNDER_WAY), name="one_exchange_under_way_per_thread"
            ),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(status="drafted"), name="one_draft_per_thread"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["assistant", "-created_at"]),
            models.Index(fields=["assistant", "worked_at"]),
            models.Index(fields=["conversation", "-created_at"]),
            models.Index(fields=["created_at"], condition=Q(status__in=_UNDER_WAY), name="exchanges_under_way"),
        ]

    def __str__(self) -> str:
        return f"exchange {self.pk}"


class Correction(BaseModel):
    """What the freelancer said instead of a reply."""

    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="corrections")
    sealed = models.BinaryField()
    answer = models.ForeignKey(Answer, on_delete=models.SET_NULL, related_name="corrections", null=True, blank=True)
    """What it became, where it was kept."""

    def __str__(self) -> str:
        return f"correction {self.pk}"
