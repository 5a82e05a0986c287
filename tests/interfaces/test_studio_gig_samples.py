"""Pictures that are sent as samples: how many at once, and what becomes of the others when one is refused."""

from __future__ import annotations

import io

import pytest

from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.models import Gig, GigImage
from tests.interfaces.gig_desk import Desk, picture
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import draft_gig

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk.of(freelancer_with_profile())


@pytest.fixture
def draft(desk: Desk) -> Gig:
    return draft_gig(desk.user)


def script() -> io.BytesIO:
    data = io.BytesIO(b"#!/bin/sh\necho no")
    data.name = "sample.png"
    return data


def test_samples__pictures_before_one_that_is_refused_stay(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "samples", do="samples:add:image", pictures=[picture(), script(), picture()])
    assert "Not everything was added" in page.text
    assert page.form["samples-0-ref_id"] == [str(GigImage.objects.get().pk)]
    assert "samples-1-ref_id" not in page.form


def test_samples__no_more_pictures_are_looked_at_than_a_gig_shows(desk: Desk, draft: Gig) -> None:
    pictures = [picture() for _one in range(LIMITS.samples + 1)]
    page = desk.send(draft, "samples", do="samples:add:image", pictures=pictures)
    assert "Nothing was added" in page.text
    assert f"at most {LIMITS.samples} samples" in page.text
    assert not GigImage.objects.exists()
