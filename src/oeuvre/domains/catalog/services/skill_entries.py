"""An operator edits the skills that there are, while the site runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.errors import EntryNotFoundError
from oeuvre.domains.catalog.models import Category, Skill, SkillArea
from oeuvre.domains.catalog.schema import AreaRow, SkillRow
from oeuvre.domains.catalog.services.entries import checked, entry_change, entry_create, locked
from oeuvre.kit.actor import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


def skill_area_add(*, actor: Actor, key: str, name: str, summary: str) -> SkillArea:
    """A new field that skills can belong to. Raises EntryInvalidError, KeyTakenError."""
    actor.require(Role.OPERATOR)
    row = checked(AreaRow, {"key": key, "name": name, "summary": summary})
    with transaction.atomic():
        return entry_create(actor, SkillArea(key=row.key, name=row.name, summary=row.summary))


def skill_area_update(*, actor: Actor, area_id: UUID, name: str, summary: str) -> SkillArea:
    """Raises EntryInvalidError, EntryNotFoundError."""
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        area = locked(SkillArea, area_id)
        row = checked(AreaRow, {"key": area.key, "name": name, "summary": summary})
        return entry_change(actor, area, {"name": row.name, "summary": row.summary})


def skill_add(
    *,
    actor: Actor,
    area_id: UUID,
    key: str,
    name: str,
    kind: str,
    summary: str,
    evidence: Sequence[str],
    aliases: Sequence[str] = (),
    categories: Sequence[str] = (),
) -> Skill:
    """A new skill; ``evidence`` are the kinds that can show it, ``categories`` keys of leaves.

    Raises EntryInvalidError, KeyTakenError, EntryNotFoundError.
    """
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        area = locked(SkillArea, area_id)
        row = checked(
            SkillRow,
            {
                "key": key,
                "name": name,
                "area": area.key,
                "kind": kind,
                "summary": summary,
                "aliases": list(aliases),
                "categories": list(categories),
                "evidence": list(evidence),
            },
        )
        return entry_create(actor, Skill(key=row.key, area=area, **_fields(row)))


def skill_update(*, actor: Actor, skill_id: UUID, **changes: Any) -> Skill:
    """Change any of ``skill_add``'s fields but key and area. Raises EntryInvalidError, EntryNotFoundError."""
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        skill = locked(Skill, skill_id)
        given = {
            "name": skill.name,
            "kind": skill.kind,
            "summary": skill.summary,
            "aliases": skill.aliases,
            "categories": skill.categories,
            "evidence": skill.evidence,
        }
        row = checked(SkillRow, {**given, **changes, "key": skill.key, "area": skill.area.key})
        return entry_change(actor, skill, _fields(row))


def _fields(row: SkillRow) -> dict[str, Any]:
    known = set(Category.objects.filter(key__in=row.categories, parent__isnull=False).values_list("key", flat=True))
    unknown = [key for key in row.categories if key not in known]
    if unknown:
        raise EntryNotFoundError(_("There is no leaf “%(key)s”.") % {"key": unknown[0]})
    return {
        "kind": str(row.kind),
        "name": row.name,
        "summary": row.summary,
        "aliases": list(row.aliases),
        "categories": list(row.categories),
        "evidence": [str(one) for one in row.evidence],
    }
