"""Verdicts, summaries, manifests, exports, and the end of a body of work."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.portfolio import selectors, services, services_exports
from oeuvre.domains.portfolio.models import Work
from oeuvre.domains.portfolio.states import Modality, Rights, WorkState
from oeuvre.kit.actor import Actor
from tests.domains.portfolio_texts import prose

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pytest_django import Settings

    from oeuvre.domains.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


class Delivered:
    """A scripted provider of the port ``deliveries``."""

    hashes: frozenset[str] = frozenset()

    def without_consent(self, sha256s: Collection[str]) -> frozenset[str]:
        return self.hashes & frozenset(sha256s)


def add(user: User, seed: int, words: int = 120, **details: Any) -> Work:
    return services.work_add(
        actor=user.actor, filename=f"{seed}.txt", data=prose(seed, words).encode(), title=f"Work {seed}", **details
    )


def codes(work: Work) -> list[str]:
    return [refusal.code for refusal in selectors.refusals(work)]


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({}, []),
        ({"rights": Rights.NOT_FOR_TRAINING}, ["not_for_training"]),
        ({"rights": Rights.CLIENT_CONSENTED}, ["evidence_missing"]),
        ({"rights": Rights.CLIENT_CONSENTED, "evidence": "Mail of 3 May"}, []),
        ({"rights": Rights.CLIENT_CONSENTED, "terms": "CC BY"}, ["evidence_missing"]),
        ({"rights": Rights.LICENSED}, ["terms_missing"]),
        ({"rights": Rights.LICENSED, "terms": "CC BY 4.0"}, []),
        ({"words": 19}, ["too_short"]),
        ({"words": 20}, []),
        ({"words": 10, "rights": Rights.NOT_FOR_TRAINING}, ["not_for_training", "too_short"]),
    ],
)
def test_refusals__say_why_and_what_to_do(freelancer: User, details: dict[str, Any], expected: list[str]) -> None:
    work = add(freelancer, 50, **details)
    assert codes(work) == expected
    assert all(refusal.message and refusal.fix for refusal in selectors.refusals(work))
    trainable = selectors.trainable_works(actor=freelancer.actor, owner_id=freelancer.pk, modality=Modality.TEXT)
    assert trainable == ([] if expected else [work])


def test_refusals__of_a_removed_work(freelancer: User) -> None:
    work = add(freelancer, 51)
    services.work_remove(actor=freelancer.actor, work_id=work.pk)
    work.refresh_from_db()
    assert codes(work) == ["removed"]


@pytest.mark.parametrize("field", ["sha256", "content_sha256"])
def test_refusals__a_delivered_work_waits_for_its_buyer(
    freelancer: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    settings.PORTS = {**settings.PORTS, "deliveries": (f"{__name__}.Delivered", {})}
    delivered, free = add(freelancer, 52), add(freelancer, 53)
    monkeypatch.setattr(Delivered, "hashes", frozenset({getattr(delivered, field)}))
    assert codes(delivered) == ["delivered_without_consent"]
    assert selectors.trainable_works(actor=freelancer.actor, owner_id=freelancer.pk, modality=Modality.TEXT) == [free]
    monkeypatch.setattr(Delivered, "hashes", frozenset())
    assert codes(delivered) == []


def test_portfolio_summary__counts_by_verdict(freelancer: User, operator: User, other_freelancer: User) -> None:
    add(freelancer, 54, words=100)
    add(freelancer, 55, words=60)
    add(freelancer, 56, rights=Rights.NOT_FOR_TRAINING)
    add(freelancer, 57, words=10, rights=Rights.LICENSED)
    for actor in (freelancer.actor, operator.actor, Actor.system()):
        summary = selectors.portfolio_summary(actor=actor, owner_id=freelancer.pk)
        assert (summary.works, summary.trainable, summary.size_said) == (4, 2, "160 words")
        assert summary.refused_by == {"not_for_training": 1, "terms_missing": 1, "too_short": 1}
    assert selectors.portfolio_summary(actor=other_freelancer.actor, owner_id=freelancer.pk).works == 0


def test_works_of__filters(freelancer: User) -> None:
    one = add(freelancer, 58, kind="lyric", keywords=["harbour"])
    two = add(freelancer, 59, kind="speech", rights=Rights.NOT_FOR_TRAINING)

    def found(**filters: str) -> list[Work]:
        return list(selectors.works_of(actor=freelancer.actor, owner_id=freelancer.pk, **filters))

    assert found() == [two, one]
    assert found(kind="lyric") == [one]
    assert found(rights="not_for_training") == [two]
    assert found(status="accepted") == [two, one]
    assert found(query="HARB") == [one]
    assert found(query="work 59") == [two]
    assert found(query="nothing") == []


def test_dataset_manifest__lists_trainable_works_without_their_text(freelancer: User) -> None:
    one = add(freelancer, 60, rights=Rights.CLIENT_CONSENTED, evidence="Mail of Ms Quill")
    add(freelancer, 61, rights=Rights.NOT_FOR_TRAINING)
    manifest = selectors.dataset_manifest(actor=freelancer.actor, owner_id=freelancer.pk, modality=Modality.TEXT)
    [entry] = manifest["works"]
    assert (entry["sha256"], entry["title"], entry["rights"]) == (one.sha256, "Work 60", "client_consented")
    assert len(entry["evidence_sha256"]) == 64
    assert entry["terms_sha256"] == ""
    text = json.dumps(manifest)
    assert "Quill" not in text
    assert prose(60).split()[3] not in text
    assert manifest["sha256"] == selectors.manifest_sha256(manifest)
    assert selectors.dataset_manifest(actor=Actor.system(), owner_id=freelancer.pk, modality=Modality.TEXT) == manifest
    services.work_update(actor=freelancer.actor, work_id=one.pk, title="Another title")
    assert (
        selectors.dataset_manifest(actor=freelancer.actor, owner_id=freelancer.pk, modality=Modality.TEXT)["sha256"]
        != manifest["sha256"]
    )


def test_works_export__can_be_taken_in_elsewhere(freelancer: User, other_freelancer: User) -> None:
    add(freelancer, 62, kind="lyric", keywords=["a", "b"], year=1999, language="pt-BR")
    add(freelancer, 63, rights=Rights.LICENSED, terms="CC BY 4.0")
    data = b"".join(services.works_export(actor=freelancer.actor, owner_id=freelancer.pk))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.read("0001-62.txt") == prose(62).encode()
    services.works_destroy(actor=freelancer.actor, owner_id=freelancer.pk)
    result = services.works_add_many(actor=other_freelancer.actor, files=[("works.zip", data)])
    assert result.refused == []
    one, two = result.added
    assert (one.title, one.kind, one.keywords, one.year, one.language) == (
        "Work 62",
        "lyric",
        ["a", "b"],
        1999,
        "pt-BR",
    )
    assert (two.rights, two.terms) == ("licensed", "CC BY 4.0")
    assert AuditRecord.objects.filter(code="works.exported", object_id=str(freelancer.pk)).count() == 1


def test_account_export__holds_the_works_and_what_is_said_of_them(freelancer: User, buyer: User) -> None:
    add(freelancer, 65, kind="lyric")
    files = dict(services_exports.works_account_files(freelancer.actor))
    assert set(files) == {"0001-65.txt", "works.json"}
    assert files["0001-65.txt"] == prose(65).encode()
    assert json.loads(files["works.json"])["works"][0]["kind"] == "lyric"
    assert list(services_exports.works_account_files(buyer.actor)) == []


def test_account_delete__destroys_the_works_and_says_so_before(freelancer: User, buyer: User) -> None:
    work = add(freelancer, 66)
    effects = accounts.deletion_effects(actor=freelancer.actor)
    assert any("Your 1 work is deleted" in sentence for sentence in effects)
    assert not any("work is deleted" in sentence for sentence in accounts.deletion_effects(actor=buyer.actor))
    accounts.account_delete(actor=freelancer.actor, password="a long password")
    work.refresh_from_db()
    assert (work.status, work.title) == (WorkState.REMOVED, "")


def test_works_destroy__leaves_hashes_and_nothing_else(freelancer: User, blob_folder: Path) -> None:
    work = add(freelancer, 64, kind="lyric", rights=Rights.LICENSED, terms="CC BY 4.0")
    assert services.works_destroy(actor=freelancer.actor, owner_id=freelancer.pk) == 1
    assert services.works_destroy(actor=freelancer.actor, owner_id=freelancer.pk) == 0
    work.refresh_from_db()
    assert (work.status, work.title, work.filename, work.terms) == (WorkState.REMOVED, "", "", "")
    assert work.sha256
    assert work.file_key == ""
