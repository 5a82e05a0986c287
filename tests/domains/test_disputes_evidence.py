"""Evidence: put together by itself, sealed, signed, opened by the two sides and the operator, and every look recorded."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.services import Upload
from oeuvre.domains.disputes import errors, gathering, selectors, services
from oeuvre.domains.disputes.archives import Entry, json_entry, pack, read
from oeuvre.domains.disputes.gathering import Room
from oeuvre.domains.disputes.models import Dispute, EvidenceBundle
from oeuvre.domains.disputes.selectors import Evidence
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.models import Order
from oeuvre.kit.ports import port
from tests.support.disputes import CLAIM, answered, handed_over, opened, refund
from tests.support.media import RECORDING, draft_recording
from tests.support.orders import TEXT, delivered
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(buyer: User, freelancer: User, blob_folder: object) -> Order:
    """Delivered, sent back, delivered again, with a conversation beside it."""
    order = handed_over(buyer, freelancer)
    delivery = order.deliveries.get()
    orders.revision_request(actor=buyer.actor, delivery_id=delivery.pk, text="Winter, not summer, please.")
    order.refresh_from_db()
    delivered(order, text=f"{TEXT} In winter.")
    talk = conversations.conversation_open(
        actor=buyer.actor,
        buyer_id=buyer.pk,
        freelancer_id=freelancer.pk,
        subject_type="order",
        subject_id=order.pk,
    )
    conversations.message_send(actor=buyer.actor, conversation_id=talk.pk, body="Is it about winter?")
    conversations.message_send(
        actor=freelancer.actor,
        conversation_id=talk.pk,
        body="As you see.",
        files=[Upload("../../plan.txt", b"The plan of the harbour in winter, with ice.")],
    )
    return order


@pytest.fixture
def dispute(order: Order, buyer: User) -> Dispute:
    dispute = opened(order, buyer, proposal=refund(5_000))
    run_tasks()
    return dispute


def evidence_of(person: User, dispute: Dispute) -> Evidence:
    page = selectors.dispute_page(actor=person.actor, dispute_id=dispute.pk)
    return selectors.evidence(actor=person.actor, page=page)


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class TestBuild:
    def test_evidence_build__holds_terms_versions_times_deliveries_changes_messages_and_files(
        self, dispute: Dispute, order: Order, buyer: User
    ) -> None:
        name, data = selectors.bundle_content(actor=buyer.actor, dispute_id=dispute.pk, number=1)
        assert name == f"{dispute.number}-evidence-1.zip"
        parts = unpacked(data)
        facts = json.loads(parts["order.json"])
        assert (facts["scope"], facts["gig version"]) == (
            "Write a notice about the winter timetable.",
            str(order.gig_version_id),
        )
        assert facts["money"]["held"]["total"] == "$105.00"
        first, second = json.loads(parts["deliveries.json"])
        assert first["revision asked for"] == "Winter, not summer, please."
        assert second["files"][0]["sha256"] == hashlib.sha256(f"{TEXT} In winter.".encode()).hexdigest()
        assert {"order.delivered", "order.disputed"} <= {row["code"] for row in json.loads(parts["history.json"])}
        assert json.loads(parts["dispute.json"])["said"][0]["text"] == CLAIM
        [talk] = [json.loads(parts[path]) for path in parts if path.startswith("messages-")]
        assert [(row["by"], row["body"]) for row in talk] == [
            ("buyer", "Is it about winter?"),
            ("freelancer", "As you see."),
        ]
        assert any(path.startswith("deliveries/2/") for path in parts)
        assert any(path.startswith("attachments/") and path.endswith("plan.txt") for path in parts)
        assert not any(".." in path for path in parts)

    def test_evidence_build__holds_a_draft_that_is_a_recording(self, order: Order, buyer: User) -> None:
        draft_recording(order)
        dispute = opened(order, buyer, proposal=refund(5_000))
        run_tasks()
        _name, data = selectors.bundle_content(actor=buyer.actor, dispute_id=dispute.pk, number=1)
        assert unpacked(data)["draft.wav"] == RECORDING

    def test_evidence_build__every_part_is_listed_with_its_hash_and_the_list_is_signed(
        self, dispute: Dispute, buyer: User
    ) -> None:
        bundle = EvidenceBundle.objects.get(dispute=dispute)
        _name, data = selectors.bundle_content(actor=buyer.actor, dispute_id=dispute.pk, number=1)
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (bundle.sha256, bundle.size)
        parts = unpacked(data)
        manifest = json.loads(parts.pop("manifest.json"))
        listed = {row["path"]: row["sha256"] for row in manifest["payload"]["entries"] if row["included"]}
        assert listed == {path: hashlib.sha256(content).hexdigest() for path, content in parts.items()}
        assert bundle.files == len(parts)
        credentials: Any = port("credentials", object)
        assert credentials.verify_statement(manifest)
        manifest["payload"]["entries"][0]["sha256"] = "0" * 64
        assert not credentials.verify_statement(manifest)

    def test_evidence_build__is_sealed_where_it_lies(self, dispute: Dispute, blob_folder: Any) -> None:
        kept = [path.read_bytes() for path in blob_folder.rglob("*") if path.is_file()]
        assert kept
        assert not any(data.startswith(b"PK") or CLAIM.encode() in data for data in kept)

    def test_evidence_build__says_in_the_audit_log_that_messages_were_shown(
        self, dispute: Dispute, order: Order
    ) -> None:
        shown = AuditRecord.objects.get(code="dispute.messages_shown")
        assert (shown.object_id, shown.data["messages"], shown.data["bundle"]) == (str(dispute.pk), 2, 1)
        assert "winter" not in json.dumps(list(AuditRecord.objects.values_list("data", flat=True))).lower()

    def test_evidence_build__a_new_one_is_made_for_the_operator_and_the_old_one_stays(
        self, dispute: Dispute, buyer: User, freelancer: User, operator: User
    ) -> None:
        services.dispute_answer(
            actor=freelancer.actor, dispute_id=dispute.pk, text="The order says harbour, and no season."
        )
        services.dispute_escalate(actor=buyer.actor, dispute_id=dispute.pk)
        run_tasks()
        page = selectors.dispute_page(actor=operator.actor, dispute_id=dispute.pk)
        assert [bundle.number for bundle in page.bundles] == [1, 2]
        _name, data = selectors.bundle_content(actor=operator.actor, dispute_id=dispute.pk, number=2)
        assert len(json.loads(unpacked(data)["dispute.json"])["said"]) == 2

    def test_evidence_build__of_a_dispute_that_is_over_is_nothing(self, dispute: Dispute, buyer: User) -> None:
        services.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)
        assert services.evidence_build(dispute_id=dispute.pk) is None

    def test_evidence_build__names_with_their_hash_what_is_too_large(
        self, order: Order, buyer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gathering, "Room", lambda: Room(0))
        dispute = answered(order, buyer)
        run_tasks()
        bundle = EvidenceBundle.objects.filter(dispute=dispute).latest("number")
        assert bundle.left_out == 3  # two deliveries and an attachment
        found = evidence_of(buyer, dispute)
        left_out = [row for row in found.entries if not row["included"]]
        assert hashlib.sha256(f"{TEXT} In winter.".encode()).hexdigest() in {row["sha256"] for row in left_out}

    def test_evidence_build__an_order_without_a_conversation_has_none(
        self, buyer: User, freelancer: User, blob_folder: object
    ) -> None:
        dispute = opened(handed_over(buyer, freelancer), buyer)
        run_tasks()
        assert evidence_of(buyer, dispute).messages == []


class TestRead:
    def test_evidence__is_how_an_operator_sees_messages_and_every_look_is_recorded(
        self, dispute: Dispute, operator: User
    ) -> None:
        found = evidence_of(operator, dispute)
        assert [message["body"] for message in found.messages] == ["Is it about winter?", "As you see."]
        assert found.order["title"] == "A notice for the harbour"
        looked = AuditRecord.objects.get(code="dispute.evidence_read")
        assert (looked.actor_id, looked.object_id) == (operator.pk, str(dispute.pk))

    def test_evidence__is_for_the_two_and_operators(
        self, dispute: Dispute, freelancer: User, other_freelancer: User
    ) -> None:
        assert evidence_of(freelancer, dispute).messages
        with pytest.raises(errors.DisputeNotFoundError):
            evidence_of(other_freelancer, dispute)
        with pytest.raises(errors.DisputeNotFoundError):
            selectors.bundle_content(actor=other_freelancer.actor, dispute_id=dispute.pk, number=1)
        with pytest.raises(errors.BundleNotFoundError):
            selectors.bundle_content(actor=freelancer.actor, dispute_id=dispute.pk, number=7)

    def test_evidence__is_gone_when_its_time_is_over(self, dispute: Dispute, buyer: User) -> None:
        services.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)
        services.erase(buyer.actor)
        run_tasks()
        with pytest.raises(errors.BundleNotFoundError):
            evidence_of(buyer, dispute)


class TestArchive:
    @given(
        st.lists(
            st.tuples(st.text(max_size=30), st.binary(max_size=40), st.booleans()),
            max_size=6,
        )
    )
    def test_pack__keeps_every_part_under_a_path_of_its_own(self, parts: list[tuple[str, bytes, bool]]) -> None:
        entries = [
            Entry(f"files/{name}", data if inside else None, "", "ab" * 32, len(data)) for name, data, inside in parts
        ]
        packed = pack(entries, head={"type": "test"}, sign=lambda payload: {"payload": payload})
        found = unpacked(packed.data)
        rows = read(packed.data, "manifest.json")["payload"]["entries"]
        assert len({row["path"] for row in rows}) == len(parts)
        assert [found[row["path"]] for row in rows if row["included"]] == [data for _n, data, inside in parts if inside]
        assert all(row["path"].startswith("files/") and ".." not in row["path"].split("/") for row in rows)
        assert (packed.files, packed.left_out) == (
            sum(inside for _n, _d, inside in parts), sum(not inside for _n, _d, inside in parts),
        )  # fmt: skip

    def test_pack__nobody_can_smuggle_in_a_list_of_their_own(self) -> None:
        packed = pack(
            [json_entry("manifest.json", {"mine": True}, "")],
            head={},
            sign=lambda payload: {"payload": payload},
        )
        assert read(packed.data, "manifest.json")["payload"]["entries"][0]["path"] == "manifest-2.json"
