"""Gigs on show: what buyers see, pausing, availability, removing, closing; and what search is told of it."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.models import FreelancerProfile
from oeuvre.domains.catalog import errors, selectors
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import Sample, content_of
from oeuvre.domains.catalog.models import Gig, GigImage
from oeuvre.domains.catalog.references import Reference
from oeuvre.domains.catalog.services import gig_document_part_register, reference_register
from oeuvre.domains.catalog.states import AiPolicy, GigState, SampleLabel, SampleSource, VersionState
from oeuvre.domains.search.models import SearchDocument
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.files.errors import FileRefusedError
from oeuvre.kit.money import Money
from oeuvre.kit.states import IllegalTransitionError
from tests.support.clock import Clock
from tests.support.gigs import LEAF, draft_gig, live_gig, small_catalogue, waiting_version

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.search.services import DocumentDraft

pytestmark = pytest.mark.django_db
NOBODY = Actor.anonymous()


def is_findable(gig: Gig) -> bool:
    return SearchDocument.objects.filter(kind="gig", ref_id=gig.pk).exists()


def picture(width: int = 3000, height: int = 1500) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(target, "PNG")
    return target.getvalue()


class TestPage:
    def test_gig_public__shows_everything_in_words(self, freelancer: User) -> None:
        page = selectors.gig_public(actor=NOBODY, url_key=live_gig(freelancer).url_key)
        assert [(one.key, one.price) for one in page.shown.packages] == [
            ("basic", Money(4_000)),
            ("premium", Money(30_000)),
        ]
        assert {one.label: one.values for one in page.shown.attributes} == {
            "Rights you get": ("Commercial use",),
            "Tone": ("Salty",),
            "Media": ("Doors", "Decks"),
            "Years": ("12 years",),
        }
        assert (page.shown.rights, page.shown.ai_policy) == ("Commercial use", AiPolicy.ASSISTED)
        assert [question.key for question in page.shown.questions] == ["q1", "q2"]
        assert page.availability.open

    def test_gig_public__needs_few_queries(self, freelancer: User, blob_folder: Path) -> None:
        FreelancerProfile.objects.create(user=freelancer, handle="ada")
        image = catalog.gig_image_add(actor=freelancer.actor, filename="door.png", data=picture())
        sample = Sample(SampleSource.IMAGE, image.pk, SampleLabel.HUMAN, "A door")
        gig = live_gig(freelancer, samples=(sample,))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = selectors.gig_public(actor=NOBODY, url_key=gig.url_key)
            assert page.gig.owner.profile.handle == "ada"
            assert page.gig.category
            assert page.gig.category.parent
            assert [one.image for one in page.shown.samples] == [image]
        assert len(queries) <= 7

    def test_gigs_of__shows_strangers_what_is_live(self, freelancer: User, other_freelancer: User) -> None:
        live, paused, draft = live_gig(freelancer), live_gig(freelancer), draft_gig(freelancer)
        live_gig(other_freelancer)
        catalog.gig_pause(actor=freelancer.actor, gig_id=paused.pk)
        assert list(selectors.gigs_of(actor=NOBODY, owner_id=freelancer.pk)) == [live]
        assert list(selectors.gigs_of(actor=freelancer.actor, owner_id=freelancer.pk)) == [draft, paused, live]

    def test_gig_cards__keep_the_order_of_search(self, freelancer: User) -> None:
        gigs = [live_gig(freelancer) for _number in range(3)]
        catalog.gig_close(actor=freelancer.actor, gig_id=gigs[1].pk)
        wanted = [gigs[2].pk, gigs[1].pk, gigs[0].pk, uuid.UUID(int=1)]
        with CaptureQueriesContext(connection) as queries:
            cards = selectors.gig_cards(actor=NOBODY, ids=wanted)
            assert [card.published.title for card in cards if card.published] == ["Notices for harbour doors"] * 2
        assert cards == [gigs[2], gigs[0]]
        assert len(queries) <= 3


class TestPause:
    def test_gig_pause__takes_it_out_of_the_search_and_says_so_on_its_page(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        assert is_findable(gig)
        catalog.gig_pause(actor=freelancer.actor, gig_id=gig.pk)
        page = selectors.gig_public(actor=NOBODY, url_key=gig.url_key)
        assert (page.availability.open, page.availability.reason) == (False, "paused")
        assert not is_findable(gig)
        catalog.gig_resume(actor=freelancer.actor, gig_id=gig.pk)
        assert is_findable(gig)

    def test_gig_resume_due__brings_it_back_on_the_day_and_not_before(
        self, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = Clock(monkeypatch)
        gig = live_gig(freelancer)
        until = clock.now.date() + timedelta(days=3)
        catalog.gig_pause(actor=freelancer.actor, gig_id=gig.pk, until=until)
        assert not catalog.gig_resume_due(gig_id=gig.pk)
        clock.move(days=3)
        assert catalog.gig_resume_due(gig_id=gig.pk)
        assert not catalog.gig_resume_due(gig_id=gig.pk)
        gig.refresh_from_db()
        assert (gig.status, gig.paused_until) == (GigState.LIVE, None)
        assert is_findable(gig)

    def test_gig_resume_due__minds_a_day_that_was_changed(
        self, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = Clock(monkeypatch)
        gig = live_gig(freelancer)
        for days in (2, 9):
            until = clock.now.date() + timedelta(days=days)
            gig = catalog.gig_pause(actor=freelancer.actor, gig_id=gig.pk, until=until)
        clock.move(days=2)
        assert not catalog.gig_resume_due(gig_id=gig.pk)
        catalog.gig_pause(actor=freelancer.actor, gig_id=gig.pk)
        clock.move(days=9)
        assert not catalog.gig_resume_due(gig_id=gig.pk), "a pause without an end"

    @pytest.mark.parametrize("days", [0, -1, 400])
    def test_gig_pause__takes_a_day_within_a_year(self, freelancer: User, days: int) -> None:
        gig = live_gig(freelancer)
        until = timezone.now().date() + timedelta(days=days)
        with pytest.raises(errors.AvailabilityError):
            catalog.gig_pause(actor=freelancer.actor, gig_id=gig.pk, until=until)

    def test_gig_resume__does_not_bring_a_gig_past_its_review(self, freelancer: User) -> None:
        for gig_id in (draft_gig(freelancer).pk, waiting_version(freelancer).gig_id):
            with pytest.raises(errors.GigNotPausedError):
                catalog.gig_resume(actor=freelancer.actor, gig_id=gig_id)

    def test_publish__of_a_paused_gig_leaves_it_paused(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        catalog.gig_pause(actor=freelancer.actor, gig_id=gig.pk)
        draft = catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        catalog.gig_submit(actor=freelancer.actor, gig_id=gig.pk, revision=1)
        gig.refresh_from_db()
        assert (gig.status, gig.published) == (GigState.PAUSED, draft)
        assert not is_findable(gig)


class TestAvailability:
    def test_gig_availability_set__a_gig_that_takes_no_orders_is_not_found(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        catalog.gig_availability_set(actor=freelancer.actor, gig_id=gig.pk, accepting_orders=False)
        page = selectors.gig_public(actor=NOBODY, url_key=gig.url_key)
        assert page.availability.reason == "not_accepting"
        assert not is_findable(gig)

    def test_availability__ends_with_the_last_place(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        gig = catalog.gig_availability_set(
            actor=freelancer.actor, gig_id=gig.pk, accepting_orders=True, orders_at_once=2
        )
        assert selectors.availability(gig=gig, open_orders=1).open
        assert selectors.availability(gig=gig, open_orders=2).reason == "full"

    @pytest.mark.parametrize("count", [0, 101])
    def test_gig_availability_set__takes_a_number_that_can_be_meant(self, freelancer: User, count: int) -> None:
        gig = live_gig(freelancer)
        with pytest.raises(errors.AvailabilityError):
            catalog.gig_availability_set(
                actor=freelancer.actor, gig_id=gig.pk, accepting_orders=True, orders_at_once=count
            )


class TestEnd:
    def test_gig_remove__is_an_operators_with_a_reason_that_its_owner_gets(
        self, freelancer: User, operator: User
    ) -> None:
        gig = live_gig(freelancer)
        mail.outbox.clear()
        with pytest.raises(errors.ReasonsMissingError):
            catalog.gig_remove(actor=operator.actor, gig_id=gig.pk, reason=" ")
        with pytest.raises(PermissionDeniedError):
            catalog.gig_remove(actor=freelancer.actor, gig_id=gig.pk, reason="Because")
        for _time in range(2):
            catalog.gig_remove(actor=operator.actor, gig_id=gig.pk, reason="It promises a fixed exam result.")
        assert len(mail.outbox) == 1
        assert "It promises a fixed exam result." in mail.outbox[0].body
        with pytest.raises(errors.GigNotFoundError):
            selectors.gig_public(actor=NOBODY, url_key=gig.url_key)
        page = selectors.gig_public(actor=freelancer.actor, url_key=gig.url_key)
        assert (page.gig.removed_reason, page.availability.reason) == ("It promises a fixed exam result.", "over")
        assert not is_findable(gig)

    def test_gig_remove__leaves_drafts_alone(self, freelancer: User, operator: User) -> None:
        with pytest.raises(IllegalTransitionError):
            catalog.gig_remove(actor=operator.actor, gig_id=draft_gig(freelancer).pk, reason="No")

    def test_gig_remove__ends_what_can_be_done_with_it(self, freelancer: User, operator: User) -> None:
        gig = live_gig(freelancer)
        catalog.gig_remove(actor=operator.actor, gig_id=gig.pk, reason="No")
        for call in (catalog.gig_draft_open, catalog.gig_pause, catalog.gig_resume):
            with pytest.raises(errors.GigOverError):
                call(actor=freelancer.actor, gig_id=gig.pk)
        catalog.gig_close(actor=freelancer.actor, gig_id=gig.pk)

    def test_gig_close__takes_what_waits_out_of_the_queue(self, freelancer: User, operator: User) -> None:
        version = waiting_version(freelancer)
        for _time in range(2):
            catalog.gig_close(actor=freelancer.actor, gig_id=version.gig_id)
        version.refresh_from_db()
        assert version.status == VersionState.DRAFT
        assert not selectors.review_queue(actor=operator.actor).exists()

    def test_gig_close__is_its_owners(self, freelancer: User, other_freelancer: User, operator: User) -> None:
        gig = live_gig(freelancer)
        for stranger in (other_freelancer, operator):
            with pytest.raises(errors.GigNotFoundError):
                catalog.gig_close(actor=stranger.actor, gig_id=gig.pk)


class TestDocument:
    def test_gig__is_found_by_what_its_version_says(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        document = SearchDocument.objects.get(kind="gig", ref_id=gig.pk)
        assert (document.title, document.url_key) == ("Notices for harbour doors", gig.url_key)
        assert (document.category, document.category_group) == (LEAF, "harbour-work")
        assert (document.price_minor, document.currency, document.days) == (4_000, "USD", 2)
        assert (document.languages, document.ai_policy) == (["en", "pt-BR"], "assisted")
        attributes = {tag for tag in document.tags if tag.startswith("a.")}
        assert attributes == {"a.licence=commercial-use", "a.h_tone=salty", "a.h_media=doors", "a.h_media=decks"}
        assert document.numbers == {"h_years": 12}

    def test_gig__takes_what_a_domain_above_adds(self, freelancer: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("oeuvre.domains.catalog.documents._parts", {})

        def instant(gig: Gig, draft: DocumentDraft) -> DocumentDraft:
            return replace(draft, instant=True)

        gig = live_gig(freelancer)
        gig_document_part_register("models", instant)
        catalog.gig_document_refresh(gig_id=gig.pk)
        assert SearchDocument.objects.get(kind="gig", ref_id=gig.pk).instant

    def test_publish__that_fails_leaves_the_index_as_it_was(
        self, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gig = live_gig(freelancer)
        draft = catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        other = replace(content_of(draft), title="Another title")
        catalog.gig_draft_save(actor=freelancer.actor, gig_id=gig.pk, revision=1, content=other)
        monkeypatch.setattr("oeuvre.domains.catalog.documents.freelancer_document_sync", lambda owner: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            catalog.gig_submit(actor=freelancer.actor, gig_id=gig.pk, revision=2)
        gig.refresh_from_db()
        document = SearchDocument.objects.get(kind="gig", ref_id=gig.pk)
        assert gig.published
        assert (gig.published.title, document.title) == ("Notices for harbour doors", "Notices for harbour doors")

    def test_freelancer__is_found_while_something_of_theirs_is(self, freelancer: User) -> None:
        FreelancerProfile.objects.create(user=freelancer, handle="ada", headline="Notices", trade="writer")
        gig = live_gig(freelancer)
        document = SearchDocument.objects.get(kind="freelancer", ref_id=freelancer.pk)
        assert (document.title, document.summary, document.url_key) == ("Ada Fell", "Notices", "ada")
        catalog.gig_pause(actor=freelancer.actor, gig_id=gig.pk)
        assert not SearchDocument.objects.filter(kind="freelancer").exists()

    def test_freelancer__is_found_under_the_name_and_profile_of_now(self, freelancer: User) -> None:
        FreelancerProfile.objects.create(user=freelancer, handle="ada")
        live_gig(freelancer)
        accounts.profile_update(actor=freelancer.actor, handle="ada-fell", headline="Words for doors")
        accounts.account_rename(actor=freelancer.actor, display_name="Ada Fell-Marsh")
        document = SearchDocument.objects.get(kind="freelancer", ref_id=freelancer.pk)
        assert (document.title, document.summary, document.url_key) == ("Ada Fell-Marsh", "Words for doors", "ada-fell")

    def test_category_update__reaches_the_index(self, freelancer: User, operator: User) -> None:
        gig = live_gig(freelancer)
        leaf = small_catalogue()
        catalog.category_update(actor=operator.actor, category_id=leaf.pk, aliases=["billboards"])
        assert catalog.documents_refresh() == 1
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tsv @@ to_tsquery('english', 'billboards') FROM search_searchdocument WHERE ref_id = %s",
                [gig.pk],
            )
            assert cursor.fetchone() == (True,)


class TestImages:
    def test_gig_image_add__keeps_a_picture_drawn_anew(self, freelancer: User, blob_folder: Path) -> None:
        image = catalog.gig_image_add(actor=freelancer.actor, filename="door.png", data=picture())
        data, media_type = selectors.gig_image(actor=freelancer.actor, image_id=image.pk)
        small, _type = selectors.gig_image(actor=freelancer.actor, image_id=image.pk, small=True)
        assert (media_type, image.width, image.height) == ("image/webp", 2000, 1000)
        assert Image.open(io.BytesIO(data)).size == (2000, 1000)
        assert max(Image.open(io.BytesIO(small)).size) < 1000
        assert not any(data in path.read_bytes() for path in blob_folder.rglob("*") if path.is_file()), "sealed"

    def test_gig_image__is_public_with_its_gig(
        self, freelancer: User, other_freelancer: User, blob_folder: Path
    ) -> None:
        image = catalog.gig_image_add(actor=freelancer.actor, filename="door.png", data=picture(40, 40))
        sample = Sample(SampleSource.IMAGE, image.pk, SampleLabel.HUMAN)
        gig = draft_gig(freelancer, samples=(sample,))
        with pytest.raises(errors.ImageNotFoundError):
            selectors.gig_image(actor=other_freelancer.actor, image_id=image.pk)
        catalog.gig_close(actor=freelancer.actor, gig_id=gig.pk)
        live_gig(freelancer, samples=(sample,))
        assert selectors.gig_image(actor=NOBODY, image_id=image.pk)[0]

    def test_gig_image_add__refuses_what_is_no_picture(self, freelancer: User, blob_folder: Path) -> None:
        with pytest.raises(errors.ImageRefusedError, match="plain text"):
            catalog.gig_image_add(actor=freelancer.actor, filename="door.txt", data=b"This is a door.")
        with pytest.raises(FileRefusedError):
            catalog.gig_image_add(actor=freelancer.actor, filename="door.png", data=picture(40, 40)[:60])
        assert not GigImage.objects.exists()
        assert not [path for path in blob_folder.rglob("*") if path.is_file()]

    def test_samples__of_somebody_elses_picture_are_refused(
        self, freelancer: User, other_freelancer: User, blob_folder: Path
    ) -> None:
        image = catalog.gig_image_add(actor=other_freelancer.actor, filename="door.png", data=picture(40, 40))
        with pytest.raises(errors.SampleInvalidError):
            draft_gig(freelancer, samples=(Sample(SampleSource.IMAGE, image.pk, SampleLabel.HUMAN),))

    def test_gig_image_expire__deletes_what_no_gig_uses(self, freelancer: User, blob_folder: Path) -> None:
        used, unused = (
            catalog.gig_image_add(actor=freelancer.actor, filename="door.png", data=picture(40, 40))
            for _number in range(2)
        )
        draft_gig(freelancer, samples=(Sample(SampleSource.IMAGE, used.pk, SampleLabel.HUMAN),))
        assert not catalog.gig_image_expire(image_id=used.pk)
        assert catalog.gig_image_expire(image_id=unused.pk)
        assert not catalog.gig_image_expire(image_id=unused.pk)
        assert list(GigImage.objects.all()) == [used]


class TestReferences:
    """Samples that are texts, and those that another domain keeps."""

    def test_samples__of_text_are_shown_as_they_are(self, freelancer: User) -> None:
        sample = Sample(SampleSource.TEXT, None, SampleLabel.HUMAN, "A door", "In Lerwick", "Mind the step.")
        gig = live_gig(freelancer, samples=(sample,))
        shown = selectors.gig_public(actor=NOBODY, url_key=gig.url_key).shown.samples
        assert [(one.title, one.caption, one.excerpt) for one in shown] == [("A door", "In Lerwick", "Mind the step.")]

    def test_samples__are_shown_while_somebody_confirms_them(
        self, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("oeuvre.domains.catalog.references._sources", {})
        there: dict[UUID, Reference] = {}

        def works(owner_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Reference]:
            return {key: value for key, value in there.items() if owner_id == freelancer.pk}

        reference_register("work", works)
        work_id = uuid.UUID(int=7)
        sample = Sample(SampleSource.WORK, work_id, SampleLabel.HUMAN)
        with pytest.raises(errors.SampleInvalidError):
            draft_gig(freelancer, samples=(sample,))
        there[work_id] = Reference("work", work_id, "Harbour song", "/works/7/")
        gig = live_gig(freelancer, samples=(sample,))
        shown = selectors.gig_public(actor=NOBODY, url_key=gig.url_key).shown.samples
        assert [(one.title, one.reference) for one in shown] == [("Harbour song", there[work_id])]
        there.clear()
        assert selectors.gig_public(actor=NOBODY, url_key=gig.url_key).shown.samples == []
