"""Reported reviews and answers: an operator keeps or hides them, with reasons that everybody reads.

Imported through ``services``. A hidden one counts for nothing; that it was hidden, and why, stands in its place.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.reviews import notices
from oeuvre.domains.reviews.common import review_shown, seal, words
from oeuvre.domains.reviews.errors import (
    OwnReportError,
    ReportInvalidError,
    ReportNotFoundError,
    ReviewNotFoundError,
    TooManyReportsError,
)
from oeuvre.domains.reviews.limits import LIMITS
from oeuvre.domains.reviews.models import Review, ReviewAnswer, ReviewReport
from oeuvre.domains.reviews.services.writing import standing_changed
from oeuvre.domains.reviews.states import ANSWER, REPORT, REVIEW, Part, ReportReason, ReportState, ReviewState
from oeuvre.kit.actor import Role
from oeuvre.kit.locks import lock_names, lock_rows

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def report_create(
    *, actor: Actor, review_id: UUID, reason: str, part: str = Part.REVIEW, note: str = ""
) -> ReviewReport:
    """Ask an operator to look at a review or at its answer. A second report by the same person finds the first.

    Raises ReviewNotFoundError, ReportInvalidError, TooManyReportsError.
    """
    person_id = actor.person_id
    if reason not in ReportReason.values:
        raise ReportInvalidError(_("Choose what is wrong."), field="reason")
    note = words(note, least=0, most=LIMITS.note, field="note", error=ReportInvalidError)
    with transaction.atomic():
        _part_shown(review_shown(review_id), part)
        lock_names([f"reviews.reporter:{person_id}"])
        mine = ReviewReport.objects.filter(reporter_id=person_id, status=ReportState.OPEN)
        found = mine.filter(review_id=review_id, part=part).first()
        if found is not None:
            return found
        if mine.count() >= LIMITS.reports:
            raise TooManyReportsError(
                _("%(most)d of your reports wait for an operator. Report this when one of them is answered.")
                % {"most": LIMITS.reports}
            )
        report = ReviewReport(pk=uuid.uuid4(), review_id=review_id, part=part, reporter_id=person_id, reason=reason)
        report.note = seal(person_id, note, report_context(report)) if note else b""
        report.save(force_insert=True)
        audit.record(actor=actor, code="review_report.created", subject=report, reason=reason, part=part)
    return report


def report_decide(*, actor: Actor, report_id: UUID, hide: bool, reasons: str) -> ReviewReport:
    """Keep or hide what was reported; every open report of the same is answered with it.

    ``reasons`` are public: they stand at the review. Operators only, and not one of the order or the reporter. Raises
    PermissionDeniedError, ReportNotFoundError, OwnReportError, ReportInvalidError, IllegalTransitionError for one that
    was decided before.
    """
    actor.require(Role.OPERATOR)
    reasons = words(reasons, most=LIMITS.reasons, field="reasons", error=ReportInvalidError)
    with transaction.atomic():
        report = _found(report_id)
        review = lock_rows(Review.objects.filter(pk=report.review_id).select_related("author", "subject"))[0]
        _require_stranger(actor, review, report)
        outcome = ReportState.HIDDEN if hide else ReportState.KEPT
        decision = {"decided_by_id": actor.person_id, "decided_at": timezone.now()}
        REPORT.transition(report, outcome, actor=actor, **decision)
        same = ReviewReport.objects.filter(review=review, part=report.part, status=ReportState.OPEN)
        others = list(same.select_related("reporter").order_by("pk"))
        for other in others:
            REPORT.transition(other, outcome, actor=actor, **decision)
        _decide(actor, review, report.part, hide=hide, reasons=reasons)
        notices.reports_decided(review, [report, *others], reasons=reasons, hidden=hide)
    return report


def review_restore(*, actor: Actor, review_id: UUID, reasons: str, part: str = Part.REVIEW) -> Review:
    """Show again what was hidden, with reasons that everybody reads. Operators only.

    Raises PermissionDeniedError, ReviewNotFoundError, OwnReportError, ReportInvalidError, IllegalTransitionError.
    """
    actor.require(Role.OPERATOR)
    reasons = words(reasons, most=LIMITS.reasons, field="reasons", error=ReportInvalidError)
    with transaction.atomic():
        review_shown(review_id)
        review = lock_rows(Review.objects.filter(pk=review_id).select_related("author", "subject"))[0]
        _require_stranger(actor, review)
        changes = {"decision": reasons, "decided_at": timezone.now()}
        if part == Part.ANSWER:
            ANSWER.transition(_answer(review), ReviewState.VISIBLE, actor=actor, **changes)
        else:
            REVIEW.transition(review, ReviewState.VISIBLE, actor=actor, **changes)
            standing_changed(review.window.freelancer_id, review.gig_id)
        notices.restored(review, part, reasons=reasons)
    return review


def report_context(report: ReviewReport) -> str:
    """What a report's note is bound to."""
    return f"review_report:{report.pk}"


def _decide(actor: Actor, review: Review, part: str, *, hide: bool, reasons: str) -> None:
    changes = {"decision": reasons, "decided_at": timezone.now()}
    target: Review | ReviewAnswer = _answer(review) if part == Part.ANSWER else review
    if hide and target.status == ReviewState.VISIBLE:
        if isinstance(target, ReviewAnswer):
            ANSWER.transition(target, ReviewState.HIDDEN, actor=actor, **changes)
        else:
            REVIEW.transition(target, ReviewState.HIDDEN, actor=actor, **changes)
            standing_changed(review.window.freelancer_id, review.gig_id)
    elif not hide:
        for name, value in changes.items():
            setattr(target, name, value)
        target.save(update_fields=[*changes, "updated_at"])


def _part_shown(review: Review, part: str) -> None:
    """Raises ReviewNotFoundError, ReportInvalidError unless everybody can read this part now."""
    if part not in Part.values:
        raise ReportInvalidError(_("Choose the review or its answer."), field="part")
    shown = review if part == Part.REVIEW else getattr(review, "answer", None)
    if shown is None or shown.status != ReviewState.VISIBLE:
        raise ReviewNotFoundError(_("There is nothing to report any more."), review_id=review.pk)


def _answer(review: Review) -> ReviewAnswer:
    found = ReviewAnswer.objects.filter(review=review).first()
    if found is None:
        raise ReviewNotFoundError(_("This review has no answer."), review_id=review.pk)
    return found


def _found(report_id: UUID) -> ReviewReport:
    report = ReviewReport.objects.select_related("reporter").filter(pk=report_id).first()
    if report is None:
        raise ReportNotFoundError(_("There is no such report."), report_id=report_id)
    return report


def _require_stranger(actor: Actor, review: Review, report: ReviewReport | None = None) -> None:
    if actor.user_id in (review.author_id, review.subject_id, report.reporter_id if report else None):
        raise OwnReportError(_("You are part of this. Another operator decides."))
