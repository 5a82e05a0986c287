"""Reading the skills that there are and those that freelancers hold. Imported through ``catalog.selectors``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Prefetch, Q

from oeuvre.domains.catalog.models import FreelancerSkill, Skill, SkillArea
from oeuvre.domains.catalog.references import reference_kinds, references
from oeuvre.kit.parts import Part, with_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from oeuvre.domains.catalog.references import Reference
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class EvidenceShown:
    evidence_id: UUID
    reference: Reference


@dataclass(frozen=True, slots=True)
class SkillShown:
    """A skill on a profile, with the evidence that is still confirmed."""

    skill: Skill
    evidence: Sequence[EvidenceShown]

    @property
    def kinds_open(self) -> list[str]:
        """Kinds of evidence that the skill takes and somebody here can confirm."""
        return [kind for kind in self.skill.evidence if kind in reference_kinds()]


def skill_areas(*, actor: Actor, with_hidden: bool = False) -> QuerySet[SkillArea]:
    """Areas with their skills (``skills``), in two queries. Hidden ones are an operator's to see."""
    areas, rows = SkillArea.objects.order_by("position", "created_at"), Skill.objects.order_by("position", "created_at")
    if not (with_hidden and actor.is_operator):
        areas, rows = areas.filter(hidden=False), rows.filter(hidden=False)
    return areas.prefetch_related(Prefetch("skills", rows))


def skills_matching(*, text: str, limit: int = 10) -> list[Skill]:
    """Skills to propose for what somebody types: by name first, then by alias."""
    words = " ".join(text.lower().split())
    if not words:
        return []
    rows = Skill.objects.filter(hidden=False, area__hidden=False).filter(
        Q(name__icontains=words) | Q(aliases__icontains=words)
    )
    found = list(rows.order_by("name")[: limit * 4])
    found.sort(key=lambda skill: (not skill.name.lower().startswith(words), words not in skill.name.lower()))
    return found[:limit]


def skills_of(*, freelancer_id: UUID) -> list[SkillShown]:
    """The skills on a freelancer's profile, in the order in which they were added; those with evidence first.

    Evidence is asked for anew, one call a kind; what nobody confirms any more is left out.
    """
    rows = FreelancerSkill.objects.filter(freelancer_id=freelancer_id, skill__hidden=False).select_related(
        "skill__area"
    )
    held = list(with_parts(rows, Part("evidence")).order_by("created_at"))
    confirmed = references(freelancer_id, [(row.kind, row.ref_id) for one in held for row in one.evidence.all()])
    shown = [
        SkillShown(
            one.skill,
            [
                EvidenceShown(row.pk, confirmed[row.kind, row.ref_id])
                for row in one.evidence.all()
                if (row.kind, row.ref_id) in confirmed
            ],
        )
        for one in held
    ]
    return sorted(shown, key=lambda one: not one.evidence)
