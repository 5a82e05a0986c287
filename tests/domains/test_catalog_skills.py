"""Skills on profiles, and what shows them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.accounts.models import FreelancerProfile
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.catalog import errors, references, selectors
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.models import Skill, SkillArea
from oeuvre.domains.catalog.references import Reference
from oeuvre.domains.search.models import SearchDocument
from oeuvre.kit.errors import PermissionDeniedError
from tests.support.gigs import LEAF, live_gig

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db

WORK = uuid.UUID(int=1)


@pytest.fixture(autouse=True)
def skills(db: None) -> list[Skill]:
    area = SkillArea.objects.create(key="h-sea", name="Sea", summary="On it.")
    return [
        Skill.objects.create(
            key=key, area=area, kind="trade", name=name, evidence=evidence, categories=[LEAF], aliases=aliases
        )
        for key, name, evidence, aliases in (
            ("h-reading-tides", "Reading tides", ["work", "order"], ["tide tables"]),
            ("h-knots", "Knots", ["programme"], ["bowline", "tide ropes"]),
        )
    ]


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch, freelancer: User) -> set[UUID]:
    """Ids of works that the freelancer has; another domain confirms them."""
    monkeypatch.setattr(references, "_sources", {})
    there = {WORK}

    def source(owner_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Reference]:
        mine = there if owner_id == freelancer.pk else set()
        return {one: Reference("work", one, "Tide tables of 2024") for one in ids if one in mine}

    catalog.reference_register("work", source)
    return there


def test_freelancer_skill_add__puts_it_on_the_profile_once(freelancer: User) -> None:
    for _time in range(2):
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-knots")
    assert [one.skill.key for one in selectors.skills_of(freelancer_id=freelancer.pk)] == ["h-knots"]
    assert AuditRecord.objects.filter(code="freelancer_skill.added").count() == 1


def test_freelancer_skill_add__refuses_what_is_not_there(freelancer: User, buyer: User, operator: User) -> None:
    with pytest.raises(errors.EntryNotFoundError):
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-flying")
    catalog.entry_hide(actor=operator.actor, entry=Skill.objects.get(key="h-knots"))
    with pytest.raises(errors.EntryNotFoundError):
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-knots")
    with pytest.raises(PermissionDeniedError):
        catalog.freelancer_skill_add(actor=buyer.actor, skill_key="h-reading-tides")


def test_freelancer_skill_add__stops_at_the_limit(freelancer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oeuvre.domains.catalog.services.skills.LIMITS", replace(LIMITS, skills=1))
    catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-knots")
    with pytest.raises(errors.TooManySkillsError):
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-reading-tides")


def test_freelancer_skill_remove__takes_its_evidence_along(freelancer: User, works: set[UUID]) -> None:
    catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-reading-tides")
    catalog.freelancer_skill_evidence_add(actor=freelancer.actor, skill_key="h-reading-tides", kind="work", ref_id=WORK)
    catalog.freelancer_skill_remove(actor=freelancer.actor, skill_key="h-reading-tides")
    assert selectors.skills_of(freelancer_id=freelancer.pk) == []
    with pytest.raises(errors.SkillNotHeldError):
        catalog.freelancer_skill_remove(actor=freelancer.actor, skill_key="h-reading-tides")


class TestEvidence:
    def test_evidence__is_confirmed_by_the_domain_that_keeps_it(self, freelancer: User, works: set[UUID]) -> None:
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-knots")
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-reading-tides")
        for _time in range(2):
            catalog.freelancer_skill_evidence_add(
                actor=freelancer.actor, skill_key="h-reading-tides", kind="work", ref_id=WORK
            )
        shown = selectors.skills_of(freelancer_id=freelancer.pk)
        assert [one.skill.key for one in shown] == ["h-reading-tides", "h-knots"], "those with evidence first"
        assert [one.reference.title for one in shown[0].evidence] == ["Tide tables of 2024"]
        assert (shown[0].kinds_open, shown[1].kinds_open) == (["work"], [])

    def test_evidence__that_was_removed_is_not_shown_any_more(self, freelancer: User, works: set[UUID]) -> None:
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-reading-tides")
        catalog.freelancer_skill_evidence_add(
            actor=freelancer.actor, skill_key="h-reading-tides", kind="work", ref_id=WORK
        )
        works.clear()
        assert [list(one.evidence) for one in selectors.skills_of(freelancer_id=freelancer.pk)] == [[]]

    def test_evidence__of_somebody_elses_is_refused(
        self, freelancer: User, other_freelancer: User, works: set[UUID]
    ) -> None:
        catalog.freelancer_skill_add(actor=other_freelancer.actor, skill_key="h-reading-tides")
        with pytest.raises(errors.EvidenceNotFoundError):
            catalog.freelancer_skill_evidence_add(
                actor=other_freelancer.actor, skill_key="h-reading-tides", kind="work", ref_id=WORK
            )

    @pytest.mark.parametrize(
        ("skill", "kind", "said"),
        [("h-knots", "work", "is shown by: programme"), ("h-knots", "programme", "Nobody here can confirm")],
    )
    def test_evidence__of_a_kind_that_does_not_do_is_refused(
        self, freelancer: User, works: set[UUID], skill: str, kind: str, said: str
    ) -> None:
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key=skill)
        with pytest.raises(errors.EvidenceKindError, match=said):
            catalog.freelancer_skill_evidence_add(actor=freelancer.actor, skill_key=skill, kind=kind, ref_id=WORK)

    def test_evidence__can_be_enough(self, freelancer: User, works: set[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("oeuvre.domains.catalog.services.skills.LIMITS", replace(LIMITS, evidence=0))
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-reading-tides")
        with pytest.raises(errors.TooMuchEvidenceError):
            catalog.freelancer_skill_evidence_add(
                actor=freelancer.actor, skill_key="h-reading-tides", kind="work", ref_id=WORK
            )

    def test_evidence__is_taken_off_by_its_owner(
        self, freelancer: User, other_freelancer: User, works: set[UUID]
    ) -> None:
        catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-reading-tides")
        evidence = catalog.freelancer_skill_evidence_add(
            actor=freelancer.actor, skill_key="h-reading-tides", kind="work", ref_id=WORK
        )
        with pytest.raises(errors.EvidenceNotFoundError):
            catalog.freelancer_skill_evidence_remove(actor=other_freelancer.actor, evidence_id=evidence.pk)
        catalog.freelancer_skill_evidence_remove(actor=freelancer.actor, evidence_id=evidence.pk)
        assert [list(one.evidence) for one in selectors.skills_of(freelancer_id=freelancer.pk)] == [[]]


def test_skills_matching__finds_by_name_then_by_alias() -> None:
    assert [skill.key for skill in selectors.skills_matching(text="  Tide ")] == ["h-reading-tides", "h-knots"]
    assert selectors.skills_matching(text=" ") == []


def test_skills__reach_the_search_index(freelancer: User) -> None:
    FreelancerProfile.objects.create(user=freelancer, handle="ada")
    gig = live_gig(freelancer)
    catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-reading-tides")
    for kind, ref in (("gig", gig.pk), ("freelancer", freelancer.pk)):
        assert "skill=h-reading-tides" in SearchDocument.objects.get(kind=kind, ref_id=ref).tags
    catalog.freelancer_skill_remove(actor=freelancer.actor, skill_key="h-reading-tides")
    assert "skill=h-reading-tides" not in SearchDocument.objects.get(kind="gig").tags
