"""A gig with a picture and a draft, a shown skill and a saved search, for the matrix of who may open what."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import Sample
from oeuvre.domains.catalog.models import Skill, SkillArea
from oeuvre.domains.catalog.states import SampleLabel, SampleSource
from oeuvre.domains.portfolio import services as portfolio
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
    catalog.gig_draft_open(actor=owner.actor, gig_id=gig.pk)
    saved = search.search_save(actor=buyer.actor, name="Doors", query=SearchQuery(text="doors"))
    return {
        "key": LEAF,
        "kind": Kind.GIG,
        "ref_id": gig.pk,
        "image_id": image.pk,
        "gig_id": gig.pk,
        "section": "words",
        "number": 1,
        **_skill(owner),
        "search_id": saved.pk,
        "token": unsubscribe_token(owner_id=buyer.pk),
    }


def _skill(owner: User) -> dict[str, Any]:
    """A skill on the profile, shown by a work."""
    area = SkillArea.objects.create(key="h-sea", name="Sea")
    skill = Skill.objects.create(key="h-tides", area=area, kind="trade", name="Reading tides", evidence=["work"])
    work = portfolio.work_paste(actor=owner.actor, title="Tide tables", text="High water at six, low at noon. " * 40)
    catalog.freelancer_skill_add(actor=owner.actor, skill_key=skill.key)
    shown = catalog.freelancer_skill_evidence_add(actor=owner.actor, skill_key=skill.key, kind="work", ref_id=work.pk)
    return {"skill_key": skill.key, "evidence_id": shown.pk}
