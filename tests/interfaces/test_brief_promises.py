"""What a freelancer promises in an offer is what stood on their page, whatever the buyer changes meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.briefs.models import Offer
from oeuvre.domains.briefs.states import OfferState
from tests.interfaces.brief_pages import at, brief_form, offer_form, studio, words_of
from tests.interfaces.order_pages import client_of
from tests.support.briefs import open_brief
from tests.support.factories import freelancer_with_profile

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def freelancer(db: None) -> User:
    return freelancer_with_profile()


def test_offer__promises_nothing_that_was_not_on_the_page(buyer: User, freelancer: User) -> None:
    """Promises are ticked by their places, and the brief may ask for something else there by now."""
    brief = open_brief(buyer)
    client = client_of(freelancer)
    page = client.get(studio("offer_new", brief.pk)).content.decode()
    assert 'name="brief_revision" value="1"' in page
    client_of(buyer).post(at("edit", brief.pk), {**brief_form(no_ai="on", words_most=""), "revision": "1"})
    data = {**offer_form(), "send": "yes", "brief_revision": "1"}
    refused = client.post(studio("offer_new", brief.pk), data)
    assert refused.status_code == 422
    assert "The buyer changed the brief" in words_of(refused)
    assert 'name="brief_revision" value="2"' in refused.content.decode()
    assert not Offer.objects.exists()
    client.post(studio("offer_new", brief.pk), data | {"brief_revision": "2"})
    assert Offer.objects.get().status == OfferState.SENT
