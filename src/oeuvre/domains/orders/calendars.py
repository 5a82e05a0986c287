"""An order's dates as a calendar file (RFC 5545): when it is due, and until when a delivery is looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from oeuvre.domains.orders.common import Side

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from oeuvre.domains.orders.models import Order

_LENGTH = timedelta(minutes=30)
"""A date without a length is not shown by every program."""


def calendar_bytes(orders: Iterable[Order], side: Side) -> bytes:
    """The dates of the orders that run, for one side. An event keeps its name when its date moves, so that a program
    which reads the file again moves it too. What people wrote is not in it."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//orders//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for order in orders:
        if order.review_until is not None:
            what = _("Accepted by itself: %(title)s") if side is Side.BUYER else _("Review ends: %(title)s")
            calendar.add_component(_event(order, "review", what % {"title": order.title}, order.review_until))
        elif order.due_at is not None and order.paused_at is None:
            what = _("Due: %(title)s") % {"title": order.title}
            calendar.add_component(_event(order, "due", what, order.due_at))
    return bytes(calendar.to_ical())


def _event(order: Order, name: str, summary: str, moment: datetime) -> Event:
    url = f"{settings.SITE_URL}/orders/{order.pk}/"
    event = Event()
    event.add("uid", f"{name}-{order.pk}@{settings.SITE_URL.split('//')[-1]}")
    event.add("dtstamp", timezone.now())
    event.add("last-modified", order.updated_at)
    event.add("dtstart", moment - _LENGTH)
    event.add("dtend", moment)
    event.add("summary", summary)
    event.add("description", f"{order.number}\n{url}")
    event.add("url", url)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", timedelta(hours=-settings.ORDER_WARN_HOURS))
    event.add_component(alarm)
    return event
