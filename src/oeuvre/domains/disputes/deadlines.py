"""Business days. Pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta

_SATURDAY = 5
_DAY = timedelta(days=1)


def business_days_after(moment: datetime, days: int) -> datetime:
    """The same time of day, so many business days later: Monday to Friday by the clock of ``moment``'s zone (UTC here).

    What begins on a weekend begins on Monday at midnight. Holidays differ between the two, so none is left out.
    """
    start = moment
    if start.weekday() >= _SATURDAY:
        start = (start + (7 - start.weekday()) * _DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    weeks, rest = divmod(days, 5)
    found = start + timedelta(weeks=weeks)
    for _number in range(rest):
        found += _DAY
        if found.weekday() >= _SATURDAY:
            found += (7 - found.weekday()) * _DAY
    return found
