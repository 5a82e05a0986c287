"""People, gigs, versions and packages for what stands in the index, so that every page of it can be shown."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import connection

from oeuvre.domains.accounts.models import FreelancerProfile, User
from oeuvre.domains.catalog.models import Category, Gig, GigPackage, GigVersion
from oeuvre.domains.catalog.states import PackageKey, VersionState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from search_gigs.gigs import Gig as Made

AT_ONCE = 5_000
SIZES = (1, 2, 4)
"""How many times the first package's price and days the packages have."""

_PUBLISH = """
    UPDATE catalog_gig AS gig SET status = 'live', published_id = version.id, category_id = version.category_id,
        live_since = version.published_at
    FROM catalog_gigversion AS version WHERE version.gig_id = gig.id
"""


def load_market(gigs: Sequence[Made]) -> None:
    """Rows as the services leave them when a gig was published; made in bulk, which the services do not do."""
    call_command("createcachetable", verbosity=0)
    _people(gigs)
    categories = dict(Category.objects.values_list("key", "pk"))
    for start in range(0, len(gigs), AT_ONCE):
        _gigs(gigs[start : start + AT_ONCE], categories)
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISH)
        for table in ("accounts_user", "accounts_freelancerprofile", "catalog_gig", "catalog_gigversion"):
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("VACUUM ANALYZE catalog_gigpackage")


def _people(gigs: Sequence[Made]) -> None:
    owners = list({gig.owner.id: gig.owner for gig in gigs}.values())
    User.objects.bulk_create(
        (
            User(
                id=owner.id,
                email=f"{owner.id.hex}@example.org",
                display_name=f"Person {number}",
                is_freelancer=True,
                password="!",  # noqa: S106  (that of an account that nobody logs in with)
            )
            for number, owner in enumerate(owners)
        ),
        batch_size=AT_ONCE,
    )
    FreelancerProfile.objects.bulk_create(
        (
            FreelancerProfile(user_id=owner.id, handle=f"person-{number}", languages=list(owner.languages))
            for number, owner in enumerate(owners)
        ),
        batch_size=AT_ONCE,
    )


def _gigs(gigs: Sequence[Made], categories: dict[str, uuid.UUID]) -> None:
    rows, versions, packages = [], [], []
    for made in gigs:
        draft = made.draft
        slug, _, code = draft.url_key.rpartition("-")
        gig = Gig(id=draft.ref_id, owner_id=draft.owner_id, code=code, slug=slug)
        version = GigVersion(
            gig=gig,
            number=1,
            status=VersionState.PUBLISHED,
            title=draft.title[:80],
            summary=draft.summary[:160],
            description=draft.body[:6000],
            category_id=categories[draft.category],
            languages=list(draft.languages),
            ai_policy=draft.ai_policy,
            published_at=draft.live_since,
        )
        rows.append(gig)
        versions.append(version)
        price, days = (draft.price.amount if draft.price else 100), max(1, draft.days or 1)
        packages += [
            GigPackage(
                version=version,
                key=key,
                position=position,
                title=key.label,
                amount=price * size,
                currency=draft.price.currency if draft.price else "USD",
                days=days * size,
            )
            for position, (key, size) in enumerate(zip(PackageKey, SIZES, strict=True))
        ]
    Gig.objects.bulk_create(rows)
    GigVersion.objects.bulk_create(versions)
    GigPackage.objects.bulk_create(packages)
