"""Two at once, where search is concerned; with the negative control: without the lock it fails."""

from __future__ import annotations

from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.accounts.services import vault_encrypt
from oeuvre.domains.search import saved
from oeuvre.domains.search.errors import SavedSearchLimitError
from oeuvre.domains.search.models import SavedSearch
from oeuvre.domains.search.query import SearchQuery
from tests.support.threads import Rendezvous, at_once

pytestmark = pytest.mark.django_db(transaction=True)


class TestLastPlace:
    """Two searches are saved at once where only one more may be kept."""

    def play(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        person = User.objects.create_user("twice@example.org", "a long password")
        vault_encrypt(owner_type="account", owner_id=person.pk, data=b"", context="opens the person's key")
        monkeypatch.setattr(saved, "MOST_SAVED", 1)
        meeting = Rendezvous()
        monkeypatch.setattr(saved, "_seal", meeting.after(saved._seal))  # after the check, before the row

        def save() -> SavedSearch:
            return saved.search_save(actor=person.actor, name="Harps", query=SearchQuery(text="harp"))

        return at_once(save, save)

    def test_with_the_lock_one_is_told_of_the_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = self.play(monkeypatch)
        assert sum(isinstance(answer, SavedSearchLimitError) for answer in answers) == 1
        assert SavedSearch.objects.count() == 1

    def test_without_it_both_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(saved, "lock_names", lambda names: None)
        self.play(monkeypatch)
        assert SavedSearch.objects.count() == 2
