"""What a version of a gig says, as one value: what forms give, services check and store, and exports show."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from oeuvre.domains.catalog.models import GigExtra, GigPackage, GigSample
from oeuvre.domains.catalog.rules import LICENCE
from oeuvre.domains.catalog.states import AiPolicy, PackageKey, QuestionKind, SampleLabel, SampleSource
from oeuvre.kit.files.naming import printable
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from oeuvre.domains.catalog.models import Category, GigVersion

_KEY = re.compile(r"(?!csrfmiddlewaretoken$)[a-z0-9_-]{1,40}")

AttributeValue = str | tuple[str, ...] | float | bool
"""An option's key, several of them, a number, or yes and no."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is in a package, in numbers: 10 images, 1500 words."""

    label: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Package:
    """One size in which a gig is sold. ``days`` is the time to the delivery, ``revisions`` what is included."""

    key: PackageKey
    title: str
    price: Money
    days: int
    description: str = ""
    revisions: int = 0
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """Something on top of any package; ``days`` is what it adds."""

    title: str
    price: Money
    days: int = 0
    description: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a buyer answers before work begins. ``key`` is given when it is saved and names the answer."""

    kind: QuestionKind
    label: str
    help: str = ""
    required: bool = True
    options: tuple[str, ...] = ()
    """Of a choice."""
    minimum: float | None = None
    maximum: float | None = None
    """Of a number."""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """What every delivery of the gig must meet. ``kind`` and ``spec`` are those of an order's acceptance criteria."""

    kind: str
    label: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Faq:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Sample:
    """``ref_id`` is the id of the uploaded image, the work or the generation, as ``source`` says; a text has none.

    ``excerpt`` is a passage for everybody to read, of a text sample all of it.
    """

    source: SampleSource
    ref_id: UUID | None
    label: SampleLabel
    title: str = ""
    caption: str = ""
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class GigContent:
    """All that a version says. ``category`` is the key of a leaf; ``languages`` are BCP 47, the main one first."""

    title: str = ""
    summary: str = ""
    description: str = ""
    category: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    ai_policy: AiPolicy = AiPolicy.NONE
    packages: tuple[Package, ...] = ()
    extras: tuple[Extra, ...] = ()
    requirements: tuple[Question, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    faq: tuple[Faq, ...] = ()
    samples: tuple[Sample, ...] = ()

    @property
    def rights(self) -> str:
        """The option's key of the attribute ``licence``; empty where the category does not ask for it."""
        value = self.attributes.get(LICENCE, "")
        return value if isinstance(value, str) else ""


def content_clean(content: GigContent) -> GigContent:
    """The content without stray characters and empty entries, packages in their order and questions with keys."""
    order = list(PackageKey)
    return replace(
        content,
        title=_line(content.title),
        summary=_line(content.summary),
        description=_block(content.description),
        attributes={key: value for key, value in content.attributes.items() if value not in ("", (), None)},
        languages=tuple(dict.fromkeys(_line(language) for language in content.languages if language.strip())),
        packages=tuple(sorted((_package(one) for one in content.packages), key=lambda one: order.index(one.key))),
        extras=tuple(
            replace(one, title=_line(one.title), description=_line(one.description)) for one in content.extras
        ),
        requirements=_keyed(_question(one) for one in content.requirements),
        criteria=tuple(replace(one, label=_line(one.label)) for one in content.criteria),
        faq=tuple(replace(one, question=_line(one.question), answer=_block(one.answer)) for one in content.faq),
        samples=tuple(
            replace(one, title=_line(one.title), caption=_line(one.caption), excerpt=_block(one.excerpt))
            for one in content.samples
        ),
    )


def _package(one: Package) -> Package:
    facts = tuple(replace(fact, label=_line(fact.label)) for fact in one.facts if fact.label.strip())
    return replace(one, title=_line(one.title), description=_line(one.description), facts=facts)


def _question(one: Question) -> Question:
    options = tuple(dict.fromkeys(_line(option) for option in one.options if option.strip()))
    return replace(one, label=_line(one.label), help=_line(one.help), options=options)


def _keyed(questions: Iterable[Question]) -> tuple[Question, ...]:
    """Each question under a key of its own: the one it came with, else the lowest free ``q1``, ``q2`` …

    A key names a field of the form in which buyers answer, so one that no form of ours gives is replaced.
    """
    given = [one if _KEY.fullmatch(one.key) else replace(one, key="") for one in questions]
    taken = {question.key for question in given}
    free = (f"q{number}" for number in range(1, 2 * len(given) + 1) if f"q{number}" not in taken)
    return tuple(question if question.key else replace(question, key=next(free)) for question in given)


def _line(text: str) -> str:
    return " ".join(printable(text).split())


def _block(text: str) -> str:
    return "\n".join(printable(line).rstrip() for line in text.splitlines()).strip()


def content_json(content: GigContent) -> dict[str, Any]:
    """The content as plain values: ids as text, prices as ``{amount, currency}`` in minor units."""
    plain = asdict(content)
    plain["attributes"] = {
        key: list(value) if isinstance(value, tuple) else value for key, value in content.attributes.items()
    }
    for sample in plain["samples"]:
        sample["ref_id"] = str(sample["ref_id"]) if sample["ref_id"] else None
    return plain


def content_of(version: GigVersion) -> GigContent:
    """What is stored. Prefetch ``packages``, ``extras``, ``samples`` and select ``category`` for several versions."""
    return GigContent(
        title=version.title,
        summary=version.summary,
        description=version.description,
        category=version.category.key if version.category else "",
        attributes={
            key: tuple(value) if isinstance(value, list) else value for key, value in version.attributes.items()
        },
        languages=tuple(version.languages),
        ai_policy=AiPolicy(version.ai_policy),
        packages=tuple(_stored_package(row) for row in version.packages.all()),
        extras=tuple(Extra(row.title, row.price, row.days, row.description) for row in version.extras.all()),
        requirements=questions_of(version),
        criteria=tuple(Criterion(**row) for row in version.criteria),
        faq=tuple(Faq(**row) for row in version.faq),
        samples=tuple(_stored_sample(row) for row in version.samples.all()),
    )


def questions_of(version: GigVersion) -> tuple[Question, ...]:
    """The requirements form of a version."""
    return tuple(
        Question(**{**row, "kind": QuestionKind(row["kind"]), "options": tuple(row["options"])})
        for row in version.requirements
    )


def _stored_package(row: GigPackage) -> Package:
    facts = tuple(Fact(**fact) for fact in row.facts)
    return Package(PackageKey(row.key), row.title, row.price, row.days, row.description, row.revisions, facts)


def _stored_sample(row: GigSample) -> Sample:
    label, ref_id = SampleLabel(row.label), row.image_id or row.ref_id
    return Sample(SampleSource(row.source), ref_id, label, row.title, row.caption, row.excerpt)


def content_store(version: GigVersion, content: GigContent, category: Category | None) -> None:
    """Write checked content into a draft whose gig is locked, and save it."""
    version.title, version.summary, version.description = content.title, content.summary, content.description
    version.category = category
    version.attributes = content_json(content)["attributes"]
    version.languages = list(content.languages)
    version.ai_policy = content.ai_policy
    version.rights = content.rights
    version.requirements = [asdict(one) for one in content.requirements]
    version.criteria = [asdict(one) for one in content.criteria]
    version.faq = [asdict(one) for one in content.faq]
    version.save()
    version.packages.all().delete()
    version.extras.all().delete()
    version.samples.all().delete()
    GigPackage.objects.bulk_create(
        GigPackage(
            version=version,
            key=one.key,
            position=position,
            title=one.title,
            description=one.description,
            amount=one.price.amount,
            currency=one.price.currency,
            days=one.days,
            revisions=one.revisions,
            facts=[asdict(fact) for fact in one.facts],
        )
        for position, one in enumerate(content.packages)
    )
    GigExtra.objects.bulk_create(
        GigExtra(
            version=version,
            position=position,
            title=one.title,
            description=one.description,
            amount=one.price.amount,
            currency=one.price.currency,
            days=one.days,
        )
        for position, one in enumerate(content.extras)
    )
    GigSample.objects.bulk_create(_sample_row(version, position, one) for position, one in enumerate(content.samples))


def _sample_row(version: GigVersion, position: int, one: Sample) -> GigSample:
    is_image = one.source is SampleSource.IMAGE
    return GigSample(
        version=version,
        position=position,
        label=one.label,
        title=one.title,
        caption=one.caption,
        excerpt=one.excerpt,
        source=one.source,
        image_id=one.ref_id if is_image else None,
        ref_id=None if is_image else one.ref_id,
    )
