"""Who wants the weekly mail. Insights themselves are reckoned when they are read, and kept nowhere."""

from __future__ import annotations

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
