"""Briefs in lists: a buyer's own, those that freelancers can answer, and what waits. Imported through ``briefs.selectors``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, Count, IntegerField, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from oeuvre.domains.briefs.finding import live_gigs
from oeuvre.domains.briefs.matching import Fit, fit_of
from oeuvre.domains.briefs.models import Brief, Offer
from oeuvre.domains.briefs.sealing import briefs_open
from oeuvre.domains.briefs.states import OPEN_BRIEF, BriefState, OfferState
from oeuvre.kit.actor import Role
from oeuvre.kit.pagination import Page, paginate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money

FITTING = 60
"""Briefs that a freelancer's gigs are compared with, the newest."""


@dataclass(frozen=True, slots=True)
class BriefRow:
    """A brief in a list. ``title`` is empty where its words are gone."""

    brief: Brief
    title: str
    offers: int
    """Offers that wait for an answer."""


def briefs_own(*, actor: Actor, page: int | str | None = 1, per_page: int = 24) -> Page[BriefRow]:
    """The actor's briefs: those that take offers, then drafts, then those that are over, each the newest first."""
    rows = with_waiting(Brief.objects.filter(buyer_id=actor.user_id) if actor.user_id else Brief.objects.none())
    rank = Case(
        When(status__in=[str(state) for state in OPEN_BRIEF], then=0),
        When(status=BriefState.DRAFT, then=1),
        default=2,
        output_field=IntegerField(),
    )
    found: Page[Brief] = paginate(rows.order_by(rank, "-created_at", "pk"), page=page, per_page=per_page)
    return Page(rows_of(found.items), found.number, found.pages, found.total)


def briefs_for_freelancers(
    *,
    actor: Actor,
    category: str = "",
    language: str = "",
    budget_from: Money | None = None,
    page: int | str | None = 1,
    per_page: int = 24,
) -> Page[BriefRow]:
    """Published briefs that take offers, the newest first. Nothing for who is no freelancer.

    Of one leaf; in one language (briefs that name none are in every one); with a budget of so much at least, or none said.
    """
    rows = _published_for(actor)
    rows = rows.filter(category=category) if category else rows
    rows = rows.filter(Q(languages__contains=[language]) | Q(languages=[])) if language else rows
    if budget_from is not None:
        rows = rows.filter(Q(budget_high__gte=budget_from.amount) | Q(budget_high=None))
    found: Page[Brief] = paginate(rows.order_by("-opened_at", "pk"), page=page, per_page=per_page)
    return Page(rows_of(found.items), found.number, found.pages, found.total)


@dataclass(frozen=True, slots=True)
class FittingRow:
    """A published brief in a category in which the freelancer has a live gig, and how far that answers it."""

    row: BriefRow
    fit: Fit


@dataclass(frozen=True, slots=True)
class Desk:
    """What a freelancer begins with."""

    page: Page[BriefRow]
    """The first page of ``briefs_for_freelancers``."""
    fitting: list[FittingRow]
    """Those that fit the freelancer's own live gigs, best first; of the newest ``FITTING`` in their categories."""


def briefs_desk(*, actor: Actor, per_page: int = 24, most: int = 6) -> Desk:
    """The newest published briefs and at most ``most`` that fit, all opened at once; six queries."""
    found: Page[Brief] = paginate(_published_for(actor).order_by("-opened_at", "pk"), page=1, per_page=per_page)
    best = _fitting(actor)[:most]
    rows = {row.brief.pk: row for row in rows_of([*found.items, *(brief for brief, _fit in best)])}
    newest = [rows[brief.pk] for brief in found.items]
    return Desk(
        Page(newest, found.number, found.pages, found.total), [FittingRow(rows[brief.pk], fit) for brief, fit in best]
    )


def _fitting(actor: Actor) -> list[tuple[Brief, Fit]]:
    gigs = live_gigs(actor)
    leaves = {gig.category.key for gig in gigs if gig.category}
    newest = _published_for(actor).filter(category__in=leaves).order_by("-opened_at", "pk")[:FITTING]
    fits = [(brief, fit) for brief in newest if (fit := fit_of(brief, gigs)) is not None]
    return sorted(fits, key=lambda one: -one[1].share)


def _published_for(actor: Actor) -> QuerySet[Brief]:
    """Published briefs of others that take offers, ``with_waiting``; for freelancers and operators."""
    rows = with_waiting(Brief.objects.filter(status=BriefState.PUBLISHED, closes_at__gt=timezone.now()))
    if not actor.has(Role.FREELANCER, Role.OPERATOR):
        return rows.none()
    return rows.exclude(buyer_id=actor.user_id) if actor.user_id else rows


def with_waiting(briefs: QuerySet[Brief]) -> QuerySet[Brief]:
    """Briefs that come with ``waiting``, the number of their offers that wait for an answer."""
    sent = Offer.objects.filter(brief=OuterRef("pk"), status=OfferState.SENT).order_by().values("brief")
    return briefs.annotate(waiting=Coalesce(Subquery(sent.annotate(number=Count("pk")).values("number")), 0))


def waiting_on(brief: Brief) -> int:
    """How many offers wait on a brief that came ``with_waiting``."""
    found: int = getattr(brief, "waiting")  # noqa: B009  (an annotation, of which the type knows nothing)
    return found


def rows_of(briefs: Sequence[Brief] | QuerySet[Brief]) -> list[BriefRow]:
    """Rows for briefs that came ``with_waiting``, opened with one look at all keys."""
    listed = list(briefs)
    words = briefs_open(listed)
    return [
        BriefRow(brief, content.title if (content := words[brief.pk]) else "", waiting_on(brief)) for brief in listed
    ]


def briefs_counts(*, actor: Actor) -> dict[str, int]:
    """How many published briefs take offers, by leaf, for the freelancers' list."""
    if not actor.has(Role.FREELANCER, Role.OPERATOR):
        return {}
    rows = Brief.objects.filter(status=BriefState.PUBLISHED, closes_at__gt=timezone.now())
    return dict(rows.values_list("category").annotate(count=Count("pk")).order_by("category"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a buyer, without the words of offers."""

    offers: list[Offer]
    """Those that can be accepted and are on none of ``briefs``, with their freelancers; what ends first at the top."""
    briefs: list[BriefRow]
    """Those that take offers and drafts, with how many offers wait; the newest first."""


def buyer_waiting(*, actor: Actor, most: int = 5) -> Waiting:
    """What a buyer's overview shows of briefs and offers; three queries."""
    if actor.user_id is None:
        return Waiting([], [])
    sent = Offer.objects.filter(buyer_id=actor.user_id, status=OfferState.SENT, valid_until__gt=timezone.now())
    offers = list(sent.select_related("freelancer__profile").order_by("valid_until", "pk"))
    states = [str(state) for state in (*OPEN_BRIEF, BriefState.DRAFT)]
    briefs = list(Brief.objects.filter(buyer_id=actor.user_id, status__in=states).order_by("-created_at")[:most])
    words, counts = briefs_open(briefs), Counter(offer.brief_id for offer in offers)
    rows = [BriefRow(one, content.title if (content := words[one.pk]) else "", counts[one.pk]) for one in briefs]
    elsewhere = [offer for offer in offers if offer.brief_id not in words]
    return Waiting(elsewhere[:most], rows)
