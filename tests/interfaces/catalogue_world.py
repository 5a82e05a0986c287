"""A gig with a picture and a saved search, for the matrix of who may open what."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import Sample
from oeuvre.domains.catalog.states import SampleLabel, SampleSource
from oeuvre.domains.search import services as search
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.saved import unsubscribe_token
from oeuvre.domains.search.states import Kind
from tests.support.gigs import LEAF, live_gig

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User


def catalogue_arguments(owner: User, buyer: User) -> dict[str, Any]:
    picture = io.BytesIO()
    Image.new("RGB", (90, 60)).save(picture, "PNG")
    image = catalog.gig_image_add(actor=owner.actor, filename="a.png", data=picture.getvalue())
    gig = live_gig(owner, samples=(Sample(SampleSource.IMAGE, image.pk, SampleLabel.HUMAN, "A door"),))
    saved = search.search_save(actor=buyer.actor, name="Doors", query=SearchQuery(text="doors"))
    return {
        "key": LEAF,
        "kind": Kind.GIG,
        "ref_id": gig.pk,
        "image_id": image.pk,
        "search_id": saved.pk,
        "token": unsubscribe_token(owner_id=buyer.pk),
    }
