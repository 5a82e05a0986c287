"""Reading the catalogue: each selector takes the actor and returns only what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.catalog.checks import missing_in
from oeuvre.domains.catalog.comparing import Comparable, comparables
from oeuvre.domains.catalog.content import GigContent, content_json, content_of
from oeuvre.domains.catalog.desk import gigs_all, review_queue
from oeuvre.domains.catalog.differences import Difference, Part, differences
from oeuvre.domains.catalog.errors import (
    DraftMissingError,
    GigNotFoundError,
    GigVersionNotFoundError,
    ImageNotFoundError,
)
from oeuvre.domains.catalog.models import Gig, GigImage, GigPackage, GigVersion
from oeuvre.domains.catalog.restoring import FileState
from oeuvre.domains.catalog.rules import (
    AttributeRule,
    AttributeWords,
    LeafRules,
    all_leaf_rules,
    attribute_words,
    leaf_rules,
)
from oeuvre.domains.catalog.services.gigs import content_problems, images_of
from oeuvre.domains.catalog.services.images import image_context
from oeuvre.domains.catalog.shown import (
    Availability,
    SampleShown,
    VersionShown,
    availability,
    version_parts,
    version_shown,
)
from oeuvre.domains.catalog.skills import SkillShown, skill_areas, skills_matching, skills_of
from oeuvre.domains.catalog.states import ON_SHOW, OPEN_VERSION, GigState, VersionState
from oeuvre.domains.catalog.tree import (
    CategoryPage,
    TreeGroup,
    TreeLeaf,
    Usage,
    attributes_all,
    catalogue_loads,
    category_get,
    category_names,
    category_page,
    category_tree,
    category_usage,
    leaf_get,
    live_counts,
    use_case_get,
    use_cases,
)
from oeuvre.domains.catalog.usage import (
    AttributeUsage,
    LeafUsage,
    attribute_usage,
    entries_by_hand,
    entry_in_files,
    entry_of,
    leaf_usage,
    skills_held,
)
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.parts import with_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.catalog.errors import GigContentError

__all__ = [
    "AttributeRule",
    "AttributeUsage",
    "AttributeWords",
    "Availability",
    "CategoryPage",
    "Comparable",
    "Difference",
    "FileState",
    "GigDraft",
    "GigPage",
    "LeafRules",
    "LeafUsage",
    "Part",
    "ReviewPage",
    "SampleShown",
    "SkillShown",
    "TreeGroup",
    "TreeLeaf",
    "Usage",
    "VersionShown",
    "all_leaf_rules",
    "attribute_usage",
    "attribute_words",
    "attributes_all",
    "availability",
    "catalogue_loads",
    "category_get",
    "category_names",
    "category_page",
    "category_tree",
    "category_usage",
    "comparables",
    "content_json",
    "entries_by_hand",
    "entry_in_files",
    "entry_of",
    "gig_cards",
    "gig_difference",
    "gig_draft",
    "gig_history",
    "gig_image",
    "gig_own",
    "gig_public",
    "gig_version",
    "gig_version_of",
    "gigs_all",
    "gigs_live",
    "gigs_of",
    "leaf_get",
    "leaf_usage",
    "live_counts",
    "review_page",
    "review_queue",
    "skill_areas",
    "skills_held",
    "skills_matching",
    "skills_of",
    "use_case_get",
    "use_cases",
    "version_shown",
]


# Pages for everybody


@dataclass(frozen=True, slots=True)
class GigPage:
    """A gig's page. ``gig`` came with ``owner`` and ``category.parent``; ``shown`` is the published version."""

    gig: Gig
    shown: VersionShown
    availability: Availability


def gig_public(*, actor: Actor, url_key: str) -> GigPage:
    """The gig at an address, by the code that ends it; two queries, and one a kind of reference.

    Everybody's while live or paused (which then says so); one that is over, its owner's and the operators'. The caller
    sends on to ``gig.url_key`` where that differs. Raises GigNotFoundError.
    """
    found = Gig.objects.filter(code=url_key.rpartition("-")[2], published__isnull=False).select_related(
        "owner__profile", "category__parent", "published__category__parent"
    )
    gig = with_parts(found, *version_parts(path="published")).first()
    if gig is None or gig.published is None or not (gig.status in ON_SHOW or _may_see(actor, gig)):
        raise GigNotFoundError(_("There is no such gig."))
    return GigPage(gig, version_shown(gig.published, owner_id=gig.owner_id), availability(gig=gig))


def _may_see(actor: Actor, gig: Gig) -> bool:
    """Whether the actor sees what is not, or no longer, on show."""
    is_owner = actor.user_id is not None and gig.owner_id == actor.user_id
    return is_owner or actor.has(Role.OPERATOR, Role.SYSTEM)


def gig_cards(*, actor: Actor, ids: Iterable[UUID], with_samples: bool = True) -> list[Gig]:
    """Gigs that are on show, in the order of ``ids``, with owner, category, packages and, for who shows pictures, samples.

    One query.
    """
    wanted = list(ids)
    rows = Gig.objects.filter(pk__in=wanted, status__in=[str(state) for state in ON_SHOW])
    found = {gig.pk: gig for gig in _cards(rows, *(("packages", "samples") if with_samples else ("packages",)))}
    return [found[pk] for pk in wanted if pk in found]


def _cards(rows: QuerySet[Gig], *parts: str) -> QuerySet[Gig]:
    lowest = GigPackage.objects.filter(version=OuterRef("published__pk")).order_by("amount").values("amount")[:1]
    found = rows.select_related("owner__profile", "category__parent", "published").annotate(
        from_amount=Subquery(lowest)
    )
    return with_parts(found, *version_parts(*parts, path="published"))


def gigs_of(*, actor: Actor, owner_id: UUID) -> QuerySet[Gig]:
    """A freelancer's gigs as cards, newest first: all of them for the owner and operators, else the live ones.

    Gigs that were never published have no ``published``. One query.
    """
    rows = Gig.objects.filter(owner_id=owner_id)
    if not (actor.user_id == owner_id or actor.has(Role.OPERATOR, Role.SYSTEM)):
        rows = rows.filter(status=GigState.LIVE)
    return _cards(rows, "packages", "samples").order_by("-created_at")


def gigs_live(*, owner_id: UUID) -> list[Gig]:
    """What a freelancer has on offer, newest first, with category, published version and packages; one query."""
    rows = Gig.objects.filter(owner_id=owner_id, status=GigState.LIVE).select_related("category", "published")
    return list(with_parts(rows, *version_parts("packages", path="published")).order_by("-created_at"))


def gig_image(*, actor: Actor, image_id: UUID, small: bool = False) -> tuple[bytes, str]:
    """A sample's picture and its media type: everybody's on a gig that is on show, else its owner's and operators'.

    Raises ImageNotFoundError, KeyDestroyedError.
    """
    image = GigImage.objects.filter(pk=image_id).first()
    if image is not None and not (
        (actor.user_id is not None and image.owner_id == actor.user_id) or actor.has(Role.OPERATOR, Role.SYSTEM)
    ):
        on_show = [str(state) for state in ON_SHOW]
        public = image.samples.filter(version__status=VersionState.PUBLISHED, version__gig__status__in=on_show)
        image = image if public.exists() else None
    if image is None:
        raise ImageNotFoundError(_("There is no such picture."))
    key = image.small_key if small else image.blob_key
    context = image_context(image.pk, small=small)
    return accounts.blob_open(owner_id=image.owner_id, key=key, context=context), image.media_type


# The owner's pages


def gig_own(*, actor: Actor, gig_id: UUID) -> Gig:
    """The actor's own gig in any state; any gig for operators. Raises GigNotFoundError."""
    gig = Gig.objects.select_related("published", "category__parent", "owner").filter(pk=gig_id).first()
    if gig is None or not _may_see(actor, gig):
        raise GigNotFoundError(_("There is no such gig of yours."))
    return gig


@dataclass(frozen=True, slots=True)
class GigDraft:
    """What the form to edit a gig needs."""

    gig: Gig
    version: GigVersion
    """``based_on`` is the version that it was copied from; one that was returned says why."""
    content: GigContent
    leaf: LeafRules | None
    """What the chosen category asks for."""
    problems: Sequence[GigContentError]
    """What keeps it from being handed in, wrong before missing; each with ``field`` and ``message``."""


def gig_draft(*, actor: Actor, gig_id: UUID) -> GigDraft:
    """The version that can be edited, or waits. Raises GigNotFoundError, DraftMissingError where there is none."""
    version = _versions(gig_id).filter(status__in=[str(state) for state in OPEN_VERSION]).first()
    if version is None or not _may_see(actor, version.gig):
        gig = gig_own(actor=actor, gig_id=gig_id)
        raise DraftMissingError(_("This gig has no draft. Open one to edit it."), gig=gig)
    gig, content = version.gig, content_of(version)
    leaf = leaf_rules(content.category) if content.category else None
    problems = [*content_problems(gig.owner_id, content, leaf, images_of(version)), *missing_in(content, leaf)]
    return GigDraft(gig, version, content, leaf, problems)


def gig_history(*, actor: Actor, gig_id: UUID) -> list[GigVersion]:
    """Every version of a gig without its parts, newest first, for its owner and operators; one query.

    Each has the gig with ``published``, ``category.parent`` and ``owner.profile``. Raises GigNotFoundError.
    """
    rows = list(_with_gig(GigVersion.objects.filter(gig=gig_id)))
    if not rows or not _may_see(actor, rows[0].gig):
        raise GigNotFoundError(_("There is no such gig of yours."))
    return rows


def gig_version_of(*, actor: Actor, gig_id: UUID, number: int | None = None) -> GigVersion:
    """A gig's version of this number, or the newest, in full, for its owner and operators; one query.

    Raises GigVersionNotFoundError.
    """
    rows = _versions(gig_id)
    version = (rows if number is None else rows.filter(number=number)).first()
    if version is None or not _may_see(actor, version.gig):
        raise GigVersionNotFoundError(_("This gig has no such version."))
    return version


def gig_difference(*, actor: Actor, gig_id: UUID, before: int, after: int) -> list[Difference]:
    """What changed between two versions, by number, for owner and operators.

    Raises GigNotFoundError, GigVersionNotFoundError.
    """
    rows = {row.number: row for row in _versions(gig_id).filter(number__in=[before, after])}
    if not rows or not _may_see(actor, next(iter(rows.values())).gig):
        gig_own(actor=actor, gig_id=gig_id)
    if not {before, after} <= set(rows):
        raise GigVersionNotFoundError(_("This gig has no such version."))
    return _differences(rows[before], rows[after])


def _with_gig(rows: QuerySet[GigVersion]) -> QuerySet[GigVersion]:
    found = rows.order_by("-number").select_related("category__parent", "based_on", "decided_by")
    return found.select_related("gig__owner__profile", "gig__published", "gig__category__parent")


def _in_full(rows: QuerySet[GigVersion]) -> QuerySet[GigVersion]:
    return with_parts(_with_gig(rows), *version_parts())


def _versions(gig_id: UUID) -> QuerySet[GigVersion]:
    return _in_full(GigVersion.objects.filter(gig=gig_id))


def _differences(before: GigVersion, after: GigVersion) -> list[Difference]:
    keys = {*before.attributes, *after.attributes}
    leaves = {version.category.key: version.category.name for version in (before, after) if version.category}
    return differences(content_of(before), content_of(after), attribute_words(keys), leaves)


# Operators


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What an operator sees before deciding."""

    gig: Gig
    """With the owner's profile."""
    shown: VersionShown
    problems: Sequence[GigContentError]
    """What keeps it from being published now: the catalogue may have changed since it was handed in."""
    differences: Sequence[Difference]
    """From what buyers see now; empty for a gig that was never published."""
    returned: Sequence[GigVersion]
    """Versions of this gig that were sent back before, newest first."""
    others_live: int
    others_removed: int
    """The freelancer's other gigs."""


def review_page(*, actor: Actor, version_id: UUID) -> ReviewPage:
    """A version that waits or was decided, for operators. Raises GigVersionNotFoundError."""
    actor.require(Role.OPERATOR)
    version, *before = _reviewed(version_id)
    gig = version.gig
    former = next((row for row in before if row.pk == gig.published_id), None)
    content = content_of(version)
    leaf = leaf_rules(content.category) if content.category else None
    others = list(Gig.objects.filter(owner_id=gig.owner_id).exclude(pk=gig.pk).values_list("status", flat=True))
    return ReviewPage(
        gig=gig,
        shown=version_shown(version, owner_id=gig.owner_id),
        problems=[*content_problems(gig.owner_id, content, leaf, images_of(version)), *missing_in(content, leaf)],
        differences=_differences(former, version) if former else [],
        returned=[row for row in before if row.status == VersionState.RETURNED],
        others_live=others.count(str(GigState.LIVE)),
        others_removed=others.count(str(GigState.REMOVED)),
    )


def _reviewed(version_id: UUID) -> list[GigVersion]:
    """The version, then what buyers see and those that were returned, other than it, newest first. One query."""
    gig = Gig.objects.filter(versions=version_id)
    wanted = Q(pk=version_id) | Q(pk__in=gig.values("published")) | Q(gig__in=gig, status=VersionState.RETURNED)
    rows = sorted(_in_full(GigVersion.objects.filter(wanted)), key=lambda row: row.pk != version_id)
    if not rows:
        raise GigVersionNotFoundError(_("There is no such version of a gig."))
    return rows


def gig_version(*, actor: Actor, version_id: UUID) -> GigVersion:
    """Any version in full, with its gig and the gig's owner: for the owner, operators and the system (orders).

    Raises GigVersionNotFoundError for anybody else.
    """
    version = _in_full(GigVersion.objects.filter(pk=version_id)).first()
    if version is None or not _may_see(actor, version.gig):
        raise GigVersionNotFoundError(_("There is no such version of a gig."))
    return version
