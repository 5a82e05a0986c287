"""The mails of reviews and levels. They leave with what they tell of, or not at all, and quote nobody's review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.reviews.levels.rules import LevelRule
    from oeuvre.domains.reviews.levels.wording import LevelRow
    from oeuvre.domains.reviews.models import Demotion, Review, ReviewAnswer, ReviewReport, ReviewWindow


def reviews_visible(window: ReviewWindow, reviews: Sequence[Review]) -> None:
    """To both: what was written can be read, and stays as it is."""
    for person in (window.buyer, window.freelancer):
        with override(person.locale):
            lines = [_("What was written about order %(number)s can be read now, by everybody.") % _order(window)]
            if len(reviews) == 1:
                lines.append(_("Only one of you wrote; the time to write is over."))
            if any(review.subject_id == person.pk for review in reviews):
                lines.append(_("You can answer the review of you once, in public."))
            _send(person, _("The reviews of order %(number)s are visible") % _order(window), lines, _order_link(window))


def answer_written(review: Review, answer: ReviewAnswer) -> None:
    """To the author of the review."""
    person = review.author
    with override(person.locale):
        values = {"name": _line(answer.author.public_name)}
        _send(
            person,
            _("%(name)s answered your review") % values,
            [_("The answer stands under your review. Both stay as they are.")],
            _order_link(review.window),
        )


def reports_decided(review: Review, reports: Sequence[ReviewReport], *, reasons: str, hidden: bool) -> None:
    """To those who reported it, and where it was hidden to whoever wrote it."""
    for report in reports:
        with override(report.reporter.locale):
            outcome = _("It is hidden now, and counts for nothing.") if hidden else _("It stays.")
            _send(
                report.reporter,
                _("An operator looked at the review that you reported"),
                [outcome, _("The reasons, which everybody can read:"), reasons],
                _order_link(review.window) if report.reporter_id in (review.author_id, review.subject_id) else "",
            )
    if hidden:
        author = review.author if reports[0].part == "review" else review.subject
        with override(author.locale):
            lines = [
                _("An operator hid what you wrote about order %(number)s.") % _order(review.window),
                _("The reasons, which everybody can read:"),
                reasons,
                _("If this is wrong, answer this mail; an operator can show it again."),
            ]
            _send(author, _("What you wrote was hidden"), lines, _order_link(review.window))


def restored(review: Review, part: str, *, reasons: str) -> None:
    """To both: what was hidden is shown again, and counts again."""
    for person in (review.author, review.subject):
        with override(person.locale):
            what = (
                _("The review of order %(number)s")
                if part == "review"
                else _("The answer to the review of order %(number)s")
            )
            lines = [
                _("%(what)s is shown again. An operator had hidden it.") % {"what": what % _order(review.window)},
                _("The reasons, which everybody can read:"),
                reasons,
            ]
            _send(person, _("What was hidden is shown again"), lines, _order_link(review.window))


def level_raised(person: User, rule: LevelRule) -> None:
    with override(person.locale):
        lines = [_("You are “%(level)s” from today on.") % {"level": rule.title}]
        if rule.clears_sooner:
            lines.append(
                _("Earnings of orders that are completed from now on clear after %(days)d days.")
                % {"days": settings.ORDER_CLEARING_DAYS_TRUSTED}
            )
        _send(person, _("Your level is “%(level)s” now") % {"level": rule.title}, lines, _levels_link())


def demotion_announced(person: User, demotion: Demotion, *, present: LevelRow, then: LevelRule) -> None:
    """With the numbers, the day, and what would prevent it."""
    with override(person.locale):
        values = {"now": present.rule.title, "then": then.title, "day": _day(demotion)}
        lines = [
            _("Your numbers do not meet “%(now)s” today. Nothing changes before %(day)s.") % values,
            *(
                _("%(what)s: %(have)s. Needed: %(need)s. This would do it: %(missing)s")
                % {
                    "what": criterion.measure.label,
                    "have": criterion.have,
                    "need": criterion.need,
                    "missing": criterion.missing,
                }
                for criterion in present.unmet
            ),
            _("If it is still so on that day, your level becomes “%(then)s”.") % values,
            _("If you think that a number is wrong, say so once until then; an operator decides."),
        ]
        _send(person, _("Your level may become “%(then)s” on %(day)s") % values, lines, _levels_link())


def demotion_recovered(person: User, rule: LevelRule) -> None:
    with override(person.locale):
        lines = [_("Your numbers meet “%(level)s” again. What was announced does not happen.") % {"level": rule.title}]
        _send(person, _("You stay “%(level)s”") % {"level": rule.title}, lines, _levels_link())


def demotion_lowered(person: User, rule: LevelRule) -> None:
    with override(person.locale):
        lines = [
            _("As announced, your level is “%(level)s” from today on.") % {"level": rule.title},
            _("Your page shows each number, and what leads back. Orders under way keep their terms."),
        ]
        _send(person, _("Your level is “%(level)s” now") % {"level": rule.title}, lines, _levels_link())


def appeal_answered(person: User, demotion: Demotion, rule: LevelRule, *, granted: bool) -> None:
    with override(person.locale):
        values = {"level": rule.title, "day": _day(demotion)}
        lines = [
            _("An operator granted your appeal: you stay “%(level)s”.") % values
            if granted
            else _("An operator refused your appeal. Nothing changes before %(day)s, and only if it is still so.")
            % values,
            _("Read the reasons here:"),
        ]
        _send(person, _("Your appeal about your level was answered"), lines, _levels_link())


def installation_decided(person: User, name: str, *, known: bool) -> None:
    with override(person.locale):
        values = {"name": _line(name)}
        lines = [
            _("What %(name)s says of you is shown on your profile, beside the numbers from here.") % values
            if known
            else _("An operator decided not to show what %(name)s says. Your page has the reasons.") % values
        ]
        _send(person, _("Your reputation from %(name)s") % values, lines, f"{settings.SITE_URL}/studio/reputation/")


def _send(person: User, subject: str, lines: Sequence[str], link: str) -> None:
    if person.is_active and person.deleted_at is None:
        send_mail(" ".join(subject.split()), "\n\n".join([*lines, *([link] if link else [])]), None, [person.email])


def _order(window: ReviewWindow) -> dict[str, str]:
    return {"number": window.order.number}


def _order_link(window: ReviewWindow) -> str:
    return f"{settings.SITE_URL}/orders/{window.order_id}/"


def _levels_link() -> str:
    return f"{settings.SITE_URL}/studio/level/"


def _day(demotion: Demotion) -> str:
    return formats.date_format(demotion.effective_at, "DATE_FORMAT")


def _line(name: str) -> str:
    """A name fit for a subject, which is one line."""
    return " ".join(name.split())
