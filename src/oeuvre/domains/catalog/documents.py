"""What the search index is told of gigs and of freelancers, in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.accounts.errors import ProfileNotFoundError
from oeuvre.domains.catalog.models import FreelancerSkill, Gig
from oeuvre.domains.catalog.rules import attribute_words
from oeuvre.domains.catalog.states import GigState
from oeuvre.domains.catalog.tree import market_forget
from oeuvre.domains.search.services import DocumentDraft, document_put, document_withdraw, documents_put
from oeuvre.domains.search.states import Kind
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.accounts.models import FreelancerProfile
    from oeuvre.domains.catalog.models import GigVersion, Skill
    from oeuvre.domains.catalog.rules import AttributeWords

DocumentPart = Callable[[Gig, DocumentDraft], DocumentDraft]
_parts: dict[str, DocumentPart] = {}
_AT_ONCE = 200


def gig_document_part_register(name: str, part: DocumentPart) -> None:
    """Let a domain above add what it knows of a gig to its document; called once, from ``AppConfig.ready``.

    ``part(gig, draft)`` answers the draft, changed with ``dataclasses.replace`` or as it is.
    """
    _parts[name] = part


def gig_document_sync(gig: Gig) -> None:
    """Put a gig that can be ordered into the index, take any other out, and its freelancer accordingly."""
    market_forget()
    if gig.status == GigState.LIVE and gig.accepting_orders:
        for document in _documents(findable().filter(pk=gig.pk)):
            document_put(actor=Actor.system(), document=document)
    else:
        document_withdraw(kind=Kind.GIG, ref_id=gig.pk)
    freelancer_document_sync(gig.owner_id)


def gig_documents_put(gigs: QuerySet[Gig]) -> int:
    """Put the documents of many findable gigs in batches, each its own transaction; returns how many."""
    return sum(documents_put(documents=list(_documents(batch))) for batch in _batches(gigs))


def findable() -> QuerySet[Gig]:
    """Gigs that belong into the index: live and taking orders."""
    return Gig.objects.filter(status=GigState.LIVE, accepting_orders=True)


def _batches(gigs: QuerySet[Gig]) -> Iterator[QuerySet[Gig]]:
    ids = list(gigs.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _AT_ONCE):
        yield findable().filter(pk__in=ids[start : start + _AT_ONCE])


def _documents(gigs: QuerySet[Gig]) -> Iterator[DocumentDraft]:
    rows = list(
        gigs.select_related("published", "category__parent").prefetch_related(
            "published__packages", "published__extras"
        )
    )
    versions = [row.published for row in rows if row.published]
    words = attribute_words({key for version in versions for key in version.attributes})
    skills = _skills_of({row.owner_id for row in rows})
    for gig in rows:
        if gig.published and gig.category:
            document = _document(gig, gig.published, words, skills.get(gig.owner_id, []))
            for part in _parts.values():
                document = part(gig, document)
            yield document


def _skills_of(owners: Iterable[UUID]) -> dict[UUID, list[Skill]]:
    held: dict[UUID, list[Skill]] = {}
    rows = FreelancerSkill.objects.filter(freelancer_id__in=owners, skill__hidden=False).select_related("skill")
    for row in rows.order_by("created_at"):
        held.setdefault(row.freelancer_id, []).append(row.skill)
    return held


def _document(gig: Gig, version: GigVersion, words: AttributeWords, held: list[Skill]) -> DocumentDraft:
    category = gig.category
    group = category.parent if category else None
    packages = list(version.packages.all())
    # Of what a freelancer can do, only that which is used in this category speaks for this gig.
    skills = [skill for skill in held if category and category.key in skill.categories]
    answers = [
        word
        for key, value in version.attributes.items()
        if not isinstance(value, (bool, int, float))
        for word in words.values(key, tuple(value) if isinstance(value, list) else value)
    ]
    named = [category.name, *category.aliases] if category else []
    named += [group.name] if group else []
    body = [version.description]
    body += [f"{package.title}. {package.description}" for package in packages]
    body += [extra.title for extra in version.extras.all()]
    body += [f"{faq['question']} {faq['answer']}" for faq in version.faq]
    cheapest = min(packages, key=lambda package: package.amount)
    return DocumentDraft(
        kind=Kind.GIG,
        ref_id=gig.pk,
        owner_id=gig.owner_id,
        title=version.title,
        summary=version.summary,
        body="\n".join(body),
        aliases=tuple(dict.fromkeys([*named, *answers, *(skill.name for skill in skills)])),
        url_key=gig.url_key,
        language=version.languages[0],
        languages=tuple(version.languages),
        category=category.key if category else "",
        group=group.key if group else "",
        attributes={key: value if isinstance(value, list) else [value] for key, value in version.attributes.items()},
        skills=tuple(skill.key for skill in skills),
        price=cheapest.price,
        days=min(package.days for package in packages),
        ai_policy=version.ai_policy,
        live_since=gig.live_since,
    )


def freelancer_document_sync(owner_id: UUID) -> None:
    """Put a freelancer who has a skill or a findable gig into the index, and take anybody else out."""
    held = FreelancerSkill.objects.filter(freelancer_id=owner_id, skill__hidden=False)
    first_skill = held.order_by("created_at").values_list("created_at", flat=True).first()
    first_gig = findable().filter(owner_id=owner_id).order_by("live_since").values_list("live_since", flat=True).first()
    since = first_gig or first_skill
    profile = _profile(owner_id) if since else None
    if profile is None:
        document_withdraw(kind=Kind.FREELANCER, ref_id=owner_id)
        return
    skills = _skills_of({owner_id}).get(owner_id, [])
    languages = tuple(profile.languages) or ("en",)
    document = DocumentDraft(
        kind=Kind.FREELANCER,
        ref_id=owner_id,
        owner_id=owner_id,
        title=profile.user.public_name,
        summary=profile.headline,
        body=profile.bio,
        aliases=tuple(word for word in (profile.trade, *(skill.name for skill in skills)) if word),
        url_key=profile.handle,
        language=languages[0],
        languages=languages,
        skills=tuple(skill.key for skill in skills),
        live_since=since,
    )
    document_put(actor=Actor.system(), document=document)


def _profile(owner_id: UUID) -> FreelancerProfile | None:
    """The public profile of somebody who is a freelancer now."""
    try:
        profile = accounts.profile_own(actor=Actor(owner_id, frozenset()))
    except ProfileNotFoundError:
        return None
    user = profile.user
    return profile if user.is_freelancer and user.is_active and user.deleted_at is None else None
