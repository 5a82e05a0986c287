"""Who wants the weekly mail, and what they have dealt with. Insights themselves are reckoned when they are read."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from oeuvre.kit.models import BaseModel


class WeeklyMail(BaseModel):
    """One person's weekly mail; who set nothing and was never mailed has no row, and gets it."""

    person = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="+")
    is_wanted = models.BooleanField(default=True)
    mailed_for = models.DateField(null=True)
    """The Monday of the week that was looked at last; none is mailed twice."""

    def __str__(self) -> str:
        return f"weekly mail of {self.person_id}"


class SettledQuestion(BaseModel):
    """An unanswered question that the freelancer has dealt with: it is not shown or counted any more."""

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    exchange_id = models.UUIDField()
    """What the assistant handed off."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "exchange_id"], name="a_question_is_settled_once"),
        ]

    def __str__(self) -> str:
        return f"settled {self.exchange_id}"
