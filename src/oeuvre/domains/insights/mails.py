"""The weekly mail: last week in numbers, and what they suggest. It quotes nobody: mail is read on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.accounts.errors import UserNotFoundError
from oeuvre.domains.accounts.services import MailMessage, mail_queue
from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.errors import FeatureNotSubscribedError
from oeuvre.domains.billing.states import Feature
from oeuvre.domains.insights.mailing import monday_of, row_locked, unsubscribe_token
from oeuvre.domains.insights.models import WeeklyMail
from oeuvre.domains.insights.selectors import earning_insights, enquiry_insights, market_insights
from oeuvre.kit.actor import Actor
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.insights.findings import Finding

SHOWN = 5
"""Findings that a mail names."""
WEEK = timedelta(days=7)
_PLACES = {"positions": "market/", "trends": "market/", "earned": "earnings/"}
"""Where below the first page an insight stands."""


@dataclass(frozen=True, slots=True)
class Week:
    """The seven days before a Monday, in numbers, and what the last three months suggest."""

    monday: date
    enquiries: int
    unanswered: int
    orders: int
    findings: tuple[Finding, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.enquiries or self.orders or self.findings)


def weekly_mails_start() -> int:
    """Queue the mail of this week for everybody whose plan has insights and who did not turn it off; returns how many."""
    monday = monday_of(timezone.now().date())
    off = set(WeeklyMail.objects.filter(is_wanted=False).values_list("person_id", flat=True))
    people = [one for one in billing.people_with(feature=Feature.ASSISTANT) if one not in off]
    for person_id in people:
        defer("insights.weekly_mail_send", person_id=str(person_id), monday=monday.isoformat())
    return len(people)


def weekly_mail_send(*, person_id: UUID, monday: date) -> bool:
    """Mail one person the week before a Monday, if there is anything to say; returns whether a mail went out.

    Safe to repeat: a week that was looked at is not mailed again.
    """
    try:
        user = accounts.account(actor=Actor(person_id, frozenset()))
        week = week_of(user, monday=monday)
    except (UserNotFoundError, FeatureNotSubscribedError):
        return False
    with transaction.atomic():
        row = row_locked(person_id)
        if not row.is_wanted or (row.mailed_for is not None and row.mailed_for >= monday):
            return False
        row.mailed_for = monday
        row.save(update_fields=["mailed_for", "updated_at"])
        if week.is_empty or not user.is_active or not user.is_freelancer:
            return False
        mail_queue(message=_mail(user, week))
        audit.record(actor=Actor.system(), code="weekly_mail.sent", subject=row, week=monday.isoformat())
    return True


def week_of(user: User, *, monday: date) -> Week:
    """Raises FeatureNotSubscribedError."""
    until = datetime.combine(monday, datetime.min.time(), tzinfo=timezone.get_default_timezone())
    with override(user.locale):
        last = enquiry_insights(actor=user.actor, days=WEEK.days, now=until, with_words=False)
        longer = enquiry_insights(actor=user.actor, now=until, with_words=False)
        market = market_insights(actor=user.actor, now=until)
        sales = earning_insights(actor=user.actor, now=until)
        found = (*longer.findings, *market.findings, *sales.findings)
    return Week(
        monday,
        enquiries=last.enquiries,
        unanswered=last.unanswered.evidence.cases,
        orders=last.orders,
        findings=found[:SHOWN],
    )


def _mail(user: User, week: Week) -> MailMessage:
    page = f"{settings.SITE_URL}/studio/insights/"
    link = f"{page}unsubscribe/{unsubscribe_token(person_id=user.pk)}/"
    with override(user.locale):
        begun = date_format(week.monday - WEEK, "SHORT_DATE_FORMAT")
        ended = date_format(week.monday - timedelta(days=1), "SHORT_DATE_FORMAT")
        context = {
            "week": week,
            "lines": [(one, f"{page}{_PLACES.get(one.about, '')}#{one.about}") for one in week.findings],
            "begun": begun,
            "ended": ended,
            "page": page,
            "unsubscribe": link,
            "site": settings.SITE_NAME,
        }
        subject = _("Your week on %(site)s: %(begun)s to %(ended)s") % context
        text = render_to_string("insights_mail/weekly.txt", context)
        html = render_to_string("insights_mail/weekly.html", context)
    headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}  # RFC 8058
    return MailMessage(
        " ".join(subject.split()), text, settings.DEFAULT_FROM_EMAIL, (user.email,), html=html, headers=headers
    )
