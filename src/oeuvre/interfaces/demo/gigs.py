"""The demo people's skills and gigs, put in through the services: written, handed in, let through by the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.content import Criterion, Extra, Fact, Faq, GigContent, Package, Question, Sample
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

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.catalog.content import AttributeValue
    from oeuvre.domains.catalog.models import Gig
    from oeuvre.domains.catalog.rules import AttributeRule
    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.interfaces.demo.content import DemoFreelancer

SHOWN_BY = 2
"""Works that show a skill, for those who bring works."""
EXCERPT = 900
"""Characters of a work that its sample lets everybody read."""


def skills_load(user: User, person: DemoFreelancer) -> None:
    """Put the skills on the profile, each shown by works where the person has some and the skill takes them."""
    works = list(portfolio.works_of(actor=user.actor, owner_id=user.pk)[:SHOWN_BY]) if person.works else []
    for key in person.skills:
        held = services.freelancer_skill_add(actor=user.actor, skill_key=key)
        if EvidenceKind.WORK in held.skill.evidence:
            for work in works:
                services.freelancer_skill_evidence_add(
                    actor=user.actor, skill_key=key, kind=EvidenceKind.WORK, ref_id=work.pk
                )


def gigs_load(user: User, person: DemoFreelancer, operator: User, model: CreationModel | None) -> list[Gig]:
    """Make the person's gigs and have them live, in the order of the file, joined to ``model`` where it says so."""
    works = _works(user, person)
    made = []
    for row in person.gigs:
        gig = services.gig_create(actor=user.actor, content=gig_content(row, works))
        version = services.gig_submit(actor=user.actor, gig_id=gig.pk, revision=1)
        if version.status == VersionState.IN_REVIEW:
            services.gig_version_publish(actor=operator.actor, version_id=version.pk)
        if model is not None and row.get("model"):
            creation.gig_model_join(actor=user.actor, gig_id=gig.pk, model_id=model.pk)
        gig.refresh_from_db()
        made.append(gig)
    return made


def _works(user: User, person: DemoFreelancer) -> dict[str, tuple[UUID, str]]:
    """File name → id and text of each work."""
    ids = {work.title: work.pk for work in portfolio.works_of(actor=user.actor, owner_id=user.pk)}
    return {work.path.name: (ids[work.title], work.path.read_text()) for work in person.works if work.title in ids}


def gig_content(row: Mapping[str, Any], works: Mapping[str, tuple[UUID, str]]) -> GigContent:
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
        samples=tuple(_sample(one, works) for one in row["samples"]),
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


def _sample(one: Mapping[str, Any], works: Mapping[str, tuple[UUID, str]]) -> Sample:
    """A work with its beginning where the file names one, else a text: the excerpt, or what the caption says."""
    label = SampleLabel(one["label"])
    if one.get("file") in works:
        ref_id, text = works[one["file"]]
        return Sample(SampleSource.WORK, ref_id, label, one["title"], one["caption"], _beginning(text))
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
