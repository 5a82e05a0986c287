"""Pictures that freelancers upload as samples: looked at, drawn anew, sealed; deleted when no gig uses them."""

from __future__ import annotations

import io
import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.catalog.errors import ImageRefusedError, TooManyImagesError
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.models import GigImage
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.files.checking import file_check
from oeuvre.kit.files.pictures import SMALL_TYPE, small_copy
from oeuvre.kit.locks import lock_names, lock_rows
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def gig_image_add(*, actor: Actor, filename: str, data: bytes) -> GigImage:
    """Keep a picture as it will be shown: upright, at most ``LIMITS.image_edge`` pixels long, without metadata.

    A picture that no gig uses after ``LIMITS.image_days`` days is deleted. Raises ImageRefusedError for a file that is
    no picture, the family of FileRefusedError for one that cannot be taken, TooManyImagesError.
    """
    actor.require(Role.FREELANCER)
    checked = file_check(filename, data, most=LIMITS.image_bytes)
    if checked.small is None:
        raise ImageRefusedError(
            _("“%(name)s” is %(label)s. Upload a picture: PNG, JPEG, WebP, AVIF or GIF.")
            % {"name": checked.name, "label": checked.label}
        )
    large = small_copy(data, checked.media_type, edge=LIMITS.image_edge).data
    with Image.open(io.BytesIO(large)) as drawn:
        width, height = drawn.size
    image = GigImage(
        id=uuid.uuid4(),
        owner_id=actor.person_id,
        media_type=SMALL_TYPE,
        width=width,
        height=height,
        size=len(large),
    )
    with accounts.blobs_sealing(owner_id=actor.person_id) as seal:
        image.blob_key = seal(large, image_context(image.pk))
        image.small_key = seal(checked.small.data, image_context(image.pk, small=True))
        with transaction.atomic():
            lock_names([f"catalog.images-of:{actor.person_id}"])
            if GigImage.objects.filter(owner_id=actor.person_id).count() >= LIMITS.images:
                raise TooManyImagesError(
                    _("You have %(limit)d pictures, which is all there is room for. Take some out of your gigs.")
                    % {"limit": LIMITS.images}
                )
            image.save(force_insert=True)
            audit.record(actor=actor, code="gig_image.added", subject=image, size=image.size)
            defer("catalog.image_expire", schedule_in={"days": LIMITS.image_days}, image_id=str(image.pk))
    return image


def image_context(image_id: UUID, *, small: bool = False) -> str:
    """What a picture's bytes are sealed for."""
    return f"gig-image:{image_id}{':small' if small else ''}"


def images_release(ids: Iterable[UUID]) -> None:
    """Have these pictures deleted if no gig uses them when the present transaction has come about."""
    for image_id in sorted(ids):
        defer("catalog.image_expire", image_id=str(image_id))


def gig_image_expire(*, image_id: UUID) -> bool:
    """Delete a picture that no gig uses; whether it was deleted. Safe to repeat."""
    with transaction.atomic():
        rows = lock_rows(GigImage.objects.filter(pk=image_id))
        if not rows or rows[0].samples.exists():
            return False
        accounts.blobs_delete_later(keys=[rows[0].blob_key, rows[0].small_key])
        rows[0].delete()
    return True
