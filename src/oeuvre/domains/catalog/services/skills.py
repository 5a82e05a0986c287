"""The skills on a freelancer's profile, and what shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.catalog.documents import findable, freelancer_document_sync, gig_documents_put
from oeuvre.domains.catalog.errors import (
    EntryNotFoundError,
    EvidenceKindError,
    EvidenceNotFoundError,
    SkillNotHeldError,
    TooManySkillsError,
    TooMuchEvidenceError,
)
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.models import FreelancerSkill, Skill, SkillEvidence
from oeuvre.domains.catalog.references import reference_kinds, references
from oeuvre.domains.catalog.states import EvidenceKind
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from uuid import UUID


def freelancer_skill_add(*, actor: Actor, skill_key: str) -> FreelancerSkill:
    """Put a skill on the actor's profile; safe to repeat. Raises EntryNotFoundError, TooManySkillsError."""
    actor.require(Role.FREELANCER)
    with transaction.atomic():
        _lock(actor)
        skill = Skill.objects.filter(key=skill_key, hidden=False, area__hidden=False).first()
        if skill is None:
            raise EntryNotFoundError(_("There is no skill “%(key)s” here.") % {"key": skill_key})
        mine = FreelancerSkill.objects.filter(freelancer_id=actor.person_id)
        held = mine.filter(skill=skill).first()
        if held is not None:
            return held
        if mine.count() >= LIMITS.skills:
            raise TooManySkillsError(
                _("A profile names at most %(limit)d skills. Take one off first.") % {"limit": LIMITS.skills}
            )
        held = FreelancerSkill.objects.create(freelancer_id=actor.person_id, skill=skill)
        audit.record(actor=actor, code="freelancer_skill.added", subject=held, skill=skill.key)
        _found_by(actor.person_id)
    return held


def freelancer_skill_remove(*, actor: Actor, skill_key: str) -> None:
    """Take a skill off the actor's profile, with what showed it. Raises SkillNotHeldError."""
    with transaction.atomic():
        _lock(actor)
        held = _held(actor, skill_key)
        audit.record(actor=actor, code="freelancer_skill.removed", subject=held, skill=skill_key)
        held.delete()
        _found_by(actor.person_id)


def freelancer_skill_evidence_add(*, actor: Actor, skill_key: str, kind: str, ref_id: UUID) -> SkillEvidence:
    """Show a skill by a work, a completed order or a programme of one's own; safe to repeat.

    Raises SkillNotHeldError; EvidenceKindError where the skill does not take this kind, or nobody here can confirm
    it; EvidenceNotFoundError for what is not there or is somebody else's; TooMuchEvidenceError.
    """
    with transaction.atomic():
        _lock(actor)
        held = _held(actor, skill_key)
        _kind_check(held.skill, kind)
        if (kind, ref_id) not in references(actor.person_id, [(kind, ref_id)]):
            raise EvidenceNotFoundError(_("There is no such thing of yours that can be shown."))
        evidence = held.evidence.filter(kind=kind, ref_id=ref_id).first()
        if evidence is not None:
            return evidence
        if held.evidence.count() >= LIMITS.evidence:
            raise TooMuchEvidenceError(
                _("%(limit)d pieces of evidence are enough for one skill. Take one off first.")
                % {"limit": LIMITS.evidence}
            )
        evidence = SkillEvidence.objects.create(held=held, kind=kind, ref_id=ref_id)
        audit.record(
            actor=actor, code="freelancer_skill.shown", subject=held, skill=skill_key, kind=kind, ref=str(ref_id)
        )
    return evidence


def freelancer_skill_evidence_remove(*, actor: Actor, evidence_id: UUID) -> None:
    """Take one piece of evidence off. Raises EvidenceNotFoundError for anybody else's."""
    with transaction.atomic():
        _lock(actor)
        mine = SkillEvidence.objects.select_related("held__skill").filter(held__freelancer_id=actor.person_id)
        evidence = mine.filter(pk=evidence_id).first()
        if evidence is None:
            raise EvidenceNotFoundError(_("There is no such evidence of yours."))
        audit.record(
            actor=actor,
            code="freelancer_skill.evidence_removed",
            subject=evidence.held,
            skill=evidence.held.skill.key,
            kind=evidence.kind,
        )
        evidence.delete()


def _lock(actor: Actor) -> None:
    lock_names([f"catalog.skills-of:{actor.person_id}"])


def _held(actor: Actor, skill_key: str) -> FreelancerSkill:
    mine = FreelancerSkill.objects.select_related("skill").filter(freelancer_id=actor.person_id)
    held = mine.filter(skill__key=skill_key).first()
    if held is None:
        raise SkillNotHeldError(_("Your profile does not name this skill. Add it first."))
    return held


def _kind_check(skill: Skill, kind: str) -> None:
    if kind not in skill.evidence:
        kinds = ", ".join(str(EvidenceKind(one).label).lower() for one in skill.evidence)
        raise EvidenceKindError(
            _("“%(skill)s” is shown by: %(kinds)s. Choose one of these.") % {"skill": skill.name, "kinds": kinds},
            kind=kind,
        )
    if kind not in reference_kinds():
        raise EvidenceKindError(_("Nobody here can confirm this kind of evidence yet. Choose another kind."), kind=kind)


def _found_by(owner_id: UUID) -> None:
    """Let the search index know what the freelancer can do now."""
    freelancer_document_sync(owner_id)
    gig_documents_put(findable().filter(owner_id=owner_id))
