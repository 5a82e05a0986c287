"""A freelancer writes a gig: drafts, their versions, and handing them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.catalog.checks import missing_in, wrong_in
from oeuvre.domains.catalog.common import code_new, open_version, own_gig_locked, slug_of
from oeuvre.domains.catalog.content import GigContent, content_clean, content_of, content_store
from oeuvre.domains.catalog.differences import differences
from oeuvre.domains.catalog.errors import (
    DraftChangedError,
    DraftMissingError,
    DraftNeededError,
    GigInReviewError,
    SampleInvalidError,
    TooManyGigsError,
)
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.models import Gig, GigImage, GigVersion
from oeuvre.domains.catalog.publishing import publish
from oeuvre.domains.catalog.references import references
from oeuvre.domains.catalog.rules import attribute_words, leaf_rules
from oeuvre.domains.catalog.services.images import images_release
from oeuvre.domains.catalog.states import GIG, GIG_VERSION, OVER, GigState, ReviewRule, SampleSource, VersionState
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from oeuvre.domains.catalog.errors import GigContentError
    from oeuvre.domains.catalog.rules import LeafRules


def gig_create(*, actor: Actor, content: GigContent | None = None) -> Gig:
    """A new gig with a draft, seen by its owner only.

    Raises PermissionDeniedError for anybody but a freelancer, TooManyGigsError, and for what cannot stay in the
    content a GigContentError that names the field.
    """
    actor.require(Role.FREELANCER)
    given, leaf = _accepted(actor.person_id, content or GigContent())
    with transaction.atomic():
        lock_names([f"catalog.gigs-of:{actor.person_id}"])
        there = Gig.objects.filter(owner_id=actor.person_id).exclude(status__in=[str(state) for state in OVER])
        if there.count() >= LIMITS.gigs:
            raise TooManyGigsError(
                _("You have %(limit)d gigs, which is all there is room for. Close one first.") % {"limit": LIMITS.gigs}
            )
        gig = Gig.objects.create(owner_id=actor.person_id, code=code_new(), slug=slug_of(given.title))
        version = GigVersion(gig=gig, number=1)
        content_store(version, given, leaf.category if leaf else None)
        audit.record(actor=actor, code="gig.created", subject=gig)
    return gig


def gig_draft_open(*, actor: Actor, gig_id: UUID) -> GigVersion:
    """The gig's draft; where there is none, a new one that begins as a copy of the newest version.

    What is live stays live until the draft is published. Raises GigNotFoundError, GigOverError, GigInReviewError.
    """
    with transaction.atomic():
        gig = own_gig_locked(actor=actor, gig_id=gig_id)
        version = open_version(gig)
        if version is None:
            return _draft_copy(actor, gig)
        if version.status == VersionState.IN_REVIEW:
            raise _in_review(version)
        return version


def _draft_copy(actor: Actor, gig: Gig) -> GigVersion:
    """A draft like the newest version that there is: the returned one, whose reasons are to be met, or the live one."""
    newest = GigVersion.objects.filter(gig=gig).select_related("category").order_by("-number")[0]
    draft = GigVersion(gig=gig, number=newest.number + 1, based_on=newest)
    content_store(draft, content_of(newest), newest.category)
    audit.record(actor=actor, code="gig.draft_opened", subject=gig, number=draft.number, based_on=newest.number)
    return draft


def gig_draft_save(*, actor: Actor, gig_id: UUID, revision: int, content: GigContent) -> GigVersion:
    """Put ``content`` in the place of the draft's. ``revision`` is the draft's when it was opened for editing.

    What is wrong is refused at once, what is missing only when the draft is submitted. Raises GigNotFoundError,
    GigOverError, GigInReviewError, DraftMissingError, DraftChangedError, and GigContentError that names the field.
    """
    given, leaf = _accepted(actor.person_id, content)
    with transaction.atomic():
        gig = own_gig_locked(actor=actor, gig_id=gig_id)
        draft = _draft(gig)
        _seen_check(draft, revision, given)
        images = set(draft.samples.exclude(image=None).values_list("image_id", flat=True))
        draft.revision += 1
        content_store(draft, given, leaf.category if leaf else None)
        images_release(images)
        if gig.published_id is None:
            gig.slug = slug_of(given.title)
            gig.save(update_fields=["slug", "updated_at"])
        audit.record(actor=actor, code="gig.draft_saved", subject=gig, number=draft.number, revision=draft.revision)
    return draft


def gig_draft_discard(*, actor: Actor, gig_id: UUID, revision: int) -> None:
    """Throw the draft of a published gig away; what buyers see stays as it is.

    Raises DraftNeededError for a gig that was never published, and what ``gig_draft_save`` raises.
    """
    with transaction.atomic():
        gig = own_gig_locked(actor=actor, gig_id=gig_id)
        draft = _draft(gig)
        if gig.published_id is None:
            raise DraftNeededError(_("This gig has nothing but its draft. Edit it, or close the gig."), gig=gig)
        _seen_check(draft, revision, None)
        images = set(draft.samples.exclude(image=None).values_list("image_id", flat=True))
        audit.record(actor=actor, code="gig.draft_discarded", subject=gig, number=draft.number)
        draft.delete()
        images_release(images)


def gig_submit(*, actor: Actor, gig_id: UUID, revision: int) -> GigVersion:
    """Hand the draft in. Depending on the setting GIG_REVIEW it waits for an operator or is published at once.

    Raises GigContentError for the first thing that is wrong or missing, with all of them in its context ``problems``,
    and what ``gig_draft_save`` raises.
    """
    actor.require(Role.FREELANCER)
    with transaction.atomic():
        gig = own_gig_locked(actor=actor, gig_id=gig_id)
        draft = _draft(gig)
        _seen_check(draft, revision, None)
        content = content_of(draft)
        leaf = leaf_rules(content.category) if content.category else None
        raise_first([*content_problems(gig.owner_id, content, leaf), *missing_in(content, leaf)])
        version = GIG_VERSION.transition(
            draft, VersionState.IN_REVIEW, actor=actor, submitted_at=timezone.now(), decided_at=None
        )
        if gig.status == GigState.DRAFT:
            GIG.transition(gig, GigState.IN_REVIEW, actor=actor)
        if not needs_review(gig, version):
            publish(actor=Actor.system(), gig=gig, version=version)
    return version


def gig_withdraw(*, actor: Actor, gig_id: UUID) -> GigVersion:
    """Take a version back before an operator decided, to edit it again; it is the draft from then on.

    Raises GigNotFoundError, GigOverError, DraftMissingError where nothing waits.
    """
    with transaction.atomic():
        gig = own_gig_locked(actor=actor, gig_id=gig_id)
        version = open_version(gig)
        if version is None or version.status != VersionState.IN_REVIEW:
            raise DraftMissingError(_("No version of this gig waits for an operator."), gig=gig)
        if gig.status == GigState.IN_REVIEW:
            GIG.transition(gig, GigState.DRAFT, actor=actor)
        return GIG_VERSION.transition(version, VersionState.DRAFT, actor=actor, submitted_at=None)


def needs_review(gig: Gig, version: GigVersion) -> bool:
    """What the setting GIG_REVIEW says of a version that is handed in."""
    rule = ReviewRule(settings.GIG_REVIEW)
    if rule is not ReviewRule.FIRST:
        return rule is ReviewRule.EVERY
    if gig.published_id is not None:
        return gig.category_id != version.category_id
    return not Gig.objects.filter(owner_id=gig.owner_id, published__isnull=False).exists()


def content_problems(
    owner_id: UUID, content: GigContent, leaf: LeafRules | None, images: Mapping[UUID, UUID] | None = None
) -> list[GigContentError]:
    """Everything that is there and cannot stay, samples that are not the owner's among it.

    ``images``: whose the pictures are that are there, where the caller has read them.
    """
    found = list(wrong_in(content, leaf))
    if images is None:
        named = [one.ref_id for one in content.samples if one.source is SampleSource.IMAGE and one.ref_id]
        images = dict(GigImage.objects.filter(pk__in=named).values_list("pk", "owner_id")) if named else {}
    known = {pk for pk, whose in images.items() if whose == owner_id}
    kept = (SampleSource.WORK, SampleSource.GENERATION)
    confirmed = references(
        owner_id, [(str(one.source), one.ref_id) for one in content.samples if one.source in kept and one.ref_id]
    )
    for number, one in enumerate(content.samples):
        is_image = one.source is SampleSource.IMAGE
        there = one.ref_id in known if is_image else (str(one.source), one.ref_id) in confirmed
        if one.ref_id is not None and not there:
            found.append(
                SampleInvalidError(
                    _("This sample is not there any more, or is not yours. Take it out."), field=f"samples.{number}"
                )
            )
    return found


def images_of(version: GigVersion) -> dict[UUID, UUID]:
    """Whose the pictures among the samples are, of a version that came with its parts."""
    return {sample.image.pk: sample.image.owner_id for sample in version.samples.all() if sample.image}


def raise_first(problems: list[GigContentError]) -> None:
    """Raise the first, with all of them in its context; nothing where there are none."""
    if problems:
        problems[0].context["problems"] = problems
        raise problems[0]


def _accepted(owner_id: UUID, content: GigContent) -> tuple[GigContent, LeafRules | None]:
    given = content_clean(content)
    leaf = leaf_rules(given.category) if given.category else None
    raise_first(content_problems(owner_id, given, leaf))
    return given, leaf


def _draft(gig: Gig) -> GigVersion:
    version = open_version(gig)
    if version is None:
        raise DraftMissingError(_("This gig has no draft. Open one to edit it."), gig=gig)
    if version.status == VersionState.IN_REVIEW:
        raise _in_review(version)
    return version


def _in_review(version: GigVersion) -> GigInReviewError:
    return GigInReviewError(
        _("Version %(number)d waits for an operator. Take it back to edit it.") % {"number": version.number},
        version=version,
    )


def _seen_check(draft: GigVersion, revision: int, given: GigContent | None) -> None:
    """Raises DraftChangedError where the draft was saved since this copy of it was opened."""
    if draft.revision == revision:
        return
    found = []
    if given is not None:
        stored = content_of(draft)
        found = differences(stored, given, attribute_words({*stored.attributes, *given.attributes}))
    raise DraftChangedError(
        _(
            "This draft was saved from somewhere else after you opened it. Nothing of yours was saved yet: "
            "look at the differences, then save again."
        ),
        version=draft,
        given=given,
        differences=found,
    )
