"""Writing gigs: drafts, what is refused, handing in, review, versions."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.catalog import errors, selectors
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import Criterion, Extra, Faq, Package, Question, Sample, content_of
from oeuvre.domains.catalog.differences import ADDED, SAME, TAKEN
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.models import Gig, GigVersion
from oeuvre.domains.catalog.services import entry_hide
from oeuvre.domains.catalog.states import (
    AiPolicy,
    GigState,
    PackageKey,
    QuestionKind,
    SampleLabel,
    SampleSource,
    VersionState,
)
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import DomainError, PermissionDeniedError
from oeuvre.kit.money import Money
from oeuvre.kit.states import IllegalTransitionError
from tests.support.gigs import OTHER_LEAF, draft_gig, gig_content, live_gig, small_catalogue, waiting_version

if TYPE_CHECKING:
    from pytest_django import Settings

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db

BASIC, STANDARD, PREMIUM = PackageKey


def package(key: PackageKey = BASIC, amount: int = 4_000, days: int = 2, **fields: Any) -> Package:
    return Package(key, "A size", Money(amount), days, **fields)


def save(user: User, gig: Gig, **changes: Any) -> GigVersion:
    draft = gig.versions.get(status=VersionState.DRAFT)
    content = replace(content_of(draft), **changes)
    return catalog.gig_draft_save(actor=user.actor, gig_id=gig.pk, revision=draft.revision, content=content)


def submit(user: User, gig: Gig) -> GigVersion:
    draft = gig.versions.get(status=VersionState.DRAFT)
    return catalog.gig_submit(actor=user.actor, gig_id=gig.pk, revision=draft.revision)


def codes(subject: Any) -> list[str]:
    return list(AuditRecord.objects.filter(object_id=str(subject.pk)).order_by("at").values_list("code", flat=True))


class TestCreate:
    def test_gig_create__makes_a_draft_that_its_owner_alone_can_open(
        self, freelancer: User, other_freelancer: User
    ) -> None:
        gig = draft_gig(freelancer)
        draft = selectors.gig_draft(actor=freelancer.actor, gig_id=gig.pk)
        assert (gig.status, draft.version.number, draft.version.revision) == (GigState.DRAFT, 1, 1)
        assert codes(gig) == ["gig.created"]
        for stranger in (other_freelancer.actor, Actor.anonymous()):
            with pytest.raises(errors.GigNotFoundError):
                selectors.gig_draft(actor=stranger, gig_id=gig.pk)
            with pytest.raises(errors.GigNotFoundError):
                selectors.gig_public(actor=stranger, url_key=gig.url_key)

    def test_gig_create__keeps_everything_as_it_was_given(self, freelancer: User) -> None:
        gig = draft_gig(freelancer)
        stored = content_of(gig.versions.get())
        given = gig_content()
        keyed = tuple(replace(one, key=f"q{number}") for number, one in enumerate(given.requirements, start=1))
        assert stored == replace(given, requirements=keyed)
        assert gig.versions.get().rights == "commercial-use"

    @pytest.mark.parametrize("key", ["csrfmiddlewaretoken", "Name With Spaces", "x" * 41, "a.b", "q1\n"])
    def test_gig_create__gives_a_question_another_key_than_one_that_would_break_the_buyers_form(
        self, freelancer: User, key: str
    ) -> None:
        question = Question(QuestionKind.TEXT, "Which harbour?", key=key)
        gig = draft_gig(freelancer, requirements=(question, replace(question, label="Which door?", key="door")))
        assert [one.key for one in content_of(gig.versions.get()).requirements] == ["q1", "door"]

    def test_gig_create__takes_an_empty_gig(self, freelancer: User) -> None:
        gig = catalog.gig_create(actor=freelancer.actor)
        fields = [problem.field for problem in selectors.gig_draft(actor=freelancer.actor, gig_id=gig.pk).problems]
        assert fields == ["title", "summary", "description", "category", "languages", "packages"]

    def test_gig_create__is_for_freelancers(self, buyer: User) -> None:
        with pytest.raises(PermissionDeniedError):
            catalog.gig_create(actor=buyer.actor)

    def test_gig_create__stops_at_the_limit(self, freelancer: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("oeuvre.domains.catalog.services.gigs.LIMITS", replace(LIMITS, gigs=1))
        first = catalog.gig_create(actor=freelancer.actor)
        with pytest.raises(errors.TooManyGigsError, match="1 gigs"):
            catalog.gig_create(actor=freelancer.actor)
        catalog.gig_close(actor=freelancer.actor, gig_id=first.pk)
        catalog.gig_create(actor=freelancer.actor)

    def test_url_key__is_the_title_and_a_code_that_finds_the_gig(self, freelancer: User) -> None:
        gig = live_gig(freelancer, title="Avisos à beira-mar")
        assert gig.url_key == f"avisos-a-beira-mar-{gig.code}"
        found = selectors.gig_public(actor=Actor.anonymous(), url_key=f"an-older-title-{gig.code}")
        assert found.gig == gig


WRONG: list[tuple[dict[str, Any], type[errors.GigContentError], str]] = [
    ({"title": "x" * 81}, errors.TextTooLongError, "title"),
    ({"description": "x" * 6001}, errors.TextTooLongError, "description"),
    ({"category": "no-such-leaf", "attributes": {}}, errors.CategoryInvalidError, "category"),
    ({"category": "harbour-work", "attributes": {}}, errors.CategoryInvalidError, "category"),
    ({"category": "", "attributes": {"h_tone": "warm"}}, errors.AttributeInvalidError, "attributes"),
    ({"attributes": {"h_colour": "blue"}}, errors.AttributeInvalidError, "attributes.h_colour"),
    ({"attributes": {"h_tone": "loud"}}, errors.AttributeInvalidError, "attributes.h_tone"),
    ({"attributes": {"h_tone": ("warm", "plain")}}, errors.AttributeInvalidError, "attributes.h_tone"),
    ({"attributes": {"h_media": "doors"}}, errors.AttributeInvalidError, "attributes.h_media"),
    ({"attributes": {"h_media": ("doors", "walls")}}, errors.AttributeInvalidError, "attributes.h_media"),
    ({"attributes": {"h_years": 0}}, errors.AttributeInvalidError, "attributes.h_years"),
    ({"attributes": {"h_years": 61}}, errors.AttributeInvalidError, "attributes.h_years"),
    ({"attributes": {"h_years": True}}, errors.AttributeInvalidError, "attributes.h_years"),
    ({"attributes": {"h_sources": "yes"}}, errors.AttributeInvalidError, "attributes.h_sources"),
    ({"languages": ("English",)}, errors.LanguageInvalidError, "languages"),
    ({"packages": (package(), package())}, errors.PackageInvalidError, "packages"),
    ({"packages": (package(amount=499),)}, errors.PriceTooLowError, "packages.basic.price"),
    ({"packages": (package(amount=20_000_000),)}, errors.PriceInvalidError, "packages.basic.price"),
    (
        {"packages": (Package(BASIC, "A size", Money(4_000, "EUR"), 2),)},
        errors.PriceInvalidError,
        "packages.basic.price",
    ),
    ({"packages": (package(days=0),)}, errors.DaysInvalidError, "packages.basic.days"),
    ({"packages": (package(revisions=21),)}, errors.PackageInvalidError, "packages.basic.revisions"),
    ({"packages": (Package(BASIC, "", Money(4_000), 2),)}, errors.FieldMissingError, "packages.basic.title"),
    (
        {"packages": (package(), package(STANDARD, 4_000))},
        errors.PackageOrderError,
        "packages.standard.price",
    ),
    (
        {"packages": (package(BASIC, 5_000), package(PREMIUM, 4_900))},
        errors.PackageOrderError,
        "packages.premium.price",
    ),
    ({"extras": (Extra("", Money(100)),)}, errors.FieldMissingError, "extras.0.title"),
    ({"extras": (Extra("More", Money(0)),)}, errors.PriceTooLowError, "extras.0.price"),
    ({"extras": (Extra("More", Money(100), 91),)}, errors.DaysInvalidError, "extras.0.days"),
    ({"requirements": (Question(QuestionKind.TEXT, ""),)}, errors.FieldMissingError, "requirements.0.label"),
    (
        {"requirements": (Question(QuestionKind.TEXT, "What?"),) * 16},
        errors.TooManyItemsError,
        "requirements",
    ),
    (
        {"requirements": (Question(QuestionKind.CHOICE, "Which?", options=("One", "One")),)},
        errors.QuestionInvalidError,
        "requirements.0.options",
    ),
    (
        {"requirements": (Question(QuestionKind.TEXT, "Which?", options=("One", "Two")),)},
        errors.QuestionInvalidError,
        "requirements.0.options",
    ),
    (
        {"requirements": (Question(QuestionKind.NUMBER, "How many?", minimum=9, maximum=2),)},
        errors.QuestionInvalidError,
        "requirements.0.minimum",
    ),
    (
        {"requirements": (Question(QuestionKind.TEXT, "What?", minimum=9),)},
        errors.QuestionInvalidError,
        "requirements.0.minimum",
    ),
    ({"faq": (Faq("Why?", ""),)}, errors.FieldMissingError, "faq.0.answer"),
    (
        {"samples": (Sample(SampleSource.IMAGE, uuid.UUID(int=1), SampleLabel.HUMAN),)},
        errors.SampleInvalidError,
        "samples.0",
    ),
    (
        {"samples": (Sample(SampleSource.TEXT, None, SampleLabel.HUMAN, "A notice"),)},
        errors.FieldMissingError,
        "samples.0.excerpt",
    ),
    ({"samples": (Sample(SampleSource.IMAGE, None, SampleLabel.HUMAN),)}, errors.SampleInvalidError, "samples.0"),
    (
        {
            "ai_policy": AiPolicy.NONE,
            "samples": (Sample(SampleSource.TEXT, None, SampleLabel.GENERATED, "", "", "Mind the step."),),
        },
        errors.SampleInvalidError,
        "samples.0.label",
    ),
    (
        {"samples": (Sample(SampleSource.GENERATION, uuid.UUID(int=1), SampleLabel.HUMAN),)},
        errors.SampleInvalidError,
        "samples.0.label",
    ),
]


@pytest.mark.parametrize(("changes", "error", "field"), WRONG, ids=[f"{row[2]}-{n}" for n, row in enumerate(WRONG)])
def test_gig_draft_save__refuses_what_cannot_stay_and_names_the_field(
    freelancer: User, changes: dict[str, Any], error: type[errors.GigContentError], field: str
) -> None:
    gig = draft_gig(freelancer)
    before = content_of(gig.versions.get())
    with pytest.raises(error) as raised:
        save(freelancer, gig, **changes)
    assert (raised.value.field, raised.value.context["field"]) == (field, field)
    assert raised.value in raised.value.context["problems"]
    draft = GigVersion.objects.get(gig=gig)
    assert (content_of(draft), draft.revision) == (before, 1)


class TestSave:
    def test_gig_draft_save__takes_rights_where_the_category_does_not_ask_for_them(self, freelancer: User) -> None:
        gig = draft_gig(freelancer, category=OTHER_LEAF, attributes={"licence": "personal-use"})
        assert gig.versions.get().rights == "personal-use"

    def test_gig_draft_save__keeps_an_incomplete_draft(self, freelancer: User) -> None:
        gig = draft_gig(freelancer)
        draft = save(freelancer, gig, summary="", packages=(), attributes={})
        assert (draft.revision, draft.packages.count(), draft.rights) == (2, 0, "")

    def test_gig_draft_save__cleans_stray_characters_and_puts_packages_in_order(self, freelancer: User) -> None:
        gig = draft_gig(freelancer)
        packages = (package(PREMIUM, 9_000), package(BASIC, 1_000), package(STANDARD, 5_000))
        stored = content_of(save(freelancer, gig, title="  Two\u202e  words ", packages=packages))
        assert stored.title == "Two words"
        assert [one.key for one in stored.packages] == [BASIC, STANDARD, PREMIUM]

    def test_gig_draft_save__of_a_copy_that_is_stale_is_refused_and_loses_nothing(self, freelancer: User) -> None:
        gig = draft_gig(freelancer)
        save(freelancer, gig, title="Saved in the other window")
        mine = gig_content(title="Written in this window", packages=(package(BASIC, 7_000),))
        with pytest.raises(errors.DraftChangedError) as raised:
            catalog.gig_draft_save(actor=freelancer.actor, gig_id=gig.pk, revision=1, content=mine)
        assert GigVersion.objects.get(gig=gig).title == "Saved in the other window"
        assert raised.value.context["given"].title == "Written in this window"
        changed = {one.field: (one.before, one.after) for one in raised.value.context["differences"]}
        assert changed["title"] == ("Saved in the other window", "Written in this window")
        assert changed["packages.basic.price"] == ("$40.00", "$70.00")

    def test_gig_draft_save__is_the_owners(self, freelancer: User, other_freelancer: User, operator: User) -> None:
        gig = draft_gig(freelancer)
        for stranger in (other_freelancer, operator):
            with pytest.raises(errors.GigNotFoundError):
                save(stranger, gig, title="Mine now")

    def test_gig_draft_save__waits_for_a_version_that_is_in_review(self, freelancer: User) -> None:
        version = waiting_version(freelancer)
        with pytest.raises(errors.GigInReviewError):
            catalog.gig_draft_save(actor=freelancer.actor, gig_id=version.gig_id, revision=1, content=gig_content())


class TestCriteria:
    """What a delivery must meet: another domain judges it."""

    @pytest.fixture(autouse=True)
    def _judge(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("oeuvre.domains.catalog.criteria._checks", [])

        def check(*, kind: str, label: str, spec: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            if kind != "format":
                raise DomainError("There is no such kind of criterion.")
            return label, spec

        catalog.criterion_check_register(check)

    def test_criteria__that_an_order_takes_are_kept(self, freelancer: User) -> None:
        wanted = (Criterion("format", "As plain text.", {"formats": ["txt"]}),)
        gig = draft_gig(freelancer, criteria=wanted)
        assert content_of(gig.versions.get()).criteria == wanted

    def test_criteria__that_no_order_takes_are_refused_in_its_words(self, freelancer: User) -> None:
        with pytest.raises(errors.CriterionInvalidError, match="no such kind") as raised:
            draft_gig(freelancer, criteria=(Criterion("format"), Criterion("smell", "Of tar.")))
        assert raised.value.field == "criteria.1"


class TestSubmit:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"title": ""}, "title"),
            ({"summary": ""}, "summary"),
            ({"description": ""}, "description"),
            ({"category": "", "attributes": {}}, "category"),
            ({"languages": ()}, "languages"),
            ({"packages": ()}, "packages"),
            ({"attributes": {"h_tone": "warm"}}, "attributes.licence"),
        ],
    )
    def test_gig_submit__names_what_is_missing(self, freelancer: User, changes: dict[str, Any], field: str) -> None:
        gig = draft_gig(freelancer, **changes)
        with pytest.raises(errors.GigContentError) as raised:
            submit(freelancer, gig)
        assert raised.value.field == field
        gig.refresh_from_db()
        assert gig.status == GigState.DRAFT

    def test_gig_submit__tells_all_that_is_missing_at_once(self, freelancer: User) -> None:
        gig = catalog.gig_create(actor=freelancer.actor)
        with pytest.raises(errors.FieldMissingError) as raised:
            submit(freelancer, gig)
        assert len(raised.value.context["problems"]) == 6

    def test_gig_submit__of_a_copy_that_is_stale_is_refused(self, freelancer: User) -> None:
        gig = draft_gig(freelancer)
        save(freelancer, gig, title="Changed since")
        with pytest.raises(errors.DraftChangedError):
            catalog.gig_submit(actor=freelancer.actor, gig_id=gig.pk, revision=1)

    def test_gig_submit__checks_what_the_catalogue_became_since(self, freelancer: User, operator: User) -> None:
        gig = draft_gig(freelancer)
        entry_hide(actor=operator.actor, entry=small_catalogue())
        with pytest.raises(errors.CategoryInvalidError):
            submit(freelancer, gig)

    def test_gig_withdraw__makes_it_a_draft_again(self, freelancer: User) -> None:
        version = waiting_version(freelancer)
        catalog.gig_withdraw(actor=freelancer.actor, gig_id=version.gig_id)
        gig = Gig.objects.get()
        assert (gig.status, gig.versions.get().status) == (GigState.DRAFT, VersionState.DRAFT)
        with pytest.raises(errors.DraftMissingError):
            catalog.gig_withdraw(actor=freelancer.actor, gig_id=gig.pk)


class TestRule:
    """The setting GIG_REVIEW."""

    def test_first__a_freelancers_first_gig_waits_and_the_next_does_not(self, freelancer: User, operator: User) -> None:
        version = waiting_version(freelancer)
        assert version.status == VersionState.IN_REVIEW
        second = waiting_version(freelancer)
        assert second.status == VersionState.IN_REVIEW, "nothing of theirs was published yet"
        catalog.gig_version_publish(actor=operator.actor, version_id=version.pk)
        assert waiting_version(freelancer).status == VersionState.PUBLISHED

    def test_first__a_change_of_category_waits_and_a_change_of_words_does_not(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        save(freelancer, gig, title="Other words")
        assert submit(freelancer, gig).status == VersionState.PUBLISHED
        catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        save(freelancer, gig, category=OTHER_LEAF, attributes={"h_tone": "warm"})
        assert submit(freelancer, gig).status == VersionState.IN_REVIEW
        gig.refresh_from_db()
        assert gig.status == GigState.LIVE, "what is live stays"

    def test_every__each_version_waits(self, freelancer: User, settings: Settings) -> None:
        settings.GIG_REVIEW = "every"
        gig = live_gig(freelancer)
        catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        assert submit(freelancer, gig).status == VersionState.IN_REVIEW

    def test_none__nothing_waits(self, freelancer: User, settings: Settings) -> None:
        settings.GIG_REVIEW = "none"
        version = waiting_version(freelancer)
        assert (version.status, version.decided_by_id) == (VersionState.PUBLISHED, None)
        assert Gig.objects.get().status == GigState.LIVE


class TestReview:
    def test_gig_version_publish__makes_it_live_and_tells_the_freelancer(
        self, freelancer: User, operator: User
    ) -> None:
        version = waiting_version(freelancer)
        assert list(selectors.review_queue(actor=operator.actor)) == [version]
        catalog.gig_version_publish(actor=operator.actor, version_id=version.pk)
        gig = Gig.objects.get()
        assert (gig.status, gig.published, gig.category) == (GigState.LIVE, version, small_catalogue())
        assert gig.published
        assert gig.published.decided_by == operator
        assert not selectors.review_queue(actor=operator.actor).exists()
        assert [message.to for message in mail.outbox] == [[freelancer.email]]
        assert codes(gig) == ["gig.created", "gig.in_review", "gig.live"]
        assert codes(version) == ["gig_version.in_review", "gig_version.published"]

    def test_gig_version_publish__again_changes_nothing(self, freelancer: User, operator: User) -> None:
        version = waiting_version(freelancer)
        for _time in range(2):
            catalog.gig_version_publish(actor=operator.actor, version_id=version.pk)
        assert codes(version).count("gig_version.published") == 1
        assert len(mail.outbox) == 1

    def test_gig_version_publish__checks_what_the_catalogue_became_since(
        self, freelancer: User, operator: User
    ) -> None:
        version = waiting_version(freelancer)
        entry_hide(actor=operator.actor, entry=small_catalogue())
        with pytest.raises(errors.CategoryInvalidError):
            catalog.gig_version_publish(actor=operator.actor, version_id=version.pk)

    def test_review__is_the_operators(self, freelancer: User) -> None:
        version = waiting_version(freelancer)
        for call in (
            lambda: catalog.gig_version_publish(actor=freelancer.actor, version_id=version.pk),
            lambda: catalog.gig_version_return(actor=freelancer.actor, version_id=version.pk, reasons="No"),
            lambda: selectors.review_queue(actor=freelancer.actor),
            lambda: selectors.review_page(actor=freelancer.actor, version_id=version.pk),
        ):
            with pytest.raises(PermissionDeniedError):
                call()

    def test_gig_version_return__gives_reasons_and_a_draft_to_go_on_from(
        self, freelancer: User, operator: User
    ) -> None:
        version = waiting_version(freelancer)
        with pytest.raises(errors.ReasonsMissingError):
            catalog.gig_version_return(actor=operator.actor, version_id=version.pk, reasons="  ")
        catalog.gig_version_return(actor=operator.actor, version_id=version.pk, reasons="Name the harbour.")
        gig = Gig.objects.get()
        assert (gig.status, gig.versions.get().status) == (GigState.DRAFT, VersionState.RETURNED)
        assert "Name the harbour." in mail.outbox[0].body
        draft = catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        assert draft.number == 2
        assert draft.based_on
        assert draft.based_on.reasons == "Name the harbour."
        assert content_of(draft) == content_of(version)

    def test_gig_version_return__of_one_that_was_taken_back_says_so(self, freelancer: User, operator: User) -> None:
        version = waiting_version(freelancer)
        catalog.gig_withdraw(actor=freelancer.actor, gig_id=version.gig_id)
        for decide in (
            lambda: catalog.gig_version_return(actor=operator.actor, version_id=version.pk, reasons="No"),
            lambda: catalog.gig_version_publish(actor=operator.actor, version_id=version.pk),
        ):
            with pytest.raises(errors.VersionNotWaitingError, match="it is draft"):
                decide()

    def test_review_page__shows_what_changed_and_what_came_back_before(
        self, freelancer: User, operator: User, settings: Settings
    ) -> None:
        gig = live_gig(freelancer)
        settings.GIG_REVIEW = "every"
        catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        save(freelancer, gig, title="Notices for decks")
        returned = submit(freelancer, gig)
        catalog.gig_version_return(actor=operator.actor, version_id=returned.pk, reasons="Why decks?")
        catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        page = selectors.review_page(actor=operator.actor, version_id=submit(freelancer, gig).pk)
        assert [one.field for one in page.differences] == ["title"]
        assert [one.reasons for one in page.returned] == ["Why decks?"]


class TestVersions:
    def test_gig_draft_open__leaves_the_live_version_until_the_next_is_published(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        first = gig.published
        draft = catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        save(freelancer, gig, title="A better title")
        page = selectors.gig_public(actor=Actor.anonymous(), url_key=gig.url_key)
        assert (page.shown.version, page.gig.slug) == (first, "notices-for-harbour-doors")
        submit(freelancer, gig)
        page = selectors.gig_public(actor=Actor.anonymous(), url_key=gig.url_key)
        assert (page.shown.version, page.gig.slug) == (draft, "a-better-title")
        assert first
        first.refresh_from_db()
        assert first.status == VersionState.SUPERSEDED

    def test_gig_draft_open__twice_is_one_draft(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        drafts = {catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk).pk for _time in range(2)}
        assert len(drafts) == 1

    def test_gig_draft_discard__leaves_what_is_live(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        catalog.gig_draft_discard(actor=freelancer.actor, gig_id=gig.pk, revision=1)
        assert [version.status for version in gig.versions.all()] == [VersionState.PUBLISHED]

    def test_gig_draft_discard__keeps_the_draft_of_a_gig_that_has_nothing_else(self, freelancer: User) -> None:
        gig = draft_gig(freelancer)
        with pytest.raises(errors.DraftNeededError):
            catalog.gig_draft_discard(actor=freelancer.actor, gig_id=gig.pk, revision=1)

    def test_gig_history__is_newest_first(self, freelancer: User, other_freelancer: User) -> None:
        gig = live_gig(freelancer)
        for title in ("Second", "Third"):
            catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
            save(freelancer, gig, title=title)
            submit(freelancer, gig)
        history = selectors.gig_history(actor=freelancer.actor, gig_id=gig.pk)
        assert [(row.number, row.title) for row in history] == [
            (3, "Third"),
            (2, "Second"),
            (1, "Notices for harbour doors"),
        ]
        with pytest.raises(errors.GigNotFoundError):
            selectors.gig_history(actor=other_freelancer.actor, gig_id=gig.pk)

    def test_gig_difference__reads_field_by_field(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        save(
            freelancer,
            gig,
            description="I write what must be read in the rain. Three drafts, one walk along the quay, one final text.",
            attributes={"licence": "commercial-use", "h_media": ("masts",), "h_years": 13},
            packages=(package(BASIC, 5_000, 1),),
            extras=(),
        )
        found = {
            one.field: one for one in selectors.gig_difference(actor=freelancer.actor, gig_id=gig.pk, before=1, after=2)
        }
        assert (found["attributes.h_years"].before, found["attributes.h_years"].after) == ("12 years", "13 years")
        assert (found["attributes.h_tone"].before, found["attributes.h_tone"].after) == ("Salty", "")
        assert (found["packages.basic.price"].before, found["packages.basic.price"].after) == ("$40.00", "$50.00")
        assert found["packages.premium.price"].after == ""
        assert found["extras.Translation"].label == "Extra: Translation"
        parts = [(part.kind, part.text) for part in found["description"].parts]
        assert parts[0] == (SAME, "I write what must be read in the rain. ")
        assert parts[1:3] == [(TAKEN, "Two"), (ADDED, "Three")]
        assert "summary" not in found

    def test_gig_difference__refuses_a_version_that_there_is_not(self, freelancer: User) -> None:
        gig = live_gig(freelancer)
        with pytest.raises(errors.GigVersionNotFoundError):
            selectors.gig_difference(actor=freelancer.actor, gig_id=gig.pk, before=1, after=2)

    def test_gig_version__of_an_old_order_is_there_for_the_system(self, freelancer: User, buyer: User) -> None:
        gig = live_gig(freelancer)
        first = gig.published
        catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)
        submit(freelancer, gig)
        assert first
        assert selectors.gig_version(actor=Actor.system(), version_id=first.pk) == first
        with pytest.raises(errors.GigVersionNotFoundError):
            selectors.gig_version(actor=buyer.actor, version_id=first.pk)


def test_gig__cannot_be_paused_before_it_was_live(freelancer: User) -> None:
    gig = draft_gig(freelancer)
    with pytest.raises(IllegalTransitionError):
        catalog.gig_pause(actor=freelancer.actor, gig_id=gig.pk)
