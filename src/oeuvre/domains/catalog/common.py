"""What the services of gigs share: finding and locking one's own, codes, slugs."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.utils.text import slugify
from django.utils.translation import gettext as _

from oeuvre.domains.catalog.errors import GigNotFoundError, GigOverError
from oeuvre.domains.catalog.models import Gig, GigVersion
from oeuvre.domains.catalog.states import OPEN_VERSION, OVER
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters and digits that cannot be taken for each other when read aloud."""
CODE_LENGTH = 8
"""Of 31 signs: a thousand million million gigs, so that a code is neither guessed nor counted."""


def code_new() -> str:
    """A short id that no gig has."""
    while True:
        code = "".join(secrets.choice(_ALPHABET) for _number in range(CODE_LENGTH))
        if not Gig.objects.filter(code=code).exists():
            return code


def slug_of(title: str) -> str:
    """The title as it stands in an address; empty for one without Latin letters or digits."""
    return slugify(title)[:60].strip("-")


def gig_locked(gig_id: UUID) -> Gig:
    """Anybody's gig, locked. Everything that changes a gig or its versions locks the gig first. Raises GigNotFoundError."""
    rows = lock_rows(Gig.objects.filter(pk=gig_id))
    if not rows:
        raise GigNotFoundError(_("There is no such gig."))
    return rows[0]


def own_gig_locked(*, actor: Actor, gig_id: UUID, may_be_over: bool = False) -> Gig:
    """The actor's own gig, locked. Raises GigNotFoundError for anybody else's, GigOverError for one that is over."""
    gig = gig_locked(gig_id)
    if actor.user_id is None or gig.owner_id != actor.user_id:
        raise GigNotFoundError(_("There is no such gig of yours."))
    if gig.status in OVER and not may_be_over:
        raise GigOverError(_("This gig is over; nothing about it can be changed. Make a new one."), gig=gig)
    return gig


def open_version(gig: Gig) -> GigVersion | None:
    """The version that is a draft or in review, of a locked gig."""
    return (
        GigVersion.objects.filter(gig=gig, status__in=[str(state) for state in OPEN_VERSION])
        .select_related("category")
        .first()
    )
