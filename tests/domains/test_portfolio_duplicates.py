"""Recognising works again, and what operators do about it."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.portfolio import duplicates, errors, selectors, services
from oeuvre.domains.portfolio.models import DuplicateMatch, Work
from oeuvre.domains.portfolio.similarity import (
    PERMUTATIONS,
    SHINGLE,
    THRESHOLD,
    fingerprint,
    shared_passages,
    similarity,
    words_in,
)
from oeuvre.domains.portfolio.states import MatchState, Modality, WorkState
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.states import IllegalTransitionError
from tests.domains.portfolio_texts import prose

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.portfolio.modalities.base import Reading

pytestmark = pytest.mark.usefixtures("blob_folder")


def paste(user: User, text: str, title: str = "T") -> Work:
    return services.work_paste(actor=user.actor, title=title, text=text)


def mixed(seed: int, share: float, words: int = 400) -> tuple[str, str, float]:
    """Two texts that begin alike for ``share`` of their words, and the true Jaccard similarity of their 5-grams."""
    chance = random.Random(seed)
    common = [f"c{chance.randrange(10**9)}" for _ in range(int(words * share))]
    one = common + [f"a{chance.randrange(10**9)}" for _ in range(words - len(common))]
    two = common + [f"b{chance.randrange(10**9)}" for _ in range(words - len(common))]
    grams = [{tuple(text[i : i + SHINGLE]) for i in range(words - SHINGLE + 1)} for text in (one, two)]
    return " ".join(one), " ".join(two), len(grams[0] & grams[1]) / len(grams[0] | grams[1])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_similarity__estimates_jaccard_within_its_error(seed: int, share: float) -> None:
    one, two, true = mixed(seed, share)
    estimate = similarity(fingerprint(one).signature, fingerprint(two).signature)
    deviation = (max(true * (1 - true), 0.01) / PERMUTATIONS) ** 0.5
    assert abs(estimate - true) <= 5 * deviation


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.8, 1))
def test_bands__bring_together_whatever_is_above_the_threshold(seed: int, share: float) -> None:
    one, two, true = mixed(seed, share)
    assert true > THRESHOLD
    assert set(fingerprint(one).bands) & set(fingerprint(two).bands)


def test_bands__rarely_bring_together_what_is_not_alike() -> None:
    pairs = [mixed(seed, 0.05) for seed in range(60)]
    met = [bool(set(fingerprint(one).bands) & set(fingerprint(two).bands)) for one, two, _ in pairs]
    assert sum(met) <= 6


@settings(deadline=None)
@given(st.text())
def test_fingerprint__ignores_case_punctuation_and_layout(text: str) -> None:
    noisy = "  \n".join(words_in(text))
    assert fingerprint(noisy).sha256 == fingerprint(text).sha256
    assert fingerprint(noisy).signature == fingerprint(text).signature


def test_fingerprint__is_the_same_for_ever() -> None:
    """Signatures are stored; another release of a library must not change them unnoticed."""
    print_ = fingerprint("The tide comes in twice a day, and twice a day it goes.")
    assert print_.words == 13
    assert print_.sha256.startswith("b99534915177")
    assert print_.signature[:8].hex() == "2482070348173c06"
    assert print_.bands[0] == 7416593237133213757


def test_words_in__splits_scripts_without_spaces() -> None:
    assert words_in("It\u2019s 潮汐表, twice") == ["it\u2019s", "潮", "汐", "表", "twice"]


def test_shared_passages__shows_the_longest_common_stretches_and_no_more() -> None:
    secret = "nobody else may read this private sentence of mine"
    passages = shared_passages(f"{prose(1)} {secret} {prose(2, 30)}", f"{prose(2, 30)} other {prose(1)}")
    assert [passage.words for passage in passages] == [120, 30]
    assert passages[0].text.endswith(" …")
    assert len(passages[0].text.split()) == 81
    assert not any("private" in passage.text for passage in passages)
    assert shared_passages(prose(3), prose(4)) == []


@pytest.mark.django_db
def test_work_add__sends_somebody_elses_text_to_review_without_saying_whose(
    freelancer: User, other_freelancer: User
) -> None:
    first = paste(freelancer, prose(30), "The original")
    copy = paste(other_freelancer, prose(30).upper(), "My very own")
    assert (first.status, copy.status) == (WorkState.ACCEPTED, WorkState.IN_REVIEW)
    match = DuplicateMatch.objects.get()
    assert (match.work, match.other, match.kind, match.similarity) == (copy, first, "exact", 1.0)
    assert (
        selectors.trainable_works(actor=other_freelancer.actor, owner_id=other_freelancer.pk, modality=Modality.TEXT)
        == []
    )
    [refusal] = selectors.refusals(copy)
    assert refusal.code == "in_review"
    shown = f"{refusal.message} {refusal.fix}"
    assert "Ada" not in shown
    assert "original" not in shown
    assert selectors.similar_own_works(actor=other_freelancer.actor, work=copy) == []


@pytest.mark.django_db
def test_work_add__finds_a_reworked_text_and_leaves_a_quotation_alone(freelancer: User, other_freelancer: User) -> None:
    text = prose(31, 400)
    paste(freelancer, text)
    reworked = paste(other_freelancer, prose(32, 50) + " " + text)
    quoting = paste(other_freelancer, prose(33, 400) + " " + text[:400])
    assert (reworked.status, quoting.status) == (WorkState.IN_REVIEW, WorkState.ACCEPTED)
    match = DuplicateMatch.objects.get()
    assert match.kind == "near"
    assert match.similarity >= THRESHOLD


@pytest.mark.django_db
def test_work_add__accepts_a_version_of_ones_own_work_and_remembers_the_likeness(freelancer: User) -> None:
    first = paste(freelancer, prose(34, 400), "Draft")
    second = paste(freelancer, prose(34, 400) + " " + prose(35, 20), "Final")
    assert second.status == WorkState.ACCEPTED
    [(other, value)] = selectors.similar_own_works(actor=freelancer.actor, work=second)
    assert other == first
    assert value > 0.8
    assert not DuplicateMatch.objects.filter(status=MatchState.OPEN).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("decision", [MatchState.NOT_A_COPY, MatchState.SAME_AUTHOR_OK])
def test_duplicate_resolve__lets_the_work_in(
    freelancer: User, other_freelancer: User, operator: User, decision: str
) -> None:
    paste(freelancer, prose(36))
    work = paste(other_freelancer, prose(36))
    [match] = selectors.duplicates_open(actor=operator.actor)
    services.duplicate_resolve(actor=operator.actor, match_id=match.pk, decision=decision)
    services.duplicate_resolve(actor=operator.actor, match_id=match.pk, decision=decision)
    work.refresh_from_db()
    assert work.status == WorkState.ACCEPTED
    assert selectors.refusals(work) == []
    assert not selectors.duplicates_open(actor=operator.actor).exists()
    assert AuditRecord.objects.filter(code=f"duplicate_match.{decision}").count() == 1
    decided = selectors.duplicate_get(actor=operator.actor, match_id=match.pk)
    assert decided.decided_by == operator
    assert decided.decided_at is not None


@pytest.mark.django_db
def test_duplicate_resolve__waits_for_every_match_of_a_work(
    freelancer: User, other_freelancer: User, buyer: User, operator: User
) -> None:
    buyer.is_freelancer = True
    buyer.save()
    paste(freelancer, prose(37))
    second = paste(other_freelancer, prose(37))
    third = paste(buyer, prose(37))
    matches = list(DuplicateMatch.objects.filter(work=third))
    assert len(matches) == 2
    services.duplicate_resolve(actor=operator.actor, match_id=matches[0].pk, decision="not_a_copy")
    third.refresh_from_db()
    assert third.status == WorkState.IN_REVIEW
    services.duplicate_resolve(actor=operator.actor, match_id=matches[1].pk, decision="not_a_copy")
    third.refresh_from_db()
    second.refresh_from_db()
    assert (third.status, second.status) == (WorkState.ACCEPTED, WorkState.IN_REVIEW)


@pytest.mark.django_db
def test_duplicate_resolve__refuses_a_copy_with_its_reason(
    freelancer: User, other_freelancer: User, operator: User
) -> None:
    first = paste(freelancer, prose(38))
    work = paste(other_freelancer, prose(38))
    [match] = selectors.duplicates_open(actor=operator.actor)
    with pytest.raises(errors.DecisionInvalidError):
        services.duplicate_resolve(actor=operator.actor, match_id=match.pk, decision="copy", note=" ")
    services.duplicate_resolve(actor=operator.actor, match_id=match.pk, decision="copy", note="Published in 2019.")
    work.refresh_from_db()
    first.refresh_from_db()
    assert (work.status, work.refusal, first.status) == (WorkState.REFUSED, "Published in 2019.", WorkState.ACCEPTED)
    [refusal] = selectors.refusals(work)
    assert refusal.code == "refused_as_copy"
    assert "Published in 2019." in refusal.message
    with pytest.raises(IllegalTransitionError):
        services.duplicate_resolve(actor=operator.actor, match_id=match.pk, decision="not_a_copy")


@pytest.mark.django_db
def test_duplicate_resolve__can_find_that_the_older_one_is_the_copy(
    freelancer: User, other_freelancer: User, operator: User
) -> None:
    thief = paste(freelancer, prose(39))
    author = paste(other_freelancer, prose(39))
    [match] = selectors.duplicates_open(actor=operator.actor)
    services.duplicate_resolve(
        actor=operator.actor, match_id=match.pk, decision="other_is_copy", note="Her book, 2011."
    )
    thief.refresh_from_db()
    author.refresh_from_db()
    assert (thief.status, author.status) == (WorkState.REFUSED, WorkState.ACCEPTED)
    assert selectors.trainable_works(actor=freelancer.actor, owner_id=freelancer.pk, modality=Modality.TEXT) == []


@pytest.mark.django_db
def test_duplicate_resolve__is_for_operators_and_their_decisions(
    freelancer: User, other_freelancer: User, operator: User
) -> None:
    paste(freelancer, prose(40))
    work = paste(other_freelancer, prose(40))
    match = DuplicateMatch.objects.get()
    for person in (freelancer, other_freelancer):
        with pytest.raises(PermissionDeniedError):
            services.duplicate_resolve(actor=person.actor, match_id=match.pk, decision="not_a_copy")
        with pytest.raises(PermissionDeniedError):
            services.duplicate_passages(actor=person.actor, match_id=match.pk)
        with pytest.raises(errors.MatchNotFoundError):
            selectors.duplicate_get(actor=person.actor, match_id=match.pk)
        assert not selectors.duplicates_open(actor=person.actor).exists()
    for decision in ("open", "withdrawn", "whatever"):
        with pytest.raises(errors.DecisionInvalidError):
            services.duplicate_resolve(actor=operator.actor, match_id=match.pk, decision=decision)
    with pytest.raises(errors.MatchNotFoundError):
        services.duplicate_resolve(actor=operator.actor, match_id=work.pk, decision="not_a_copy")


@pytest.mark.django_db
def test_duplicate_passages__shows_what_both_share_and_leaves_a_trace(
    freelancer: User, other_freelancer: User, operator: User
) -> None:
    first = paste(freelancer, prose(41, 300) + " a line that is only in the first one of both")
    paste(other_freelancer, prose(41, 300))
    match = DuplicateMatch.objects.get()
    passages = services.duplicate_passages(actor=operator.actor, match_id=match.pk)
    assert services.duplicate_passages(actor=operator.actor, match_id=match.pk) == passages
    assert [passage.words for passage in passages] == [300]
    assert AuditRecord.objects.filter(code="work.compared", object_id=str(first.pk)).count() == 1
    services.work_remove(actor=freelancer.actor, work_id=first.pk)
    assert services.duplicate_passages(actor=operator.actor, match_id=match.pk) == []


@pytest.mark.django_db
def test_work_remove__withdraws_what_was_open_about_it(
    freelancer: User, other_freelancer: User, operator: User
) -> None:
    paste(freelancer, prose(42))
    work = paste(other_freelancer, prose(42))
    services.work_remove(actor=other_freelancer.actor, work_id=work.pk)
    assert DuplicateMatch.objects.get().status == MatchState.WITHDRAWN
    assert not selectors.duplicates_open(actor=operator.actor).exists()


def _upload_at_once(users: list[User], text: str) -> list[Work]:
    """Both upload the same text at the same moment, each on a connection of their own."""
    barrier = threading.Barrier(len(users))
    original = duplicates.similar_works
    added: list[Work] = []

    def slowed(reading: Reading, *, but: UUID) -> list[duplicates.Found]:
        found = original(reading, but=but)
        barrier_wait(0.5)
        return found

    def barrier_wait(seconds: float) -> None:
        try:
            barrier.wait(seconds)
        except threading.BrokenBarrierError:
            return

    def run(user: User) -> None:
        try:
            added.append(paste(user, text))
        finally:
            connection.close()

    duplicates.similar_works = slowed
    try:
        threads = [threading.Thread(target=run, args=(user,)) for user in users]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        duplicates.similar_works = original
    return added


@pytest.mark.django_db(transaction=True)
def test_work_add__two_at_once_cannot_miss_each_other(freelancer: User, other_freelancer: User) -> None:
    added = _upload_at_once([freelancer, other_freelancer], prose(43))
    assert sorted(work.status for work in added) == [WorkState.ACCEPTED, WorkState.IN_REVIEW]


@pytest.mark.django_db(transaction=True)
def test_work_add__two_at_once_miss_each_other_without_the_lock(
    freelancer: User, other_freelancer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what the lock prevents does happen without it."""
    monkeypatch.setattr(duplicates, "bands_lock", lambda reading: None)
    added = _upload_at_once([freelancer, other_freelancer], prose(44))
    assert [work.status for work in added] == [WorkState.ACCEPTED, WorkState.ACCEPTED]
