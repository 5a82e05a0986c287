"""A reputation leaves signed, is verified by whoever has it, and comes in beside local numbers and never into them."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core import mail

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.reviews import errors, facts, selectors, services
from oeuvre.domains.reviews.levels.rules import level_rules
from oeuvre.domains.reviews.models import ImportedReputation, Installation
from oeuvre.domains.reviews.states import InstallationState
from oeuvre.integrations.credentials import SigningKey
from oeuvre.kit.errors import PermissionDeniedError
from tests.support.clock import Clock
from tests.support.ended_orders import TEXT, ended, reviewed
from tests.support.factories import freelancer_with_profile
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db
HERE = services.profile_address("ada")
Json = dict[str, Any]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def ada(db: None) -> User:
    return freelancer_with_profile("ada@example.org", "ada", "Ada Fell")


@pytest.fixture
def praised(ada: User, buyer: User, clock: Clock) -> User:
    ended(buyer, ada, at=clock.now - timedelta(days=400))
    reviewed(buyer, ada, 5, 4, 5)
    reviewed(buyer, ada, 4, 4, 4, text="Good, and a day early.")
    return ada


class OtherInstallation:
    """Another installation that signs what this one would have said, in its own name."""

    def __init__(self) -> None:
        self.key = SigningKey(Ed25519PrivateKey.generate())

    def says(self, payload: Json, **changes: Any) -> Json:
        issuer = {"name": "The Reading Room", "address": "https://rooms.example"}
        return self.key.sign_json(copy.deepcopy(payload) | {"issuer": issuer, "recipient": HERE} | changes).as_json()


@pytest.fixture
def other() -> OtherInstallation:
    return OtherInstallation()


@pytest.fixture
def payload(praised: User) -> Json:
    found: Json = services.reputation_export(actor=praised.actor)["payload"]
    return found


class TestExport:
    def test_reputation_export__states_subject_issuer_period_and_every_number(
        self, praised: User, clock: Clock
    ) -> None:
        statement = services.reputation_export(actor=praised.actor)
        found = statement["payload"]
        assert found["subject"] == {"name": "Ada Fell", "handle": "ada", "address": HERE}
        assert (found["type"], found["version"], found["issuer"]["name"]) == ("org.oeuvre.reputation", 1, "Oeuvre")
        assert found["period"] == {"firstDay": "2025-12-27", "lastDay": "2027-01-31"}
        assert found["orders"] == {"completed": 3, "due": 3, "onTime": 3, "cancelledByFreelancer": 0}
        assert found["ratings"]["asAsked"] == {"sum": 9, "meanHundredths": 450}
        assert found["ratings"]["distribution"] == [0, 0, 0, 1, 1]
        assert found["issuedAt"] == "2027-01-31T12:00:00Z"
        assert {review["text"] for review in found["reviews"]} == {TEXT, "Good, and a day early."}
        assert json.dumps(statement)  # nothing in it but JSON

    def test_reputation_export__names_a_buyer_only_who_agreed(self, praised: User, buyer: User, clock: Clock) -> None:
        def names() -> set[str]:
            return {row["buyer"] for row in services.reputation_export(actor=praised.actor)["payload"]["reviews"]}

        assert names() == {""}
        first = selectors.reviews_of_freelancer(actor=buyer.actor, freelancer_id=praised.pk).items[0]
        services.review_named_set(actor=buyer.actor, review_id=first.id, named=True)
        assert names() == {"", "Cleo Marsh"}

    def test_reputation_export__is_recorded_by_its_hash(self, praised: User) -> None:
        services.reputation_export(actor=praised.actor, recipient="https://rooms.example/freelancers/ada/")
        record = AuditRecord.objects.get(code="reputation.exported")
        assert len(record.data["sha256"]) == 64
        assert "rooms.example" not in str(record.data)  # where somebody else is known by, is theirs to say

    def test_reputation_export__needs_something_to_say_and_a_whole_address(self, ada: User, buyer: User) -> None:
        with pytest.raises(errors.NothingToExportError):
            services.reputation_export(actor=ada.actor)
        ended(buyer, ada)
        for wrong in ("rooms.example/ada", "javascript:alert(1)", "https://rooms example/"):
            with pytest.raises(errors.RecipientInvalidError):
                services.reputation_export(actor=ada.actor, recipient=wrong)


class TestVerify:
    def test_reputation_verify__says_who_signed_it_and_whether_it_was_here(self, praised: User) -> None:
        statement = services.reputation_export(actor=praised.actor)
        found = services.reputation_verify(statement=json.dumps(statement).encode())
        assert (found.is_own, found.is_known) == (True, True)
        assert found.fingerprint == statement["fingerprint"]
        assert found.reputation.ratings.count == 2

    def test_reputation_verify__of_another_installation_is_valid_and_not_known(
        self, payload: Json, other: OtherInstallation
    ) -> None:
        found = services.reputation_verify(statement=other.says(payload))
        assert (found.is_own, found.is_known, found.installation) == (False, False, None)
        assert found.fingerprint == other.key.fingerprint
        assert found.reputation.issuer.name == "The Reading Room"

    @pytest.mark.parametrize(
        ("place", "value"),
        [(("orders", "completed"), 300), (("ratings", "stars", "sum"), 10), (("subject", "name"), "Somebody else")],
    )
    def test_reputation_verify__notices_a_changed_number(
        self, payload: Json, other: OtherInstallation, place: tuple[str, ...], value: object
    ) -> None:
        statement = other.says(payload)
        part = statement["payload"]
        for key in place[:-1]:
            part = part[key]
        assert part[place[-1]] != value
        part[place[-1]] = value
        with pytest.raises(errors.ReputationInvalidError) as caught:
            services.reputation_verify(statement=statement)
        assert caught.value.context["problem"] == "signature"

    @pytest.mark.parametrize(
        "changes",
        [
            {"version": 2},
            {"orders": {"completed": 1, "due": 2, "onTime": 2, "cancelledByFreelancer": 0}},
            {"issuer": {"name": "X", "address": "javascript:alert(1)"}},
            {"more": "than is known"},
            {"period": {"firstDay": "2027-02-01", "lastDay": "2027-01-31"}},
        ],
    )
    def test_reputation_verify__refuses_what_is_signed_and_makes_no_sense(
        self, payload: Json, other: OtherInstallation, changes: Json
    ) -> None:
        with pytest.raises(errors.ReputationInvalidError) as caught:
            services.reputation_verify(statement=other.says(payload, **changes))
        assert caught.value.context["problem"] == "form"

    def test_reputation_verify__refuses_stars_that_do_not_follow_from_the_scores(
        self, payload: Json, other: OtherInstallation
    ) -> None:
        changed = copy.deepcopy(payload)
        changed["reviews"][0]["stars"] = 1
        with pytest.raises(errors.ReputationInvalidError) as caught:
            services.reputation_verify(statement=other.says(changed))
        assert "other stars" in caught.value.context["detail"]

    def test_reputation_verify__refuses_one_from_the_future(
        self, payload: Json, other: OtherInstallation, clock: Clock
    ) -> None:
        clock.move(days=-3)
        with pytest.raises(errors.ReputationInvalidError) as caught:
            services.reputation_verify(statement=other.says(payload))
        assert caught.value.context["problem"] == "time"

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            (b"\xff\xfe", "json"),
            (b"[]", "json"),
            (b'{"payload": 1.5}', "json"),
            (b"[" * 200_000, "json"),
            (b"{}", "signature"),
            (b'{"payload": {}, "algorithm": "Ed25519", "signature": "", "publicKey": ""}', "signature"),
            (b" " * (4 * 1024 * 1024 + 1), "size"),
        ],
        ids=["bytes", "list", "fraction", "deep", "empty", "unsigned", "large"],
    )
    def test_reputation_verify__says_of_anything_else_what_it_is_not(self, data: bytes, problem: str) -> None:
        with pytest.raises(errors.ReputationInvalidError) as caught:
            services.reputation_verify(statement=data)
        assert caught.value.context["problem"] == problem


class TestImport:
    def test_reputation_import__waits_for_the_operator_and_mixes_with_nothing(
        self, praised: User, operator: User, payload: Json, other: OtherInstallation
    ) -> None:
        before = facts.numbers_of(praised.pk, level_rules())
        row = services.reputation_import(actor=praised.actor, statement=other.says(payload))
        assert selectors.reputations_elsewhere(freelancer_id=praised.pk) == []
        assert len(selectors.reputations_elsewhere(freelancer_id=praised.pk, own=True)) == 1
        [waiting] = selectors.installations(actor=operator.actor)
        mail.outbox.clear()
        services.installation_decide(
            actor=operator.actor, installation_id=waiting.pk, known=True, reasons="The key is the one on their page."
        )
        [shown] = selectors.reputations_elsewhere(freelancer_id=praised.pk)
        assert (shown.id, shown.rating_count, shown.installation.name) == (row.pk, 2, "The Reading Room")
        assert facts.numbers_of(praised.pk, level_rules()) == before
        assert facts.summary(facts.visible(freelancer_id=praised.pk)).count == 2
        run_tasks()
        assert [message.to for message in mail.outbox] == [[praised.email]]
        statement = selectors.reputation_statement(import_id=row.pk)
        assert services.reputation_verify(statement=statement).is_known

    def test_reputations_elsewhere__read_what_was_kept_at_the_import_and_no_statement(
        self,
        praised: User,
        payload: Json,
        other: OtherInstallation,
        monkeypatch: pytest.MonkeyPatch,
        django_assert_num_queries: Any,
    ) -> None:
        """A statement holds up to 2,000 reviews; whoever looks at a profile does not wait until all of them are checked."""
        services.reputation_import(actor=praised.actor, statement=other.says(payload))
        ImportedReputation.objects.update(statement={})
        with django_assert_num_queries(1):
            [shown] = selectors.reputations_elsewhere(freelancer_id=praised.pk, own=True)
            said = (shown.issuer_name, shown.issuer_address, shown.completed, shown.rating_count)
            assert shown.issued_at.isoformat() == payload["issuedAt"].replace("Z", "+00:00")
            assert shown.installation.name == "The Reading Room"
        issuer, orders = payload["issuer"] | {"name": "The Reading Room"}, payload["orders"]
        assert said == (issuer["name"], shown.installation.address, orders["completed"], payload["ratings"]["count"])

    def test_reputation_import__is_only_for_the_profile_that_it_is_made_out_to(
        self, praised: User, payload: Json, other: OtherInstallation
    ) -> None:
        thief = freelancer_with_profile("eve@example.org", "eve", "Eve Sand")
        statement = other.says(payload)
        with pytest.raises(errors.RecipientInvalidError):
            services.reputation_import(actor=thief.actor, statement=statement)
        with pytest.raises(errors.RecipientInvalidError):
            services.reputation_import(actor=praised.actor, statement=other.says(payload, recipient=""))
        with pytest.raises(errors.RecipientInvalidError):  # its own numbers do not come from elsewhere
            services.reputation_import(
                actor=praised.actor, statement=services.reputation_export(actor=praised.actor, recipient=HERE)
            )
        assert not ImportedReputation.objects.exists()
        assert not Installation.objects.exists()

    def test_reputation_import__a_newer_one_takes_the_place_of_the_older(
        self, praised: User, payload: Json, other: OtherInstallation, clock: Clock
    ) -> None:
        services.reputation_import(actor=praised.actor, statement=other.says(payload))
        clock.move(days=1)
        newer = other.says(payload, issuedAt="2027-02-01T10:00:00Z")
        services.reputation_import(actor=praised.actor, statement=json.dumps(newer).encode())
        assert ImportedReputation.objects.get().issued_at.isoformat() == "2027-02-01T10:00:00+00:00"
        with pytest.raises(errors.RecipientInvalidError, match="newer"):
            services.reputation_import(actor=praised.actor, statement=other.says(payload))

    def test_installation_decide__refused_keys_are_not_taken_and_say_why(
        self, praised: User, operator: User, payload: Json, other: OtherInstallation
    ) -> None:
        services.reputation_import(actor=praised.actor, statement=other.says(payload))
        [waiting] = selectors.installations(actor=operator.actor)
        with pytest.raises(PermissionDeniedError):
            services.installation_decide(actor=praised.actor, installation_id=waiting.pk, known=True, reasons="Mine.")
        services.installation_decide(
            actor=operator.actor, installation_id=waiting.pk, known=False, reasons="Nobody knows them."
        )
        with pytest.raises(errors.InstallationRefusedError, match="Nobody knows them"):
            services.reputation_import(actor=praised.actor, statement=other.says(payload))
        assert selectors.reputations_elsewhere(freelancer_id=praised.pk) == []
        with pytest.raises(errors.ImportNotFoundError):
            selectors.reputation_statement(import_id=ImportedReputation.objects.get().pk)
        assert Installation.objects.get().status == InstallationState.REFUSED

    def test_reputation_remove__forgets_a_key_that_nobody_else_brought_and_no_operator_decided_about(
        self, praised: User, operator: User, payload: Json, other: OtherInstallation
    ) -> None:
        """Keys cost nothing: brought along and taken back one after the other, they would fill the operator's list."""
        for _time in range(3):
            row = services.reputation_import(actor=praised.actor, statement=OtherInstallation().says(payload))
            services.reputation_remove(actor=praised.actor, import_id=row.pk)
        assert not Installation.objects.exists()
        assert AuditRecord.objects.filter(code="installation.forgotten").count() == 3

        row = services.reputation_import(actor=praised.actor, statement=other.says(payload))
        services.installation_decide(
            actor=operator.actor, installation_id=row.installation_id, known=False, reasons="Nobody knows them."
        )
        services.reputation_remove(actor=praised.actor, import_id=row.pk)
        [kept] = selectors.installations(actor=operator.actor)
        assert (kept.status, vars(kept)["profiles"]) == (
            InstallationState.REFUSED,
            0,
        )  # it stays refused for whoever comes next

    def test_reputation_remove__leaves_a_key_that_somebody_else_brought_too(
        self, praised: User, operator: User, payload: Json, other: OtherInstallation
    ) -> None:
        second = freelancer_with_profile("eve@example.org", "eve", "Eve Sand")
        mine = services.reputation_import(actor=praised.actor, statement=other.says(payload))
        theirs = services.profile_address("eve")
        services.reputation_import(actor=second.actor, statement=other.says(payload, recipient=theirs))
        services.reputation_remove(actor=praised.actor, import_id=mine.pk)
        [waiting] = selectors.installations(actor=operator.actor)
        assert (waiting.status, vars(waiting)["profiles"]) == (InstallationState.WAITING, 1)

    def test_reputation_remove__is_for_whoever_brought_it(
        self, praised: User, buyer: User, payload: Json, other: OtherInstallation
    ) -> None:
        row = services.reputation_import(actor=praised.actor, statement=other.says(payload))
        with pytest.raises(errors.ImportNotFoundError):
            services.reputation_remove(actor=buyer.actor, import_id=row.pk)
        services.reputation_remove(actor=praised.actor, import_id=row.pk)
        assert not ImportedReputation.objects.exists()


def test_statement__verifies_without_this_program(praised: User, tmp_path: Path) -> None:
    """Anybody can check one with a canonical JSON library and an Ed25519 library, as the handbook says."""
    import base64

    import rfc8785
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    statement = services.reputation_export(actor=praised.actor)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(statement["publicKey"]))
    key.verify(base64.b64decode(statement["signature"]), rfc8785.dumps(statement["payload"]))
