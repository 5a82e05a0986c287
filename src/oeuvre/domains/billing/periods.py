"""Months as people count them."""

from __future__ import annotations

import calendar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time that many months on, or the month's last day where it is shorter.

    Count from a fixed anchor: 31 January plus one is 28 February, plus two is 31 March.
    """
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
