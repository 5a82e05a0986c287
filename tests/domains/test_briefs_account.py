"""What briefs do when a person takes their data away, or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.briefs import selectors, services
from oeuvre.domains.briefs.models import Brief, Invitation, Offer
from oeuvre.domains.briefs.services import account
from oeuvre.domains.briefs.states import BriefState, OfferState
from oeuvre.domains.conversations import services as conversations
from tests.support.briefs import brief_content, draft_brief, offer_content, open_brief, sent_offer

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


def test_account_files__hold_all_that_a_person_wrote(buyer: User, freelancer: User) -> None:
    brief = open_brief(buyer)
    services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: None})
    offer = sent_offer(freelancer, brief)
    theirs = {name: json.loads(data) for name, data in account.account_files(buyer.actor)}
    assert list(theirs) == ["briefs.json"]
    assert theirs["briefs.json"][0]["goal"] == brief_content().goal
    assert theirs["briefs.json"][0]["budget_high"] == 50_000
    mine = {name: json.loads(data) for name, data in account.account_files(freelancer.actor)}
    assert list(mine) == ["offers.json", "invitations.json"]
    assert mine["offers.json"][0]["id"] == str(offer.pk)
    assert mine["offers.json"][0]["milestones"][1]["price"] == {"amount": 25_000, "currency": "USD"}


def test_account_delete__of_a_buyer_takes_briefs_back_and_erases_their_words(buyer: User, freelancer: User) -> None:
    published, draft = open_brief(buyer), draft_brief(buyer)
    offer = sent_offer(freelancer, published)
    talk = conversations.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body="How much?")
    custom = services.offer_draft(actor=freelancer.actor, conversation_id=talk.pk, content=offer_content())
    services.offer_send(actor=freelancer.actor, offer_id=custom.pk)
    assert "Your 2 open briefs are taken back" in " ".join(accounts.deletion_effects(actor=buyer.actor))
    accounts.account_delete(actor=buyer.actor, password="a long password")
    assert {brief.status for brief in Brief.objects.all()} == {BriefState.WITHDRAWN}
    assert {bytes(brief.sealed) for brief in Brief.objects.all()} == {b""}
    assert set(Offer.objects.values_list("status", "reason")) == {
        (OfferState.DECLINED, "withdrawn"),
        (OfferState.DECLINED, "left"),
    }
    assert selectors.brief_get(actor=freelancer.actor, brief_id=published.pk).content is None
    assert selectors.offer_get(actor=freelancer.actor, offer_id=offer.pk).content == offer_content()
    assert draft.pk


def test_account_delete__of_a_freelancer_takes_offers_back_and_forgets_invitations(
    buyer: User, freelancer: User
) -> None:
    brief = open_brief(buyer)
    services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: None})
    offer = sent_offer(freelancer, brief)
    said = accounts.deletion_effects(actor=freelancer.actor)
    assert "Your 1 offer that waits for an answer is taken back." in said
    assert "open brief" not in " ".join(said)
    accounts.account_delete(actor=freelancer.actor, password="a long password")
    offer.refresh_from_db()
    assert (offer.status, bytes(offer.sealed)) == (OfferState.WITHDRAWN, b"")
    assert not Invitation.objects.exists()
    shown = selectors.offers_on(actor=buyer.actor, brief_id=brief.pk)[0]
    assert (shown.content, shown.is_open, shown.missing_criteria) == (None, False, ())
