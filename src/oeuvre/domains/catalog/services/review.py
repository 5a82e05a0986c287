"""Operators look at versions that wait, and decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from oeuvre.domains.catalog.checks import missing_in
from oeuvre.domains.catalog.common import gig_locked
from oeuvre.domains.catalog.content import content_of
from oeuvre.domains.catalog.errors import GigVersionNotFoundError, ReasonsMissingError, VersionNotWaitingError
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.models import Gig, GigVersion
from oeuvre.domains.catalog.notices import notice_published, notice_returned
from oeuvre.domains.catalog.publishing import publish
from oeuvre.domains.catalog.rules import leaf_rules
from oeuvre.domains.catalog.services.gigs import content_problems, raise_first
from oeuvre.domains.catalog.states import GIG, GIG_VERSION, GigState, ReviewSection, VersionState
from oeuvre.kit.actor import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


def gig_version_publish(*, actor: Actor, version_id: UUID, revision: int | None = None) -> GigVersion:
    """Let a version through; the freelancer gets a mail. A version that somebody has published meanwhile is returned.

    ``revision`` is the version's as the operator saw it. The content is checked once more, because the catalogue may
    have changed since. Raises GigVersionNotFoundError, VersionNotWaitingError, GigContentError.
    """
    actor.require(Role.OPERATOR)
    with transaction.atomic():
        gig, version = _locked(version_id)
        if version.status == VersionState.PUBLISHED:
            return version
        _waiting_check(version, revision)
        content = content_of(version)
        leaf = leaf_rules(content.category)
        raise_first([*content_problems(gig.owner_id, content, leaf), *missing_in(content, leaf)])
        publish(actor=actor, gig=gig, version=version)
        notice_published(gig, version)
    return version


def gig_version_return(
    *,
    actor: Actor,
    version_id: UUID,
    reasons: str = "",
    sections: Mapping[str, str] | None = None,
    revision: int | None = None,
) -> GigVersion:
    """Send a version back with reasons, which the freelancer reads; the next draft begins as a copy of it.

    ``reasons`` are about the whole, ``sections`` about its parts (by the names of ``states.ReviewSection``); one of the two is
    needed. ``version.reasons`` holds all of them in one text, ``version.section_reasons`` those of the parts.
    ``revision`` is the version's as the operator saw it.

    Raises ReasonsMissingError, GigVersionNotFoundError, VersionNotWaitingError.
    """
    actor.require(Role.OPERATOR)
    given = {str(section): text.strip() for section, text in (sections or {}).items() if text.strip()}
    unknown = [section for section in given if section not in ReviewSection.values]
    if unknown:
        raise ReasonsMissingError(_("A gig has no part called “%(name)s”.") % {"name": unknown[0]})
    with transaction.atomic():
        gig, version = _locked(version_id)
        with override(gig.owner.locale):
            whole = "\n\n".join(
                [reasons.strip(), *(f"{ReviewSection(name).label}: {given[name]}" for name in given)]
            ).strip()
        whole = reasons_clean(whole, _("Say what must change: the freelancer reads it and goes by it."))
        _waiting_check(version, revision)
        GIG_VERSION.transition(
            version,
            VersionState.RETURNED,
            actor=actor,
            reasons=whole,
            section_reasons=given,
            decided_at=timezone.now(),
            decided_by_id=actor.user_id,
        )
        if gig.status == GigState.IN_REVIEW:
            GIG.transition(gig, GigState.DRAFT, actor=actor)
        notice_returned(gig, version)
    return version


def reasons_clean(reasons: str, missing: str) -> str:
    """What an operator gave as reasons. Raises ReasonsMissingError with ``missing``, or for too long a text."""
    given = reasons.strip()
    if not given:
        raise ReasonsMissingError(missing)
    if len(given) > LIMITS.reasons:
        raise ReasonsMissingError(
            _("%(count)d characters are too many; at most %(limit)d fit. Shorten the reasons.")
            % {"count": len(given), "limit": LIMITS.reasons}
        )
    return given


def _locked(version_id: UUID) -> tuple[Gig, GigVersion]:
    """The gig, locked, and then the version as it is now."""
    gig_id = GigVersion.objects.filter(pk=version_id).values_list("gig_id", flat=True).first()
    if gig_id is None:
        raise GigVersionNotFoundError(_("There is no such version of a gig."))
    gig = gig_locked(gig_id)
    version = GigVersion.objects.select_related("category").get(pk=version_id)
    return gig, version


def _waiting_check(version: GigVersion, revision: int | None) -> None:
    if version.status != VersionState.IN_REVIEW:
        raise VersionNotWaitingError(
            _("This version does not wait any more: it is %(state)s. Look at the queue again.")
            % {"state": VersionState(version.status).label.lower()},
            version=version,
        )
    if revision is not None and version.revision != revision:
        raise VersionNotWaitingError(
            _("The freelancer took this version back, changed it and handed it in again. Read it once more."),
            version=version,
        )
