"""Two at once, where offers are concerned; each scenario with its negative control: without the lock it fails."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from oeuvre.domains.accounts.models import User
from oeuvre.domains.briefs import common, errors
from oeuvre.domains.briefs import services as briefs
from oeuvre.domains.briefs.models import Brief, Offer
from oeuvre.domains.briefs.services import accepting, offers
from oeuvre.domains.briefs.states import BriefState, OfferState
from oeuvre.kit.states import IllegalTransitionError
from tests.support.briefs import offer_content, open_brief, sent_offer
from tests.support.threads import Rendezvous, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def unlocked(queryset: Any) -> list[Any]:
    """``lock_rows`` without the lock."""
    return list(queryset.order_by("pk"))


def accept(buyer: User, offer: Offer) -> Any:
    with transaction.atomic():
        return briefs.offer_accept(actor=buyer.actor, offer_id=offer.pk)


class TestAcceptTwo:
    """Two windows accept two offers on one brief: one is accepted, the other window is told so."""

    def race(self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancers: list[User]) -> list[Any]:
        brief = open_brief(buyer)
        sent = [sent_offer(freelancer, brief) for freelancer in freelancers]
        meeting = Rendezvous()
        monkeypatch.setattr(accepting, "_untaken_check", meeting.after(accepting._untaken_check))
        return at_once(*[lambda offer=offer: accept(buyer, offer) for offer in sent])

    def test_offer_accept__of_two_offers_at_once_is_one_acceptance(
        self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        answers = self.race(monkeypatch, buyer, [freelancer, other_freelancer])
        assert sorted(type(answer).__name__ for answer in answers) == ["BriefTakenError", "OfferTerms"]
        assert Offer.objects.filter(status=OfferState.ACCEPTED).count() == 1
        assert Offer.objects.filter(status=OfferState.SENT).count() == 1

    def test_control__without_the_lock_one_of_them_meets_the_constraint(
        self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        monkeypatch.setattr(common, "lock_rows", unlocked)
        answers = self.race(monkeypatch, buyer, [freelancer, other_freelancer])
        assert [type(answer) for answer in answers].count(IntegrityError) == 1
        assert Offer.objects.filter(status=OfferState.ACCEPTED).count() == 1


class TestAcceptAgainstWithdraw:
    """The buyer accepts while the freelancer withdraws: one of them is too late, and is told in words."""

    def race(self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User) -> list[Any]:
        offer = sent_offer(freelancer, open_brief(buyer))
        meeting = Rendezvous()
        for module, name in ((accepting, "received_offer_locked"), (offers, "own_offer_locked")):
            monkeypatch.setattr(module, name, meeting.after(getattr(module, name)))
        return at_once(
            lambda: accept(buyer, offer),
            lambda: briefs.offer_withdraw(actor=freelancer.actor, offer_id=offer.pk),
        )

    def test_offer_accept__against_withdraw_has_one_winner_and_one_clear_answer(
        self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User
    ) -> None:
        answers = self.race(monkeypatch, buyer, freelancer)
        assert [isinstance(answer, errors.OfferNotOpenError) for answer in answers].count(True) == 1
        assert Offer.objects.get().status in (OfferState.ACCEPTED, OfferState.WITHDRAWN)

    def test_control__without_the_lock_the_loser_meets_the_state_machine(
        self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User
    ) -> None:
        monkeypatch.setattr(common, "lock_rows", unlocked)
        answers = self.race(monkeypatch, buyer, freelancer)
        assert [type(answer) for answer in answers].count(IllegalTransitionError) == 1


class TestAcceptAgainstWithdrawnBrief:
    """The buyer accepts in one window and takes the brief back in the other."""

    def race(self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User) -> list[Any]:
        brief = open_brief(buyer)
        offer = sent_offer(freelancer, brief)
        meeting = Rendezvous()
        from oeuvre.domains.briefs.services import briefs as writing

        monkeypatch.setattr(accepting, "_untaken_check", meeting.after(accepting._untaken_check))
        monkeypatch.setattr(writing, "untaken_check", meeting.after(writing.untaken_check))
        return at_once(
            lambda: accept(buyer, offer), lambda: briefs.brief_withdraw(actor=buyer.actor, brief_id=brief.pk)
        )

    def test_offer_accept__against_a_withdrawn_brief_leaves_no_accepted_offer_on_it(
        self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User
    ) -> None:
        self.race(monkeypatch, buyer, freelancer)
        pair = (Brief.objects.get().status, Offer.objects.get().status)
        assert pair in (
            (BriefState.PUBLISHED, OfferState.ACCEPTED),
            (BriefState.WITHDRAWN, OfferState.DECLINED),
        )

    def test_control__without_the_lock_the_brief_is_gone_and_its_offer_accepted(
        self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User
    ) -> None:
        from oeuvre.domains.briefs.services import briefs as writing

        monkeypatch.setattr(common, "lock_rows", unlocked)
        monkeypatch.setattr(writing, "lock_rows", unlocked)
        answers = self.race(monkeypatch, buyer, freelancer)
        pair = (Brief.objects.get().status, Offer.objects.get().status)
        broken = pair == (BriefState.WITHDRAWN, OfferState.ACCEPTED)
        assert broken or any(isinstance(answer, IllegalTransitionError) for answer in answers)


class TestDraftTwice:
    """A double click makes one draft."""

    def race(self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User) -> list[Any]:
        brief = open_brief(buyer)
        meeting = Rendezvous()
        monkeypatch.setattr(offers, "_none_open_check", meeting.after(offers._none_open_check))
        return at_once(
            *[lambda: briefs.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())] * 2
        )

    def test_offer_draft__twice_at_once_is_one_offer(
        self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User
    ) -> None:
        answers = self.race(monkeypatch, buyer, freelancer)
        assert [type(answer) for answer in answers].count(errors.OfferOpenError) == 1
        assert Offer.objects.count() == 1

    def test_control__without_the_locks_one_of_them_meets_the_constraint(
        self, monkeypatch: pytest.MonkeyPatch, buyer: User, freelancer: User
    ) -> None:
        monkeypatch.setattr(common, "lock_rows", unlocked)
        monkeypatch.setattr(offers, "lock_names", lambda names: None)
        answers = self.race(monkeypatch, buyer, freelancer)
        assert [type(answer) for answer in answers].count(IntegrityError) == 1


def test_offer_accept__outside_a_transaction_is_refused(buyer: User, freelancer: User) -> None:
    offer = sent_offer(freelancer, open_brief(buyer))
    with pytest.raises(RuntimeError):
        briefs.offer_accept(actor=buyer.actor, offer_id=offer.pk)
