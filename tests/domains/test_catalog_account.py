"""What of the catalogue a person takes away, and what stays when they leave."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.models import FreelancerProfile
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import Sample
from oeuvre.domains.catalog.models import FreelancerSkill, Gig, GigImage, GigSample, GigVersion, Skill, SkillArea
from oeuvre.domains.catalog.services.account import account_files
from oeuvre.domains.catalog.states import GigState, SampleLabel, SampleSource, VersionState
from oeuvre.domains.search.models import SearchDocument, SearchStanding
from tests.support.gigs import draft_gig, live_gig, waiting_version

if TYPE_CHECKING:
    from pathlib import Path

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(target, "PNG")
    return target.getvalue()


@pytest.fixture
def gig(freelancer: User, blob_folder: Path) -> Gig:
    """A live gig with a picture, whose freelancer has a profile and a skill."""
    FreelancerProfile.objects.create(user=freelancer, handle="ada")
    area = SkillArea.objects.create(key="h-sea", name="Sea")
    Skill.objects.create(key="h-knots", area=area, kind="trade", name="Knots", evidence=["work"])
    catalog.freelancer_skill_add(actor=freelancer.actor, skill_key="h-knots")
    image = catalog.gig_image_add(actor=freelancer.actor, filename="door.png", data=picture())
    return live_gig(freelancer, samples=(Sample(SampleSource.IMAGE, image.pk, SampleLabel.HUMAN, "A door"),))


def test_account_files__hold_every_version_the_pictures_and_the_skills(freelancer: User, gig: Gig) -> None:
    catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
    files = dict(account_files(freelancer.actor))
    said = json.loads(files[f"{gig.code}.json"])
    assert [(one["number"], one["status"]) for one in said["versions"]] == [(1, "published"), (2, "draft")]
    content = said["versions"][0]["content"]
    assert content["packages"][0]["price"] == {"amount": 4_000, "currency": "USD"}
    assert content["attributes"]["h_media"] == ["doors", "decks"]
    assert json.loads(files["skills.json"]) == [{"skill": "h-knots", "evidence": []}]
    pictures = [name for name in files if name.startswith("pictures/")]
    assert Image.open(io.BytesIO(files[pictures[0]])).size == (40, 40)


def test_account_files__are_none_where_there_is_nothing(other_freelancer: User) -> None:
    assert dict(account_files(other_freelancer.actor)) == {}


def test_account_delete__closes_gigs_and_keeps_what_buyers_may_have_ordered(
    freelancer: User, gig: Gig, operator: User
) -> None:
    draft, waiting = draft_gig(freelancer), waiting_version(freelancer, category="harbour-maps", attributes={})
    removed = live_gig(freelancer)
    catalog.gig_remove(actor=operator.actor, gig_id=removed.pk, reason="No")
    assert deletion_sentences(freelancer) == [
        "Your 3 gigs are closed. Buyers keep the terms under which they ordered them."
    ]
    accounts.account_delete(actor=freelancer.actor, password="a long password")
    assert set(Gig.objects.values_list("status", flat=True)) == {str(GigState.CLOSED)}
    kept = GigVersion.objects.get(gig=gig)
    assert (kept.status, kept.title, kept.packages.count()) == (VersionState.PUBLISHED, "Notices for harbour doors", 2)
    assert kept.faq == []
    assert not GigVersion.objects.filter(gig=draft).exists()
    assert waiting.gig_id in set(Gig.objects.values_list("pk", flat=True))
    for table in (GigSample, GigImage, FreelancerSkill):
        assert not table._default_manager.exists()
    assert not SearchDocument.objects.exists()
    assert not SearchStanding.objects.exists()


def deletion_sentences(user: User) -> list[str]:
    return [sentence for sentence in accounts.deletion_effects(actor=user.actor) if "gig" in sentence]
