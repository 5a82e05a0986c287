"""The operator's pages of gigs: the review queue, one review, every gig, and taking one off."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.models import CategoryAttribute, Gig, GigVersion
from oeuvre.domains.catalog.states import GigState, VersionState
from oeuvre.domains.orders.models import Order
from tests.support.budget import MOST_QUERIES
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import LEAF, OTHER_LEAF, draft_gig, gig_content, live_gig, waiting_version
from tests.support.orders import started

if TYPE_CHECKING:
    from pytest_django import Settings

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db
QUEUE, LIST = "/operator/gig-review/", "/operator/gigs/"


@pytest.fixture
def vera() -> User:
    return freelancer_with_profile()


@pytest.fixture
def desk(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.fixture
def waiting(vera: User) -> GigVersion:
    return waiting_version(vera)


def url_of(version: GigVersion, name: str = "review") -> str:
    return reverse(f"gigs_desk:{name}", args=[version.pk])


def moved(gig: Gig) -> GigVersion:
    """A live gig's next version: another title, another category."""
    actor = gig.owner.actor
    draft = catalog.gig_draft_open(actor=actor, gig_id=gig.pk)
    content = gig_content(title="Maps of quays", category=OTHER_LEAF, attributes={})
    saved = catalog.gig_draft_save(actor=actor, gig_id=gig.pk, revision=draft.revision, content=content)
    return catalog.gig_submit(actor=actor, gig_id=gig.pk, revision=saved.revision)


class TestQueue:
    def test_queue__lists_the_oldest_first_with_the_reason_and_counts_in_the_navigation(
        self, desk: Client, vera: User, operator: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        gig = live_gig(vera)
        first = moved(gig)
        second = waiting_version(freelancer_with_profile("second@example.org", "second", "Sol Rake"))
        with django_assert_max_num_queries(8):
            text = desk.get(QUEUE).content.decode()
        assert 0 < text.index(url_of(first)) < text.index(url_of(second))
        assert "from Notices" in text
        assert '<span class="nav__count">2<' in text

    def test_unread__lists_what_buyers_see_and_no_operator_has_read(
        self, desk: Client, vera: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        gig = live_gig(vera)  # an operator read its first version
        page = reverse("gigs_desk:unread")
        assert "Nothing went live unread" in desk.get(page).content.decode()
        draft = catalog.gig_draft_open(actor=vera.actor, gig_id=gig.pk)
        saved = catalog.gig_draft_save(
            actor=vera.actor, gig_id=gig.pk, revision=draft.revision, content=gig_content(title="Something else")
        )
        catalog.gig_submit(actor=vera.actor, gig_id=gig.pk, revision=saved.revision)
        with django_assert_max_num_queries(8):
            text = desk.get(page).content.decode()
        assert "Something else" in text
        assert reverse("gigs_desk:gig", args=[gig.pk]) in text
        assert page in desk.get(QUEUE).content.decode()

    @pytest.mark.parametrize(
        ("rule", "says"), [("first", "goes live unread"), ("none", "No new version waits"), ("every", "")]
    )
    def test_queue__says_what_the_settings_let_pass(
        self, desk: Client, settings: Settings, rule: str, says: str
    ) -> None:
        settings.GIG_REVIEW = rule
        text = desk.get(QUEUE).content.decode()
        assert (f"OEUVRE_GIG_REVIEW={rule}" in text) == bool(says)
        assert says in text

    def test_queue__is_filtered_by_reason(self, desk: Client, vera: User) -> None:
        category = moved(live_gig(vera))
        first = waiting_version(freelancer_with_profile("second@example.org", "second", "Sol Rake"))
        text = desk.get(QUEUE, {"because": "category"}).content.decode()
        assert url_of(category) in text
        assert url_of(first) not in text
        assert url_of(first) in desk.get(QUEUE, {"because": "first"}).content.decode()
        assert url_of(first) in desk.get(QUEUE, {"because": "nonsense"}).content.decode()

    def test_queue__says_what_will_wait_here(self, desk: Client) -> None:
        text = desk.get(QUEUE).content.decode()
        assert "No gig waits" in text
        assert "nav__count" not in text.split("Gig review")[1].split("</a>")[0]

    def test_queue__is_the_operators(self, client: Client, vera: User) -> None:
        client.force_login(vera)
        assert client.get(QUEUE).status_code == 403


class TestReview:
    def test_review__shows_everything_that_buyers_would_see(
        self, desk: Client, waiting: GigVersion, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_max_num_queries(MOST_QUERIES):
            text = desk.get(url_of(waiting)).content.decode()
        content = gig_content()
        shown = [content.title, content.summary, content.description, "A whole quay", "$300.00", "Translation"]
        shown += ["What must people know?", "Do you come by?", "Salty", "Commercial use", "English", "AI-assisted"]
        for part in [*shown, waiting.gig.owner.public_name, "did not apply", "Software finds nothing wrong"]:
            assert part in text, part
        assert "changes from what buyers see now" not in text

    def test_preview__is_the_public_page_with_a_way_back(self, desk: Client, waiting: GigVersion) -> None:
        text = desk.get(url_of(waiting, "preview")).content.decode()
        assert gig_content().description in text
        assert f'href="{url_of(waiting)}">Back to the review' in text
        assert "/orders/new" not in text

    def test_review__marks_what_changed_from_what_buyers_see(self, desk: Client, vera: User) -> None:
        version = moved(live_gig(vera))
        text = desk.get(url_of(version)).content.decode()
        assert "changes from what buyers see now" in text
        assert "<del>" in text
        facts = text.split('id="part-facts"')[1].split("</section>")[0]
        faq = text.split('id="part-faq"')[1].split("</section>")[0]
        assert ("Changed" in facts, "Changed" in faq) == (True, False)

    def test_publish__makes_it_live_and_tells_the_freelancer(
        self, desk: Client, operator: User, waiting: GigVersion
    ) -> None:
        given = {"decision": "publish", "revision": waiting.revision}
        assert desk.post(url_of(waiting), given).headers["Location"] == QUEUE
        waiting.refresh_from_db()
        assert (waiting.status, waiting.gig.status) == (VersionState.PUBLISHED, GigState.LIVE)
        record = AuditRecord.objects.get(code="gig_version.published", object_id=str(waiting.pk))
        assert record.actor_id == operator.pk
        assert "is live" in mail.outbox[-1].subject
        assert "Publish version" not in desk.get(url_of(waiting)).content.decode()

    def test_return__keeps_what_was_written_beside_each_part(
        self, desk: Client, operator: User, waiting: GigVersion
    ) -> None:
        given = {
            "decision": "return",
            "revision": waiting.revision,
            "reasons": "Nearly there.",
            "about_packages": "Say how long a text is.",
            "about_faq": "",
        }
        assert desk.post(url_of(waiting), given).status_code == 302
        waiting.refresh_from_db()
        assert waiting.status == VersionState.RETURNED
        assert waiting.section_reasons == {"packages": "Say how long a text is."}
        assert "Nearly there." in mail.outbox[-1].body
        assert AuditRecord.objects.filter(code="gig_version.returned", actor_id=operator.pk).exists()

    def test_return__without_a_word_is_refused_and_publishing_against_ones_own_words_too(
        self, desk: Client, waiting: GigVersion
    ) -> None:
        empty = desk.post(url_of(waiting), {"decision": "return", "revision": waiting.revision})
        assert empty.status_code == 422
        assert "Say what must change" in empty.content.decode()
        both = desk.post(
            url_of(waiting), {"decision": "publish", "revision": waiting.revision, "about_title": "Shorter."}
        )
        assert both.status_code == 422
        assert "You wrote what must change" in both.content.decode()
        assert "Shorter." in both.content.decode()
        waiting.refresh_from_db()
        assert waiting.status == VersionState.IN_REVIEW

    def test_publish__of_what_the_operator_did_not_see_is_refused(
        self, desk: Client, vera: User, waiting: GigVersion
    ) -> None:
        seen = waiting.revision
        catalog.gig_withdraw(actor=vera.actor, gig_id=waiting.gig_id)
        saved = catalog.gig_draft_save(
            actor=vera.actor, gig_id=waiting.gig_id, revision=seen, content=gig_content(title="Something else")
        )
        catalog.gig_submit(actor=vera.actor, gig_id=waiting.gig_id, revision=saved.revision)
        answer = desk.post(url_of(waiting), {"decision": "publish", "revision": seen}, follow=True)
        assert "Read it once more" in answer.content.decode()
        waiting.refresh_from_db()
        assert waiting.status == VersionState.IN_REVIEW

    def test_review__offers_no_publishing_where_a_check_fails(self, desk: Client, waiting: GigVersion) -> None:
        CategoryAttribute.objects.filter(category__key=LEAF, attribute__key="h_sources").update(required=True)
        text = desk.get(url_of(waiting)).content.decode()
        assert "cannot be published as it stands" in text
        assert "attributes.h_sources" in text
        assert "Publish version" not in text
        answer = desk.post(url_of(waiting), {"decision": "publish", "revision": waiting.revision})
        assert answer.status_code == 422

    def test_review__is_the_operators(self, client: Client, vera: User, waiting: GigVersion) -> None:
        client.force_login(vera)
        given = {"decision": "publish", "revision": waiting.revision}
        assert client.post(url_of(waiting), given).status_code == 403
        assert client.get(url_of(waiting, "preview")).status_code == 403
        waiting.refresh_from_db()
        assert waiting.status == VersionState.IN_REVIEW

    def test_review__of_nothing_is_a_404(self, desk: Client) -> None:
        assert desk.get(reverse("gigs_desk:review", args=[uuid.uuid4()])).status_code == 404


class TestEveryGig:
    def test_gigs__are_searched_and_filtered_with_their_states(
        self, desk: Client, vera: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        live = live_gig(vera)
        draft = draft_gig(vera, title="Songs for a slipway")
        with django_assert_max_num_queries(10):
            text = desk.get(LIST).content.decode()
        for gig in (live, draft):
            assert reverse("gigs_desk:gig", args=[gig.pk]) in text
        only = desk.get(LIST, {"q": "slipway", "status": "draft"}).content.decode()
        assert "Songs for a slipway" in only
        assert gig_content().title not in only
        assert "No gig like that" in desk.get(LIST, {"q": "slipway", "status": "live"}).content.decode()
        assert desk.get(LIST, {"status": "nonsense", "q": "\x00"}).status_code == 200

    def test_gig__says_what_rests_on_it_before_it_is_removed(
        self, desk: Client, vera: User, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        gig = live_gig(vera)
        url = reverse("gigs_desk:gig", args=[gig.pk])
        assert "No order runs" in desk.get(url).content.decode()
        order = started(buyer, vera)
        Order.objects.filter(pk=order.pk).update(gig_id=gig.pk)
        with django_assert_max_num_queries(12):
            text = desk.get(url).content.decode()
        assert "1 order runs. It goes on as it was agreed" in text

    def test_remove__takes_it_off_with_a_reason_and_leaves_orders_alone(
        self, desk: Client, operator: User, vera: User, buyer: User
    ) -> None:
        gig = live_gig(vera)
        order = started(buyer, vera)
        Order.objects.filter(pk=order.pk).update(gig_id=gig.pk)
        url = reverse("gigs_desk:gig", args=[gig.pk])
        assert desk.post(url, {"reason": " "}).status_code == 422
        assert desk.post(url, {"reason": "It sells what is not yours."}).headers["Location"] == url
        gig.refresh_from_db()
        assert (gig.status, gig.removed_reason) == (GigState.REMOVED, "It sells what is not yours.")
        assert Order.objects.get(pk=order.pk).status == order.status
        assert AuditRecord.objects.get(code="gig.removed").actor_id == operator.pk
        assert "It sells what is not yours." in mail.outbox[-1].body
        text = desk.get(url).content.decode()
        assert "Removed by an operator" in text
        assert "Remove gig" not in text

    def test_remove__of_a_draft_is_refused(self, desk: Client, vera: User) -> None:
        gig = draft_gig(vera)
        url = reverse("gigs_desk:gig", args=[gig.pk])
        assert "Remove gig" not in desk.get(url).content.decode()
        assert desk.post(url, {"reason": "No."}).status_code == 422
        gig.refresh_from_db()
        assert gig.status == GigState.DRAFT

    def test_remove__is_the_operators(self, client: Client, vera: User) -> None:
        gig = live_gig(vera)
        client.force_login(vera)
        assert client.post(reverse("gigs_desk:gig", args=[gig.pk]), {"reason": "Mine."}).status_code == 403
        gig.refresh_from_db()
        assert gig.status == GigState.LIVE
