"""Matching: who fits a brief, and that buyer and freelancer can compute it from what they see."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.briefs import errors, selectors, services
from oeuvre.domains.briefs.matching import TIMES, weights
from oeuvre.domains.briefs.states import AiWish
from oeuvre.domains.catalog.content import Package
from oeuvre.domains.catalog.states import AiPolicy, PackageKey
from oeuvre.kit.money import Money
from tests.support.briefs import draft_brief, open_brief
from tests.support.fake_embeddings import FAKE_EMBEDDINGS, fake_embeddings
from tests.support.gigs import LEAF, OTHER_LEAF, live_gig

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

    from oeuvre.domains.briefs.models import Brief

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def studio(settings: Settings) -> None:
    settings.PORTS = {**settings.PORTS, **FAKE_EMBEDDINGS}
    fake_embeddings()


def seen(person: User, brief: Brief) -> selectors.BriefShown:
    return selectors.brief_get(actor=person.actor, brief_id=brief.pk)


def part(match: selectors.Match, name: str) -> selectors.Part:
    return next(one for one in match.parts if one.name == name)


def test_brief_matches__are_ranked_with_reasons_and_can_be_computed_again(
    buyer: User, freelancer: User, other_freelancer: User
) -> None:
    live_gig(freelancer)
    live_gig(
        other_freelancer,
        title="Poems for anchors",
        languages=("de",),
        attributes={"licence": "personal-use", "h_tone": "plain"},
        packages=(Package(PackageKey.BASIC, "One", Money(100_000), 20),),
    )
    brief = draft_brief(buyer, due=timezone.now().date() + timedelta(days=10))
    first, second = selectors.brief_matches(shown=seen(buyer, brief))
    assert [match.freelancer_id for match in (first, second)] == [freelancer.pk, other_freelancer.pk]
    assert first.gig.owner == freelancer
    assert part(first, "attributes").arithmetic == "3 / 3"
    assert part(second, "attributes").value == 0.0
    assert part(second, "price").value == pytest.approx(50_000 / 100_000)
    assert part(second, "time").value == pytest.approx(10 / 20)
    assert part(second, "language").value == 0.0
    assert "Begins at $40.00, within the budget of $500.00." in first.reasons
    for match in (first, second):
        assert match.fit == pytest.approx(sum(weights()[one.name] * one.value for one in match.parts))
        left, right = match.arithmetic.split(" = ")
        terms = [re.split(f" {TIMES} ", term) for term in left.split(" + ")]
        assert sum(float(weight) * float(value) for weight, value in terms) == pytest.approx(float(right), abs=0.002)


def test_weights__sum_to_one() -> None:
    assert sum(weights().values()) == pytest.approx(1.0)


def test_brief_match__is_the_same_for_the_freelancer_and_nobody_elses(
    buyer: User, freelancer: User, other_freelancer: User
) -> None:
    live_gig(freelancer)
    brief = open_brief(buyer)
    theirs = selectors.brief_match(actor=freelancer.actor, shown=seen(freelancer, brief), freelancer_id=freelancer.pk)
    assert theirs == selectors.brief_match(actor=buyer.actor, shown=seen(buyer, brief), freelancer_id=freelancer.pk)
    assert theirs is not None
    assert theirs.place == 1
    with pytest.raises(errors.BriefNotFoundError):
        selectors.brief_match(
            actor=other_freelancer.actor, shown=seen(other_freelancer, brief), freelancer_id=freelancer.pk
        )
    with pytest.raises(errors.BriefNotFoundError):
        selectors.brief_matches(shown=seen(freelancer, brief))


def test_brief_matches__leaves_out_what_the_buyer_does_not_want_other_categories_and_oneself(
    buyer: User, freelancer: User, other_freelancer: User
) -> None:
    live_gig(freelancer, ai_policy=AiPolicy.GENERATED)
    live_gig(other_freelancer, category=OTHER_LEAF, attributes={"h_tone": "plain"})
    selling = User.objects.create_user("both@example.org", display_name="Eve Both", is_freelancer=True)
    live_gig(selling)
    brief = draft_brief(selling, ai_wish=AiWish.ASSISTED)
    assert selectors.brief_matches(shown=seen(selling, brief)) == []
    anything = draft_brief(buyer, ai_wish=AiWish.ANY)
    found = selectors.brief_matches(shown=seen(buyer, anything))
    assert {match.freelancer_id for match in found} == {freelancer.pk, selling.pk}


def test_brief_matches__a_freelancer_counts_once_by_the_best_gig(buyer: User, freelancer: User) -> None:
    live_gig(freelancer, attributes={"licence": "personal-use"})
    best = live_gig(freelancer)
    found = selectors.brief_matches(shown=seen(buyer, draft_brief(buyer)))
    assert [match.gig.pk for match in found] == [best.pk]


def test_brief_matches__of_a_brief_without_a_category_is_empty(buyer: User) -> None:
    brief = draft_brief(buyer, category="", attributes={})
    assert selectors.brief_matches(shown=seen(buyer, brief)) == []


def test_brief_matches__takes_few_queries(
    buyer: User, freelancer: User, other_freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for owner in (freelancer, other_freelancer):
        live_gig(owner)
    brief = draft_brief(buyer)
    selectors.brief_matches(shown=seen(buyer, brief))
    with django_assert_max_num_queries(8):
        selectors.brief_matches(shown=seen(buyer, brief))


def test_brief_send__to_the_best_match_leads_to_an_offer(buyer: User, freelancer: User) -> None:
    gig = live_gig(freelancer)
    brief = draft_brief(buyer)
    best = selectors.brief_matches(shown=seen(buyer, brief))[0]
    services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={best.freelancer_id: best.gig.pk})
    shown = selectors.brief_get(actor=freelancer.actor, brief_id=brief.pk)
    assert shown.invitation is not None
    assert shown.invitation.gig_id == gig.pk


def test_briefs_desk__fitting_are_those_of_ones_own_categories_best_first_with_reasons(
    buyer: User, freelancer: User, other_freelancer: User
) -> None:
    live_gig(freelancer)
    dear = open_brief(buyer, budget_low=None, budget_high=Money(1_000))
    near = open_brief(buyer)
    open_brief(buyer, ai_wish=AiWish.HUMAN)
    open_brief(buyer, category=OTHER_LEAF, attributes={}, licence="")
    found = selectors.briefs_desk(actor=freelancer.actor).fitting
    assert [one.row.brief for one in found] == [near, dear]
    assert found[0].fit.share == pytest.approx(1.0)
    assert "Begins at $40.00, within the budget of $500.00." in found[0].fit.reasons
    assert selectors.briefs_desk(actor=other_freelancer.actor).fitting == []
    assert selectors.briefs_desk(actor=buyer.actor).fitting == []


def test_guide_found__shows_what_the_words_find_first_and_then_the_rest_of_the_leaf(freelancer: User) -> None:
    door = live_gig(freelancer)
    mast = live_gig(freelancer, title="Verses for masts", summary="Long ones.", description="For tall ships only.")
    found = selectors.guide_found(text="I want verses for my masts", category=LEAF)
    assert [hit.ref_id for hit in found] == [mast.pk, door.pk]
    assert selectors.guide_found(text="I want verses for my masts", category=OTHER_LEAF) == []
