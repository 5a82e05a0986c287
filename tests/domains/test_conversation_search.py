"""Looking through one's own messages, which lie sealed: what is found, what is not looked at, and how far it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.accounts.services import vault_destroy
from oeuvre.domains.conversations import search, selectors, services
from oeuvre.domains.conversations.errors import MessageInvalidError
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from tests.domains.conversation_talk import note, say, start

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


def look(person: User, words: str, **options: object) -> selectors.SearchStep:
    return selectors.messages_search(actor=person.actor, words=words, **options)  # type: ignore[arg-type]  # as named


def found(step: selectors.SearchStep) -> list[str]:
    return ["".join(text for text, _word in hit.parts) for hit in step.hits]


@pytest.fixture
def talk(buyer: User, freelancer: User) -> Conversation:
    return start(buyer, freelancer, "A café by the harbour")


@pytest.mark.parametrize("words", ["cafe", "CAFÉ", "harb", "harbour café", "  by   A "])
def test_search__finds_every_word_without_case_and_accents(words: str, buyer: User, talk: Conversation) -> None:
    step = look(buyer, words)
    assert found(step) == ["A café by the harbour"]
    assert (step.looked, step.total, step.further) == (1, 1, None)


def test_search__marks_the_words(buyer: User, talk: Conversation) -> None:
    (hit,) = look(buyer, "cafe harbour").hits
    assert hit.parts == (("A ", False), ("café", True), (" by the ", False), ("harbour", True))
    assert (hit.is_own, hit.other, hit.conversation) == (True, "Ada Fell", talk)


def test_search__needs_all_of_the_words(buyer: User, talk: Conversation) -> None:
    assert found(look(buyer, "café lighthouse")) == []


def test_search__shows_the_surroundings_in_a_long_message(buyer: User, talk: Conversation) -> None:
    say(buyer, talk, f"{'before ' * 100}needle {'after ' * 100}")
    (hit,) = look(buyer, "needle").hits
    text = "".join(part for part, _word in hit.parts)
    assert (text[:2], text[-2:]) == ("… ", " …")
    assert 100 < len(text) < 300
    assert ("needle", True) in hit.parts


def test_search__finds_files_by_their_names(buyer: User, freelancer: User, talk: Conversation) -> None:
    say(buyer, talk, "Here.", note("landing-plan.txt", "nothing of it"))
    (hit,) = look(freelancer, "landing").hits
    assert (hit.file_name, hit.parts, hit.author) == ("landing-plan.txt", (), "Cleo Marsh")
    assert look(freelancer, "nothing").hits == ()


def test_search__looks_at_ones_own_conversations_alone(
    buyer: User, freelancer: User, other_freelancer: User, operator: User, talk: Conversation
) -> None:
    elsewhere = start(other_freelancer, freelancer, "Another café")
    assert found(look(freelancer, "café")) == ["Another café", "A café by the harbour"]
    assert found(look(freelancer, "café", conversation_id=talk.pk)) == ["A café by the harbour"]
    assert found(look(buyer, "café")) == ["A café by the harbour"]
    for person in (buyer, operator):
        assert look(person, "café", conversation_id=elsewhere.pk).total == 0
    assert look(operator, "café") == selectors.SearchStep((), 0, 0, None, None)
    with pytest.raises(PermissionDeniedError):
        selectors.messages_search(actor=Actor.anonymous(), words="café")


@pytest.mark.parametrize("words", ["", "  ", "\u0301", "a b c d e f g h i"])
def test_search__needs_some_words_and_not_too_many(words: str, buyer: User, talk: Conversation) -> None:
    with pytest.raises(MessageInvalidError):
        look(buyer, words)


def walk(person: User, words: str) -> tuple[list[str], list[tuple[int, int]]]:
    """All pages, one after the other: what they found, and how far each came."""
    step = look(person, words)
    hits, came = found(step), [(step.looked, step.total)]
    while step.further:
        step = look(person, words, before=step.further)
        hits += found(step)
        came.append((step.looked, step.total))
    return hits, came


def test_search__goes_on_where_it_stopped_and_skips_and_repeats_nothing(
    buyer: User, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(11):
        say(buyer, talk, f"café {number}" if number % 2 else f"none {number}")
    monkeypatch.setattr(search, "BATCH", 2)
    monkeypatch.setattr(search, "SECONDS", 0)
    everything = [f"café {number}" for number in (9, 7, 5, 3, 1)] + ["A café by the harbour"]
    hits, came = walk(buyer, "café")
    assert hits == everything
    assert came == [(2, 12), (4, 12), (6, 12), (8, 12), (10, 12), (12, 12), (12, 12)]
    monkeypatch.setattr(search, "SECONDS", 60)
    monkeypatch.setattr(search, "HITS", 1)
    hits, came = walk(buyer, "café")
    assert hits == everything
    assert came[-1] == (12, 12)
    assert sorted(came) == came
    monkeypatch.setattr(search, "HITS", 20)
    assert walk(buyer, "café") == (everything, [(12, 12)])


def test_search__passes_over_what_was_removed(buyer: User, freelancer: User, talk: Conversation) -> None:
    say(freelancer, talk, "A café of mine")
    services.messages_erase(actor=buyer.actor)
    assert found(look(freelancer, "café")) == ["A café of mine"]
    vault_destroy(actor=Actor.system(), owner_type="account", owner_id=freelancer.pk)
    assert found(look(freelancer, "café")) == []
