"""What operators read of gigs, and what they decide: why each waits, what is sent back, every gig that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

from oeuvre.domains.catalog import errors, selectors
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.models import CategoryAttribute, Gig
from oeuvre.domains.catalog.states import GigState, VersionState, WaitReason
from oeuvre.kit.errors import PermissionDeniedError
from tests.support.gigs import LEAF, OTHER_LEAF, draft_gig, gig_content, live_gig, waiting_version

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.catalog.models import GigVersion

pytestmark = pytest.mark.django_db


def moved(gig: Gig, **changes: object) -> GigVersion:
    """A live gig's next version, handed in with another category."""
    user = gig.owner
    draft = catalog.gig_draft_open(actor=user.actor, gig_id=gig.pk)
    content = gig_content(**{"category": OTHER_LEAF, "attributes": {}, **changes})
    saved = catalog.gig_draft_save(actor=user.actor, gig_id=gig.pk, revision=draft.revision, content=content)
    return catalog.gig_submit(actor=user.actor, gig_id=gig.pk, revision=saved.revision)


class TestQueue:
    def test_review_queue__says_why_each_waits(
        self, freelancer: User, other_freelancer: User, operator: User, settings: Any
    ) -> None:
        first = waiting_version(other_freelancer)
        gig = live_gig(freelancer)
        category = moved(gig)
        settings.GIG_REVIEW = "every"
        every = waiting_version(freelancer)
        rows: list[Any] = list(selectors.review_queue(actor=operator.actor))
        assert [(row.pk, row.because) for row in rows] == [
            (first.pk, WaitReason.FIRST),
            (category.pk, WaitReason.CATEGORY),
            (every.pk, WaitReason.EVERY),
        ]
        for reason, version in zip(WaitReason, (first, category, every), strict=True):
            assert [row.pk for row in selectors.review_queue(actor=operator.actor, because=reason)] == [version.pk]

    def test_review_queue__a_second_version_in_the_same_place_waits_only_where_each_does(
        self, freelancer: User, operator: User, settings: Any
    ) -> None:
        gig = live_gig(freelancer)
        settings.GIG_REVIEW = "every"
        version = moved(gig, category=LEAF, attributes=gig_content().attributes)
        row: Any
        (row,) = selectors.review_queue(actor=operator.actor)
        assert (row.pk, row.because) == (version.pk, WaitReason.EVERY)

    def test_review_queue__is_the_operators(self, freelancer: User) -> None:
        with pytest.raises(PermissionDeniedError):
            selectors.review_queue(actor=freelancer.actor)

    def test_review_page__names_what_the_catalogue_asks_for_since(self, freelancer: User, operator: User) -> None:
        version = waiting_version(freelancer, attributes={"licence": "commercial-use"})
        assert selectors.review_page(actor=operator.actor, version_id=version.pk).problems == []
        CategoryAttribute.objects.filter(category__key=LEAF, attribute__key="h_tone").update(required=True)
        (problem,) = selectors.review_page(actor=operator.actor, version_id=version.pk).problems
        assert problem.field == "attributes.h_tone"


class TestReturning:
    def test_gig_version_return__keeps_a_word_about_each_part(self, freelancer: User, operator: User) -> None:
        version = waiting_version(freelancer)
        returned = catalog.gig_version_return(
            actor=operator.actor,
            version_id=version.pk,
            reasons="Nearly there.",
            sections={"packages": " Say what a text is. ", "faq": "", "samples": "Show one."},
        )
        assert returned.section_reasons == {"packages": "Say what a text is.", "samples": "Show one."}
        assert returned.reasons == "Nearly there.\n\nPackages: Say what a text is.\n\nSamples: Show one."
        assert returned.reasons in mail.outbox[-1].body

    def test_gig_version_return__needs_one_reason_of_either_kind(self, freelancer: User, operator: User) -> None:
        version = waiting_version(freelancer)
        with pytest.raises(errors.ReasonsMissingError):
            catalog.gig_version_return(actor=operator.actor, version_id=version.pk, sections={"title": "  "})
        with pytest.raises(errors.ReasonsMissingError, match="colour"):
            catalog.gig_version_return(actor=operator.actor, version_id=version.pk, sections={"colour": "Red."})
        with pytest.raises(errors.ReasonsMissingError, match="too many"):
            catalog.gig_version_return(actor=operator.actor, version_id=version.pk, sections={"title": "x" * 2000})
        sent = catalog.gig_version_return(actor=operator.actor, version_id=version.pk, sections={"title": "Shorter."})
        assert sent.status == VersionState.RETURNED

    def test_decisions__are_about_the_content_that_the_operator_saw(self, freelancer: User, operator: User) -> None:
        version = waiting_version(freelancer)
        seen = version.revision
        catalog.gig_withdraw(actor=freelancer.actor, gig_id=version.gig_id)
        changed = catalog.gig_draft_save(
            actor=freelancer.actor, gig_id=version.gig_id, revision=seen, content=gig_content(title="Something else")
        )
        catalog.gig_submit(actor=freelancer.actor, gig_id=version.gig_id, revision=changed.revision)
        with pytest.raises(errors.VersionNotWaitingError, match="Read it once more"):
            catalog.gig_version_publish(actor=operator.actor, version_id=version.pk, revision=seen)
        with pytest.raises(errors.VersionNotWaitingError, match="Read it once more"):
            catalog.gig_version_return(actor=operator.actor, version_id=version.pk, reasons="No.", revision=seen)
        published = catalog.gig_version_publish(actor=operator.actor, version_id=version.pk, revision=changed.revision)
        assert published.status == VersionState.PUBLISHED


class TestEveryGig:
    def test_gigs_all__finds_by_title_code_category_and_owner(
        self, freelancer: User, other_freelancer: User, operator: User
    ) -> None:
        live = live_gig(freelancer)
        draft = draft_gig(other_freelancer, title="Songs for a slipway")
        found = {
            text: {gig.pk for gig in selectors.gigs_all(actor=operator.actor, text=text)}
            for text in ("", "slipway", "harbour", live.code.upper(), other_freelancer.email, "notices songs")
        }
        both = {live.pk, draft.pk}
        assert found == {
            "": both,
            "slipway": {draft.pk},
            "harbour": {live.pk},
            live.code.upper(): {live.pk},
            other_freelancer.email: {draft.pk},
            "notices songs": set(),
        }

    def test_gigs_all__of_one_state_with_what_each_says(self, freelancer: User, operator: User) -> None:
        live = live_gig(freelancer)
        draft = draft_gig(freelancer, title="A second one")
        row: Any
        (row,) = selectors.gigs_all(actor=operator.actor, status=GigState.DRAFT)
        assert (row.pk, row.published, [one.title for one in row.drafts]) == (draft.pk, None, ["A second one"])
        (row,) = selectors.gigs_all(actor=operator.actor, status=GigState.LIVE)
        assert (row.pk, row.published.title, row.drafts) == (live.pk, gig_content().title, [])

    def test_gigs_all__does_not_search_versions_that_are_over(self, freelancer: User, operator: User) -> None:
        gig = live_gig(freelancer)
        catalog.gig_version_publish(actor=operator.actor, version_id=moved(gig, title="A map").pk)
        assert not selectors.gigs_all(actor=operator.actor, text="doors").exists()
        assert selectors.gigs_all(actor=operator.actor, text="map").exists()

    def test_gigs_all__is_the_operators(self, freelancer: User) -> None:
        with pytest.raises(PermissionDeniedError):
            selectors.gigs_all(actor=freelancer.actor)
