"""The audit log."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit import selectors, services
from oeuvre.kit.actor import Actor

pytestmark = pytest.mark.django_db


def test_record__can_be_neither_changed_nor_deleted(freelancer: User) -> None:
    entry = services.record(actor=freelancer.actor, code="work.added", subject=freelancer)
    entry.code = "work.removed"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()


def test_log__shows_a_person_their_own_acts_and_an_operator_all(freelancer: User, buyer: User, operator: User) -> None:
    services.record(actor=freelancer.actor, code="work.added", subject=freelancer)
    services.record(actor=buyer.actor, code="licence.bought", subject=buyer)
    assert [entry.code for entry in selectors.log(actor=freelancer.actor)] == ["work.added"]
    assert selectors.log(actor=operator.actor).count() == 2
    assert not selectors.log(actor=Actor.anonymous()).exists()


def test_history__is_of_one_object(freelancer: User, buyer: User) -> None:
    services.record(actor=Actor.system(), code="account.created", subject=freelancer)
    assert [entry.code for entry in selectors.history(subject=freelancer)] == ["account.created"]
    assert not selectors.history(subject=buyer).exists()
