"""What the freelancer needs to know: the gig's questions before the work begins, and questions while it goes on."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.orders.common import KEY_OWNER, Side, block, locked, party, require_state, seal
from oeuvre.domains.orders.errors import (
    FileNotFoundInOrderError,
    OrderInvalidError,
    OrderStateError,
    QuestionNotFoundError,
    RequirementsMissingError,
    TooManyFilesError,
)
from oeuvre.domains.orders.files import file_keep
from oeuvre.domains.orders.limits import LIMITS
from oeuvre.domains.orders.models import OrderQuestion, RequirementFile
from oeuvre.domains.orders.notices import Notice, notify
from oeuvre.domains.orders.services.working import paused, resumed, work_start
from oeuvre.domains.orders.states import WORKING, OrderState, Pause
from oeuvre.kit.files.checking import file_check

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.actor import Actor

_BEFORE_WORK = [OrderState.AWAITING_PAYMENT, OrderState.AWAITING_REQUIREMENTS]


def requirement_file_add(*, actor: Actor, order_id: UUID, question: str, name: str, data: bytes) -> RequirementFile:
    """Attach a file to the answer of a question of the kind ``file``; sealed at once.

    Raises OrderNotFoundError, NotYourPartError, OrderStateError, RequirementsMissingError for another kind of question,
    TooManyFilesError, and a FileRefusedError for a file that cannot be kept.
    """
    order, _side = party(actor=actor, order_id=order_id, sides=[Side.BUYER])
    kinds = {row["key"]: row["kind"] for row in order.requirements}
    if kinds.get(question) != "file":
        raise RequirementsMissingError(_("No file is asked for there."), fields={question: _("no file")})
    checked = file_check(name, data, most=LIMITS.file)
    with accounts.blobs_sealing(owner_type=KEY_OWNER, owner_id=order.pk) as keep, transaction.atomic():
        order = locked(order.pk)
        require_state(order, _BEFORE_WORK, _("The questions are answered already. Send the file in the conversation."))
        if order.requirement_files.count() >= LIMITS.files:
            raise TooManyFilesError(_("There is room for %(most)d files.") % {"most": LIMITS.files})
        file = file_keep(RequirementFile(order=order, question=question), order.pk, checked, keep)
        audit.record(actor=actor, code="order.requirement_file_added", subject=order, file=str(file.pk))
    return file


def requirement_file_remove(*, actor: Actor, file_id: UUID) -> None:
    """Take a file out again before the work begins. Raises FileNotFoundInOrderError, OrderStateError."""
    file = RequirementFile.objects.filter(pk=file_id, order__buyer_id=actor.person_id).first()
    if file is None:
        raise FileNotFoundInOrderError(_("There is no such file of yours."))
    with transaction.atomic():
        order = locked(file.order_id)
        require_state(order, _BEFORE_WORK, _("The work has begun with this file."))
        accounts.blobs_delete_later(keys=[file.blob_key])
        file.delete()
        audit.record(actor=actor, code="order.requirement_file_removed", subject=order, file=str(file_id))


def requirements_give(*, actor: Actor, order_id: UUID, answers: Mapping[str, Any]) -> Order:
    """Answer the freelancer's questions by their keys; the clock starts. Repeated, it changes nothing.

    Files are attached before by ``requirement_file_add``. Raises OrderNotFoundError, NotYourPartError, OrderStateError,
    RequirementsMissingError with what is needed by key.
    """
    order, _side = party(actor=actor, order_id=order_id, sides=[Side.BUYER])
    with transaction.atomic():
        order = locked(order.pk)
        if order.answered_at is not None:
            return order
        require_state(order, [OrderState.AWAITING_REQUIREMENTS], _("Nothing is asked of you before the order is paid."))
        given = _checked(order, answers)
        order.answers = seal(order.pk, json.dumps(given, ensure_ascii=False), f"order:{order.pk}:answers")
        order.answered_at = timezone.now()
        order.save(update_fields=["answers", "answered_at", "updated_at"])
        audit.record(actor=actor, code="order.requirements_given", subject=order, answers=len(given))
        work_start(actor=actor, order=order)
    return order


def _checked(order: Order, answers: Mapping[str, Any]) -> dict[str, Any]:
    files = set(order.requirement_files.values_list("question", flat=True))
    given: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for question in order.requirements:
        key = question["key"]
        try:
            value = key in files if question["kind"] == "file" else _answer(question, answers.get(key))
        except OrderInvalidError as error:
            wrong[key] = error.message
            continue
        if value in (None, "", False):
            if question.get("required"):
                wrong[key] = _("Answer this; the freelancer cannot begin without it.")
        elif question["kind"] != "file":
            given[key] = value
    if wrong:
        raise RequirementsMissingError(_("Some questions still need an answer."), fields=wrong)
    return given


def _answer(question: dict[str, Any], value: Any) -> Any:
    """The answer as it is kept; None for none. Raises OrderInvalidError, saying what would be right."""
    key = question["key"]
    text = block(str(value), most=LIMITS.text, field=key, required=False) if value is not None else ""
    if not text:
        return None
    if question["kind"] == "choice" and text not in question.get("options", []):
        raise OrderInvalidError(_("Choose one of the answers."), field=key)
    return _number(question, text) if question["kind"] == "number" else text


def _number(question: dict[str, Any], text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    least, most = question.get("minimum"), question.get("maximum")
    if not math.isfinite(value) or (least is not None and value < least) or (most is not None and value > most):
        limits = {"least": "-" if least is None else least, "most": "-" if most is None else most}
        raise OrderInvalidError(_("Write a number (from %(least)s to %(most)s).") % limits, field=question["key"])
    return value


def question_ask(*, actor: Actor, order_id: UUID, text: str) -> OrderQuestion:
    """The freelancer asks what they must know to go on; the clock stands still until the buyer answers.

    Raises OrderNotFoundError, NotYourPartError, OrderStateError outside the work or while one is open,
    OrderInvalidError.
    """
    order, _side = party(actor=actor, order_id=order_id, sides=[Side.FREELANCER])
    words = block(text, most=LIMITS.text, field="text")
    with transaction.atomic():
        order = locked(order.pk)
        require_state(order, WORKING, _("You can ask while you work on the order; write in the conversation now."))
        if order.questions.filter(answered_at=None).exists():
            raise OrderStateError(_("Your last question is not answered yet."), order=order)
        question = OrderQuestion(order=order)
        question.text = seal(order.pk, words, f"order_question:{question.pk}")
        question.save(force_insert=True)
        for name, value in paused(order, Pause.QUESTION).items():
            setattr(order, name, value)
        order.save(update_fields=["paused_at", "pause", "updated_at"])
        audit.record(actor=actor, code="order.question_asked", subject=order, question=str(question.pk))
        notify(order, Notice.QUESTION, to=Side.BUYER)
    return question


def question_answer(*, actor: Actor, question_id: UUID, text: str) -> OrderQuestion:
    """The buyer answers; the clock runs on with the time that was left. Repeated, the first answer stays.

    Raises QuestionNotFoundError, OrderInvalidError.
    """
    found = OrderQuestion.objects.filter(pk=question_id, order__buyer_id=actor.person_id).first()
    if found is None:
        raise QuestionNotFoundError(_("There is no such question to you."))
    words = block(text, most=LIMITS.text, field="text")
    with transaction.atomic():
        order = locked(found.order_id)
        question = OrderQuestion.objects.get(pk=found.pk)
        if question.answered_at is not None:
            return question
        question.answer = seal(order.pk, words, f"order_question:{question.pk}:answer")
        question.answered_at = timezone.now()
        question.save(update_fields=["answer", "answered_at", "updated_at"])
        if order.pause == Pause.QUESTION:
            changes = resumed(order)
            for name, value in changes.items():
                setattr(order, name, value)
            order.save(update_fields=[*changes, "updated_at"])
        audit.record(actor=actor, code="order.question_answered", subject=order, question=str(question.pk))
        notify(order, Notice.ANSWERED, to=Side.FREELANCER)
    return question
