"""The demo people's skills and gigs, put in through the services: written, handed in, let through by the operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.content import Criterion, Extra, Fact, Faq, GigContent, Package, Question, Sample
from oeuvre.domains.catalog.models import FreelancerSkill, Gig
from oeuvre.domains.catalog.rules import LICENCE
from oeuvre.domains.catalog.states import (
    AiPolicy,
    AttributeType,
    EvidenceKind,
    PackageKey,
    QuestionKind,
    SampleLabel,
    SampleSource,
    VersionState,
)
from oeuvre.domains.creation import services as creation
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.catalog.content import AttributeValue
    from oeuvre.domains.catalog.rules import AttributeRule
    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.interfaces.demo.content import DemoFreelancer

SHOWN_BY = 2
"""Works that show a skill, for those who bring works."""
EXCERPT = 900
"""Characters of a work that its sample lets everybody read."""


def skills_load(user: User, person: DemoFreelancer) -> None:
    """Put the skills on the profile."""
    for key in person.skills:
        services.freelancer_skill_add(actor=user.actor, skill_key=key)


def evidence_load(user: User) -> None:
    """Have works show the skills that take them."""
    works = list(portfolio.works_of(actor=user.actor, owner_id=user.pk)[:SHOWN_BY])
    for held in FreelancerSkill.objects.filter(freelancer=user).select_related("skill"):
        for work in works if EvidenceKind.WORK in held.skill.evidence else []:
            services.freelancer_skill_evidence_add(
                actor=user.actor, skill_key=held.skill.key, kind=EvidenceKind.WORK, ref_id=work.pk
            )


def gigs_load(user: User, person: DemoFreelancer, operator: User) -> None:
    """Make the person's gigs and have them live, in the order of the file."""
    shown = _Shown(_works(user, person), _pictures(user, person))
    for row in person.gigs:
        gig = services.gig_create(actor=user.actor, content=gig_content(row, shown))
        version = services.gig_submit(actor=user.actor, gig_id=gig.pk, revision=1)
        if version.status == VersionState.IN_REVIEW:
            services.gig_version_publish(actor=operator.actor, version_id=version.pk)


def gigs_join(user: User, person: DemoFreelancer, model: CreationModel) -> None:
    """Offer the gigs that say so with the model."""
    titles = [row["title"] for row in person.gigs if row.get("model")]
    for gig in Gig.objects.filter(owner=user, published__title__in=titles):
        creation.gig_model_join(actor=user.actor, gig_id=gig.pk, model_id=model.pk)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What samples refer to, by the names of files."""

    works: Mapping[str, tuple[UUID, Path]]
    pictures: Mapping[str, UUID]


def _works(user: User, person: DemoFreelancer) -> dict[str, tuple[UUID, Path]]:
    ids = {work.title: work.pk for work in portfolio.works_of(actor=user.actor, owner_id=user.pk)}
    return {work.path.name: (ids[work.title], work.path) for work in person.works if work.title in ids}


def _pictures(user: User, person: DemoFreelancer) -> dict[str, UUID]:
    named = {sample["picture"] for gig in person.gigs for sample in gig["samples"] if "picture" in sample}
    return {
        name: services.gig_image_add(actor=user.actor, filename=name, data=person.picture(name)).pk
        for name in sorted(named)
    }


def gig_content(row: Mapping[str, Any], shown: _Shown) -> GigContent:
    """A gig as ``gigs.toml`` has it, with labels of options turned into their keys. Prices are minor units."""
    rules = selectors.leaf_get(key=row["category"]).attributes
    answers = {**row["attributes"], LICENCE: row["rights"]}
    return GigContent(
        title=row["title"],
        summary=row["summary"],
        description=row["description"],
        category=row["category"],
        attributes={key: _answer(rules[key], value) for key, value in answers.items() if key in rules},
        languages=tuple(row["languages"]),
        ai_policy=AiPolicy(row["ai_policy"]),
        packages=tuple(_package(key, one) for key, one in row["packages"].items()),
        extras=tuple(
            Extra(one["title"], _money(one["price"]), one["days"], one["description"]) for one in row["extras"]
        ),
        requirements=tuple(_question(one) for one in row["requirements"]),
        criteria=tuple(_criterion(one) for one in row.get("criteria", [])),
        faq=tuple(Faq(one["question"], one["answer"]) for one in row["faq"]),
        samples=tuple(_sample(one, shown) for one in row["samples"]),
    )


def _money(minor: int) -> Money:
    return Money(minor, settings.CURRENCY)


def _answer(rule: AttributeRule, value: Any) -> AttributeValue:
    keys = {label: key for key, label in rule.options.items()}
    if rule.type is AttributeType.CHOICE:
        return keys[value]
    if rule.type is AttributeType.CHOICES:
        return tuple(keys[label] for label in value)
    answer: float | bool = value
    return answer


def _package(key: str, one: Mapping[str, Any]) -> Package:
    facts = tuple(Fact(fact["label"], fact["quantity"]) for fact in one.get("facts", []))
    return Package(
        PackageKey(key), one["title"], _money(one["price"]), one["days"], one["description"], one["revisions"], facts
    )


def _question(one: Mapping[str, Any]) -> Question:
    return Question(
        QuestionKind(one["kind"]),
        one["label"],
        one.get("help", ""),
        one["required"],
        tuple(one.get("options", [])),
        one.get("minimum"),
        one.get("maximum"),
        one["key"],
    )


def _criterion(one: Mapping[str, Any]) -> Criterion:
    spec = {key: value for key, value in one.items() if key not in ("kind", "label")}
    return Criterion(one["kind"], one.get("label", ""), spec)


def _sample(one: Mapping[str, Any], shown: _Shown) -> Sample:
    """A picture, or a work with its beginning, where the file names one; else a text: the excerpt, or what the caption
    says.
    """
    label = SampleLabel(one["label"])
    if "picture" in one:
        return Sample(SampleSource.IMAGE, shown.pictures[one["picture"]], label, one["title"], one["caption"], "")
    if one.get("file") in shown.works:
        ref_id, path = shown.works[one["file"]]
        return Sample(SampleSource.WORK, ref_id, label, one["title"], one["caption"], _beginning(path.read_text()))
    excerpt = one.get("excerpt", "").strip()
    if excerpt:
        return Sample(SampleSource.TEXT, None, label, one["title"], one["caption"], excerpt)
    return Sample(SampleSource.TEXT, None, label, one["title"], "", one["caption"])


def _beginning(text: str) -> str:
    """The first paragraphs that fit."""
    kept: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        if kept and len("\n\n".join([*kept, paragraph])) > EXCERPT:
            break
        kept.append(paragraph)
    return "\n\n".join(kept)[:EXCERPT]
