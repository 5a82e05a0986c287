"""Handing over: drafts, checks that refuse and lose nothing, revisions, acceptance, credentials."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from PIL import Image

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.orders import errors, limits, selectors, services
from oeuvre.domains.orders.models import Delivery, DeliveryFile
from oeuvre.domains.orders.ports import Credentials
from oeuvre.domains.orders.services import delivering
from oeuvre.domains.orders.states import (
    AiUse,
    CriterionKind,
    DeliveryState,
    EndedBy,
    LineState,
    MilestoneState,
    OrderState,
    Pause,
)
from oeuvre.domains.orders.terms import CriterionTerms
from oeuvre.kit.files.errors import FileRefusedError
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import CredentialClaim, SourceType
from tests.domains.orders_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.orders_fixtures import SYSTEM, books
from tests.support.clock import Clock
from tests.support.orders import TEXT, accepted, completed, delivered, draft_filled, started
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


def png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(target, "PNG")
    return target.getvalue()


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


class TestDraft:
    def test_delivery_file_add__seals_what_it_looked_into(
        self, buyer: User, freelancer: User, blob_folder: Any
    ) -> None:
        order = started(buyer, freelancer)
        file = services.delivery_file_add(
            actor=freelancer.actor, order_id=order.pk, name="C:\\my\\notice.txt", data=TEXT.encode()
        )
        assert (file.name, file.media_type, file.words, file.language) == ("notice.txt", "text/plain", 35, "en")
        assert file.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
        assert not any(b"ferry" in path.read_bytes() for path in files_in(blob_folder))
        got, data, sidecar = selectors.delivery_file(actor=freelancer.actor, file_id=file.pk)
        assert (got, data, sidecar) == (file, TEXT.encode(), None)
        with pytest.raises(errors.FileNotFoundInOrderError):
            selectors.delivery_file(actor=buyer.actor, file_id=file.pk)

    @pytest.mark.parametrize(("name", "data"), [("a.exe", b"MZ\0\0"), ("a.txt", b""), ("a.png", b"not a picture")])
    def test_delivery_file_add__refuses_what_cannot_be_handed_over(
        self, buyer: User, freelancer: User, name: str, data: bytes
    ) -> None:
        order = started(buyer, freelancer)
        with pytest.raises(FileRefusedError):
            services.delivery_file_add(actor=freelancer.actor, order_id=order.pk, name=name, data=data)
        assert not DeliveryFile.objects.exists()

    def test_delivery_file_add__has_room_for_so_many(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = started(buyer, freelancer)
        add = {"actor": freelancer.actor, "order_id": order.pk, "name": "a.txt"}
        monkeypatch.setattr(delivering, "LIMITS", limits.Limits(files=2, delivery=2048))
        services.delivery_file_add(data=b"a" * 2000, **add)
        with pytest.raises(errors.TooManyFilesError, match="2 KB"):
            services.delivery_file_add(data=b"b" * 49, **add)
        services.delivery_file_add(data=b"b" * 48, **add)
        with pytest.raises(errors.TooManyFilesError, match="2 files"):
            services.delivery_file_add(data=b"c", **add)

    def test_delivery_file_remove__takes_it_out_of_the_draft_only(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        draft_filled(order)
        kept = services.delivery_file_add(actor=freelancer.actor, order_id=order.pk, name="b.txt", data=b"more words")
        gone = DeliveryFile.objects.get(name="notice.txt")
        with pytest.raises(errors.FileNotFoundInOrderError):
            services.delivery_file_remove(actor=buyer.actor, file_id=gone.pk)
        services.delivery_file_remove(actor=freelancer.actor, file_id=gone.pk)
        services.delivery_submit(actor=freelancer.actor, order_id=order.pk)
        assert [file.name for file in DeliveryFile.objects.all()] == ["b.txt"]
        with pytest.raises(errors.OrderStateError):
            services.delivery_file_remove(actor=freelancer.actor, file_id=kept.pk)

    def test_delivery__is_the_freelancers_and_waits_for_the_work(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        order = started(buyer, freelancer)
        for actor, error in ((buyer, errors.NotYourPartError), (other_freelancer, errors.OrderNotFoundError)):
            with pytest.raises(error):
                services.delivery_file_add(actor=actor.actor, order_id=order.pk, name="a.txt", data=b"x")
            with pytest.raises(error):
                services.delivery_submit(actor=actor.actor, order_id=order.pk)
        delivered(order)
        with pytest.raises(errors.OrderStateError):
            services.delivery_file_add(actor=freelancer.actor, order_id=order.pk, name="a.txt", data=b"x")

    def test_delivery_describe__wants_to_know_how_a_model_helped(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        describe = {"actor": freelancer.actor, "order_id": order.pk, "note": ""}
        for ai_use, ai_note in (("assisted", " "), ("a lot", "x")):
            with pytest.raises(errors.OrderInvalidError):
                services.delivery_describe(ai_use=ai_use, ai_note=ai_note, **describe)


class TestSubmit:
    def test_delivery_submit__stops_the_clock_and_starts_the_review(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        clock.move(days=2)
        mail.outbox.clear()
        delivery = delivered(order)
        assert (order.status, order.pause, order.paused_at) == (OrderState.DELIVERED, Pause.DELIVERED, clock.now)
        assert order.review_until
        assert (order.review_until - clock.now).days == 3
        milestone = order.milestones.get()
        assert (milestone.delivered_at, milestone.on_time) == (clock.now, True)
        assert (delivery.status, delivery.findings) == (DeliveryState.SUBMITTED, [])
        page = selectors.order_page(actor=buyer.actor, order_id=order.pk)
        assert page.deliveries[0].note == "Here it is."

    def test_delivery_submit__that_fails_a_check_loses_nothing_and_says_what_is_needed(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        criteria = (
            CriterionTerms(CriterionKind.WORDS, {"least": 60}),
            CriterionTerms(CriterionKind.FORMAT, {"formats": ["txt"]}),
            CriterionTerms(CriterionKind.MANUAL, label="It sounds like our house."),
        )
        order = started(buyer, freelancer, criteria=criteria)
        draft = draft_filled(order)
        with pytest.raises(errors.DeliveryRefusedError) as caught:
            services.delivery_submit(actor=freelancer.actor, order_id=order.pk)
        (finding,) = caught.value.context["findings"]
        assert (finding.code, finding.found, finding.needed) == ("words_too_few", "35", "60")
        assert "35 words; 60 is the least" in str(caught.value)
        order.refresh_from_db()
        draft.refresh_from_db()
        assert (order.status, order.paused_at, order.review_until) == (OrderState.IN_PROGRESS, None, None)
        assert (draft.status, draft.files.count(), draft.checked_at) == (DeliveryState.DRAFT, 1, clock.now)
        assert draft.findings[0]["criterion"] == str(order.criteria.get(kind="words").pk)
        assert order.milestones.get().delivered_at is None
        assert AuditRecord.objects.filter(code="delivery.refused", data={"findings": ["words_too_few"]}).exists()
        services.delivery_file_add(actor=freelancer.actor, order_id=order.pk, name="b.txt", data=(TEXT * 2).encode())
        assert services.delivery_submit(actor=freelancer.actor, order_id=order.pk).pk == draft.pk

    def test_delivery_submit__checks_the_criteria_of_its_milestone(self, buyer: User, freelancer: User) -> None:
        second = CriterionTerms(CriterionKind.FORMAT, {"formats": ["pdf"]}, milestone=2)
        order = started(buyer, freelancer, 5_000, 5_000, criteria=(second,))
        delivered(order)
        accepted(order)
        draft_filled(order)
        with pytest.raises(errors.DeliveryRefusedError):
            services.delivery_submit(actor=freelancer.actor, order_id=order.pk)

    @pytest.mark.parametrize(
        ("policy", "declared", "passes"),
        [(AiUse.NONE, "none", True), (AiUse.NONE, "assisted", False), (AiUse.GENERATED, "generated", True)],
    )
    def test_delivery_submit__the_declared_ai_must_fit_the_policy(
        self, buyer: User, freelancer: User, policy: AiUse, declared: str, passes: bool
    ) -> None:
        order = started(buyer, freelancer, ai_policy=policy)
        draft_filled(order, ai_use=declared)
        if passes:
            assert services.delivery_submit(actor=freelancer.actor, order_id=order.pk).ai_use == declared
            return
        with pytest.raises(errors.DeliveryRefusedError):
            services.delivery_submit(actor=freelancer.actor, order_id=order.pk)

    def test_delivery_submit__refuses_a_file_whose_credentials_contradict_the_declaration(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        claim = CredentialClaim("A picture", "A model", SourceType.GENERATED, clock.now)
        made = port("credentials", Credentials).sign(png(), "image/png", claim)
        file = services.delivery_file_add(actor=freelancer.actor, order_id=order.pk, name="a.png", data=made.data)
        assert file.made_by_model
        services.delivery_describe(actor=freelancer.actor, order_id=order.pk, note="", ai_use="none")
        with pytest.raises(errors.DeliveryRefusedError, match="say a model made it"):
            services.delivery_submit(actor=freelancer.actor, order_id=order.pk)

    def test_delivery_submit__with_a_changed_signed_file_fails_the_credentials_criterion(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer, criteria=(CriterionTerms(CriterionKind.CREDENTIALS),))
        claim = CredentialClaim("A picture", "Ada", SourceType.CREATED, clock.now)
        made = port("credentials", Credentials).sign(png(), "image/png", claim).data
        note = b"tEXtComment\0added later"
        chunk = struct.pack(">I", len(note) - 4) + note + struct.pack(">I", zlib.crc32(note))
        changed = made[:-12] + chunk + made[-12:]  # before the last chunk; any program still opens it
        services.delivery_file_add(actor=freelancer.actor, order_id=order.pk, name="a.png", data=changed)
        services.delivery_describe(actor=freelancer.actor, order_id=order.pk, note="", ai_use="none")
        with pytest.raises(errors.DeliveryRefusedError) as caught:
            services.delivery_submit(actor=freelancer.actor, order_id=order.pk)
        assert [finding.code for finding in caught.value.context["findings"]] == ["credentials_invalid"]

    def test_delivery_submit__twice_hands_over_once(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        draft_filled(order)
        services.delivery_submit(actor=freelancer.actor, order_id=order.pk)
        with pytest.raises(errors.OrderStateError):
            services.delivery_submit(actor=freelancer.actor, order_id=order.pk)
        assert Delivery.objects.count() == 1

    def test_delivery_submit__of_a_draft_that_changed_meanwhile_hands_nothing_over(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch, blob_folder: Any
    ) -> None:
        order = started(buyer, freelancer)
        draft_filled(order)
        signer = delivering.signer_of
        before = files_in(blob_folder)

        def meanwhile(*args: Any) -> Any:
            services.delivery_describe(actor=freelancer.actor, order_id=order.pk, note="Other", ai_use="none")
            return signer(*args)

        monkeypatch.setattr(delivering, "signer_of", meanwhile)
        with pytest.raises(errors.OrderStateError, match="changed meanwhile"):
            services.delivery_submit(actor=freelancer.actor, order_id=order.pk)
        order.refresh_from_db()
        assert order.status == OrderState.IN_PROGRESS
        assert files_in(blob_folder) == before


class TestCredentials:
    @pytest.mark.parametrize(
        ("ai_use", "source"),
        [("none", SourceType.CREATED), ("assisted", SourceType.COMPOSITE), ("generated", SourceType.GENERATED)],
    )
    def test_delivered_file__says_whose_it_is_and_how_it_was_made(
        self, buyer: User, freelancer: User, ai_use: str, source: SourceType
    ) -> None:
        order = started(buyer, freelancer, ai_policy=AiUse.GENERATED)
        delivered(order, ai_use=ai_use)
        (file,) = selectors.order_page(actor=buyer.actor, order_id=order.pk).deliveries[0].files
        got, data, sidecar = selectors.delivery_file(actor=buyer.actor, file_id=file.pk)
        report = port("credentials", Credentials).read(data, got.media_type, sidecar)
        assert report.is_intact
        assert (report.source_type, report.creator, report.licence) == (source, "Ada Fell", order.number)
        assert (report.training_allowed, report.parents) == (False, ())
        assert hashlib.sha256(data).hexdigest() == got.signed_sha256

    def test_delivered_file__of_any_kind_is_signed(self, buyer: User, freelancer: User) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("notice.txt", TEXT)
        order = started(buyer, freelancer)
        for name, data in (("a.zip", packed.getvalue()), ("a.png", png()), ("a.json", b'{"a": 1}')):
            services.delivery_file_add(actor=freelancer.actor, order_id=order.pk, name=name, data=data)
        delivered(order)
        for file in DeliveryFile.objects.all():
            _, data, sidecar = selectors.delivery_file(actor=buyer.actor, file_id=file.pk)
            assert port("credentials", Credentials).read(data, file.media_type, sidecar).is_intact, file.name


class TestReview:
    def test_delivery_accept__pays_the_milestone_and_completes_the_order(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        clock.move(days=1)
        delivery = delivered(order)
        clock.move(days=1)
        for _ in range(2):
            services.delivery_accept(actor=buyer.actor, delivery_id=delivery.pk)
        order.refresh_from_db()
        assert (order.status, order.ended_by, order.ended_at) == (OrderState.COMPLETED, EndedBy.BUYER, clock.now)
        assert (order.due_at, order.paused_at, order.review_until) == (None, None, None)
        assert books(order) == {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}
        event = DemandEvent.objects.get(kind="completed")
        assert (event.amount, event.days, event.category) == (10_000, 2, "copy-pages")

    def test_delivery_accept__goes_on_with_the_next_milestone(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer, 6_000, 4_000)
        delivered(order)
        clock.move(days=1)
        accepted(order)
        assert order.status == OrderState.IN_PROGRESS
        assert order.due_at
        assert (order.due_at - clock.now).days == 3
        states = [row.status for row in order.milestones.all()]
        assert states == [MilestoneState.ACCEPTED, MilestoneState.CURRENT]
        assert books(order) == {"provider": -10_500, "held": 4_200, "clearing": 5_400, "revenue": 900}
        delivered(order, text=TEXT + "More.")
        accepted(order)
        assert order.status == OrderState.COMPLETED
        assert books(order) == {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}

    def test_delivery_accept__signs_the_rights_in_what_was_delivered(self, buyer: User, freelancer: User) -> None:
        order = completed(buyer, freelancer)
        statement = order.rights_statement
        assert port("credentials", Credentials).verify_statement(statement)
        said = statement["payload"]
        file = DeliveryFile.objects.get()
        assert (said["number"], said["buyer"], said["freelancer"]) == (order.number, "Cleo Marsh", "Ada Fell")
        assert said["terms"] == ["The buyer may use it for any purpose."]
        assert {row["sha256"] for row in said["files"]} == {file.sha256, file.signed_sha256}
        assert said["ai_use"] == ["none"]

    def test_delivery_accept__is_the_buyers(self, buyer: User, freelancer: User, other_freelancer: User) -> None:
        order = started(buyer, freelancer)
        draft = draft_filled(order)
        with pytest.raises(errors.DeliveryNotFoundError):
            services.delivery_accept(actor=buyer.actor, delivery_id=draft.pk)
        delivery = services.delivery_submit(actor=freelancer.actor, order_id=order.pk)
        with pytest.raises(errors.NotYourPartError):
            services.delivery_accept(actor=freelancer.actor, delivery_id=delivery.pk)
        with pytest.raises(errors.OrderNotFoundError):
            services.delivery_accept(actor=other_freelancer.actor, delivery_id=delivery.pk)

    def test_revision_request__runs_the_clock_on_with_time_for_it(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        clock.move(days=2, hours=23)
        delivery = delivered(order)
        clock.move(days=2)
        services.revision_request(actor=buyer.actor, delivery_id=delivery.pk, text="The second line is too long.")
        order.refresh_from_db()
        delivery.refresh_from_db()
        assert (order.status, delivery.status) == (OrderState.REVISION_REQUESTED, DeliveryState.RETURNED)
        assert order.due_at
        assert (order.due_at - clock.now).days == 2  # an hour was left; a revision gets two days at least
        page = selectors.order_page(actor=freelancer.actor, order_id=order.pk)
        assert page.deliveries[0].revision == "The second line is too long."
        second = delivered(order, text=TEXT + "Shorter.")
        assert second.number == 2
        assert order.milestones.get().on_time

    def test_revision_request__gives_the_time_back_that_was_left(
        self, buyer: User, freelancer: User, clock: Clock, settings: Any
    ) -> None:
        settings.ORDER_REVISION_DAYS = 0
        order = started(buyer, freelancer)
        clock.move(days=1)
        delivery = delivered(order)
        clock.move(days=2)
        services.revision_request(actor=buyer.actor, delivery_id=delivery.pk, text="The second line is too long.")
        order.refresh_from_db()
        assert order.due_at
        assert (order.due_at - clock.now).days == 2

    def test_revision_request__is_limited_to_what_was_agreed(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer, revisions=1)
        for number in range(2):
            delivery = delivered(order, text=f"{TEXT} {number}")
            ask = {"actor": buyer.actor, "delivery_id": delivery.pk}
            with pytest.raises(errors.RevisionInvalidError):
                services.revision_request(text="no", **ask)
            if number == 0:
                services.revision_request(text="Make it shorter, please.", **ask)
                order.refresh_from_db()
        with pytest.raises(errors.RevisionsUsedUpError):
            services.revision_request(text="Make it shorter, please.", **ask)

    def test_criterion_judge__is_the_buyers_word_on_what_software_cannot_see(
        self, buyer: User, freelancer: User
    ) -> None:
        criteria = (CriterionTerms(CriterionKind.MANUAL, label="Warm"), CriterionTerms(CriterionKind.NO_AI))
        order = started(buyer, freelancer, criteria=criteria)
        warm, other = order.criteria.all()
        assert services.criterion_judge(actor=buyer.actor, criterion_id=warm.pk, met=True).met is True
        with pytest.raises(errors.NotYourPartError):
            services.criterion_judge(actor=freelancer.actor, criterion_id=warm.pk, met=False)
        with pytest.raises(errors.CriterionNotFoundError):
            services.criterion_judge(actor=buyer.actor, criterion_id=other.pk, met=True)


class TestQuestions:
    def test_question_ask__stops_the_clock_until_the_buyer_answers(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        clock.move(days=1)
        question = services.question_ask(actor=freelancer.actor, order_id=order.pk, text="Which ferry is it?")
        with pytest.raises(errors.OrderStateError):
            services.question_ask(actor=freelancer.actor, order_id=order.pk, text="And when?")
        clock.move(days=10)
        for text in ("The blue one.", "The red one."):
            services.question_answer(actor=buyer.actor, question_id=question.pk, text=text)
        order.refresh_from_db()
        assert order.due_at
        assert ((order.due_at - clock.now).days, order.pause) == (2, "")
        page = selectors.order_page(actor=freelancer.actor, order_id=order.pk)
        assert [(text, answer) for _, text, answer in page.questions] == [("Which ferry is it?", "The blue one.")]

    def test_question__is_asked_by_the_freelancer_and_answered_by_the_buyer(
        self, buyer: User, freelancer: User
    ) -> None:
        order = started(buyer, freelancer)
        with pytest.raises(errors.NotYourPartError):
            services.question_ask(actor=buyer.actor, order_id=order.pk, text="Which?")
        question = services.question_ask(actor=freelancer.actor, order_id=order.pk, text="Which?")
        with pytest.raises(errors.QuestionNotFoundError):
            services.question_answer(actor=freelancer.actor, question_id=question.pk, text="That.")
        delivered(order)
        services.question_answer(actor=buyer.actor, question_id=question.pk, text="That.")
        order.refresh_from_db()
        assert order.pause == Pause.DELIVERED


def test_order_autocomplete__accepts_what_nobody_spoke_about(buyer: User, freelancer: User, clock: Clock) -> None:
    order = started(buyer, freelancer)
    delivered(order)
    clock.move(days=2, hours=23)
    assert services.orders_autocomplete(actor=SYSTEM) == 0
    clock.move(hours=1)
    assert services.orders_autocomplete(actor=SYSTEM) == 1
    assert services.orders_autocomplete(actor=SYSTEM) == 0
    order.refresh_from_db()
    assert (order.status, order.ended_by) == (OrderState.COMPLETED, EndedBy.SILENCE)
    assert books(order) == {"provider": -10_500, "clearing": 9_000, "revenue": 1_500}


@pytest.mark.parametrize(("trusted", "days"), [(False, 14), (True, 7)])
def test_lines_clear__makes_earnings_payable_after_the_clearing_time(
    buyer: User, freelancer: User, clock: Clock, settings: Any, trusted: bool, days: int
) -> None:
    settings.PORTS = {**settings.PORTS, "trust": (f"{__name__}.Trusts", {"answer": trusted})}
    order = completed(buyer, freelancer)
    clock.move(days=days, seconds=-1)
    assert services.lines_clear(actor=SYSTEM) == 0
    clock.move(seconds=1)
    assert services.lines_clear(actor=SYSTEM) == 1
    assert services.lines_clear(actor=SYSTEM) == 0
    assert books(order) == {"provider": -10_500, "payable": 9_000, "revenue": 1_500}
    assert order.lines.get().status == LineState.CLEARED


class Trusts:
    """A port ``trust`` that always answers the same."""

    def __init__(self, *, answer: bool) -> None:
        self.answer = answer

    def is_trusted(self, *, freelancer_id: object) -> bool:
        return self.answer


def test_mails__tell_each_side_what_concerns_them(buyer: User, freelancer: User, clock: Clock, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    order = started(buyer, freelancer)
    delivery = delivered(order)
    services.revision_request(actor=buyer.actor, delivery_id=delivery.pk, text="The second line is too long.")
    run_tasks()
    told = [(message.to[0], message.subject) for message in mail.outbox]
    assert told == [
        (freelancer.email, "Cleo Marsh ordered from you"),
        (buyer.email, "Ada Fell delivered"),
        (freelancer.email, "Cleo Marsh asks for a revision"),
    ]
    assert not any("second line" in message.body for message in mail.outbox)
    assert all(order.number in message.body for message in mail.outbox)
