"""What reviews do when a person takes their data away or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.accounts.services import DeletionEffect
from oeuvre.domains.audit import services as audit
from oeuvre.domains.reviews.common import unseal
from oeuvre.domains.reviews.levels.rules import level_rules
from oeuvre.domains.reviews.models import (
    Demotion,
    FreelancerLevel,
    ImportedReputation,
    LevelChange,
    Review,
    ReviewAnswer,
    ReviewReport,
)
from oeuvre.domains.reviews.services.appeals import answer_context, appeal_context
from oeuvre.domains.reviews.services.moderation import report_context
from oeuvre.domains.reviews.services.reputation import imports_take_back
from oeuvre.domains.reviews.services.writing import review_words
from oeuvre.domains.reviews.states import Aspect, ReportState, ReviewState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oeuvre.kit.actor import Actor


def export(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """What the person wrote, what was written about them, and every day on which their level changed."""
    person_id = actor.person_id
    written = Review.objects.filter(author_id=person_id).select_related("window__order").order_by("created_at")
    about = Review.objects.filter(subject_id=person_id).exclude(status=ReviewState.WRITTEN).order_by("visible_at")
    answers = ReviewAnswer.objects.filter(author_id=person_id).order_by("created_at")
    reports = ReviewReport.objects.filter(reporter_id=person_id).order_by("created_at")
    yield "written.json", _json([_review(review) for review in written])
    yield "about-me.json", _json([_review(review) for review in about.select_related("window__order")])
    yield "answers.json", _json(list(answers.values("review_id", "text", "status", "decision", "created_at")))
    yield "reports.json", _json([_report(report) for report in reports])
    if FreelancerLevel.objects.filter(freelancer_id=person_id).exists():
        changes = LevelChange.objects.filter(freelancer_id=person_id).order_by("created_at")
        demotions = Demotion.objects.filter(freelancer_id=person_id).order_by("created_at")
        yield (
            "levels.json",
            _json(
                {
                    "rules": level_rules().model_dump(mode="json"),
                    "history": list(changes.values("event", "from_level", "to_level", "numbers", "created_at")),
                    "announcements": [_demotion(demotion) for demotion in demotions],
                }
            ),
        )
    imported = ImportedReputation.objects.filter(freelancer_id=person_id)
    for number, row in enumerate(imported.order_by("created_at"), start=1):
        yield f"reputation-{number}.json", _json(row.statement)


def erase(actor: Actor) -> None:
    """Take the person's words out, and drop what is not public; scores that others were given stay, without a name."""
    person_id, now = actor.person_id, timezone.now()
    Review.objects.filter(author_id=person_id, status=ReviewState.WRITTEN).delete()
    shown = Review.objects.filter(author_id=person_id, erased_at=None)
    for review in shown:
        audit.record(actor=actor, code="review.erased", subject=review)
    shown.update(text="", named=False, erased_at=now)
    ReviewAnswer.objects.filter(author_id=person_id, erased_at=None).update(text="", erased_at=now)
    ReviewReport.objects.filter(reporter_id=person_id).update(note=b"")
    imports_take_back(actor=actor, imports=ImportedReputation.objects.filter(freelancer_id=person_id))
    for rows in (Demotion, LevelChange, FreelancerLevel):
        rows.objects.filter(freelancer_id=person_id).delete()


def erase_effects(actor: Actor) -> list[DeletionEffect]:
    """What that will do."""
    words = _(
        "The words of the reviews that you wrote are removed. Their scores stay, without your name, because others are "
        "measured by them."
    )
    level = _("Your level and its history are removed. Export your reputation first if you want to take it along.")
    return [
        DeletionEffect(Review.objects.filter(author_id=actor.person_id), lambda _count: words),
        DeletionEffect(FreelancerLevel.objects.filter(freelancer_id=actor.person_id), lambda _count: level),
    ]


def _review(review: Review) -> dict[str, Any]:
    try:
        hidden = review_words(review) if review.status == ReviewState.WRITTEN else {}
    except KeyDestroyedError:
        hidden = {}
    return {
        "order": review.window.order.number,
        "by": review.side,
        "status": review.status,
        **{str(aspect): getattr(review, aspect) for aspect in Aspect},
        "text": review.text,
        "visible": review.visible_at,
        "operator": review.decision,
        **hidden,
    }


def _report(report: ReviewReport) -> dict[str, Any]:
    note = unseal(report.reporter_id, report.note, report_context(report)) if report.note else ""
    is_open = report.status == ReportState.OPEN
    return {
        "at": report.created_at,
        "reason": report.reason,
        "part": report.part,
        "note": note,
        "answer": "" if is_open else report.status,
    }


def _demotion(row: Demotion) -> dict[str, Any]:
    person_id = row.freelancer_id
    return {
        "at": row.created_at,
        "from": row.from_level,
        "to": row.to_level,
        "status": row.status,
        "numbers": row.numbers,
        "day": row.effective_at,
        "appeal": unseal(person_id, row.appeal, appeal_context(row)) if row.appeal else "",
        "answer": unseal(person_id, row.answer, answer_context(row)) if row.answer else "",
    }


def _json(value: object) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False).encode()
