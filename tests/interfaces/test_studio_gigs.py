"""Gigs in the studio: choosing a category, the editor with its sections, handing in, running, how a gig is found, skills."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.content import Faq, Sample
from oeuvre.domains.catalog.models import Gig, GigVersion, Skill, SkillArea, UseCase
from oeuvre.domains.catalog.states import AiPolicy, GigState, PackageKey, QuestionKind, SampleLabel, SampleSource
from oeuvre.domains.creation.joined import gig_model_id
from oeuvre.domains.search import selectors as search
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import Kind
from oeuvre.interfaces.site.studio_gigs.sections import SECTIONS
from oeuvre.kit.money import Money
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.gig_desk import FORM, Desk, form_of, picture
from tests.support.budget import MOST_QUERIES
from tests.support.factories import freelancer_with_profile, works
from tests.support.gigs import LEAF, OTHER_LEAF, draft_gig, gig_content, live_gig, small_catalogue, waiting_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]

SECTION_KEYS = [key for key, section in SECTIONS.items() if section.editor]


@pytest.fixture
def author(db: None) -> User:
    return freelancer_with_profile()


@pytest.fixture
def desk(author: User) -> Desk:
    return Desk.of(author)


@pytest.fixture
def draft(author: User) -> Gig:
    return draft_gig(author)


def _returned(operator: User, version: GigVersion, **reasons: Any) -> None:
    services.gig_version_return(actor=operator.actor, version_id=version.pk, **reasons)


# The list, and beginning


def test_list__invites_who_has_no_gig_yet(desk: Desk) -> None:
    page = desk.open("list")
    assert "Offer your first gig" in page.text
    assert reverse("studio_gigs:new") in page.text


def test_list__shows_prices_and_puts_what_waits_first(desk: Desk, author: User, operator: User, settings: Any) -> None:
    settings.GIG_REVIEW = "every"
    version = waiting_version(author, title="A returned one")
    live_gig(author, title="A live one")
    _returned(operator, version, reasons="Say which harbour.")
    page = desk.open("list")
    assert "$40.00" in page.text
    assert page.text.index("Say which harbour.") < page.text.index("A live one")


def test_list__names_the_draft_that_waits_beside_what_is_live(desk: Desk, author: User) -> None:
    gig = live_gig(author)
    services.gig_draft_open(actor=author.actor, gig_id=gig.pk)
    assert "A draft with changes waits to be handed in." in desk.open("list").text


def test_new__finds_categories_by_what_people_call_them_without_scripts(desk: Desk) -> None:
    small_catalogue()
    assert f'value="{LEAF}"' in desk.open("new", q="harb notic").text.split("leaf-groups")[0]
    assert "No category by these words" in desk.open("new", q="xylophones underwater").text


def test_new__pressing_a_category_makes_a_draft_and_opens_the_editor(desk: Desk, author: User) -> None:
    small_catalogue()
    page = desk.press("new", category=LEAF)
    gig = Gig.objects.get(owner=author)
    assert page.address == reverse("studio_gigs:section", args=[gig.pk, "words"])
    assert desk.content(gig).category == LEAF


def test_new__refuses_a_category_that_is_none(desk: Desk) -> None:
    page = desk.press("new", category="no-such-leaf")
    assert "There is no such category to choose." in page.text
    assert not Gig.objects.exists()


def test_category__moving_leaves_out_what_the_new_one_does_not_ask_for_and_says_so(desk: Desk, draft: Gig) -> None:
    revision = desk.open("category", draft.pk).text.split('name="revision" value="')[1].split('"')[0]
    page = desk.press("category", draft.pk, category=OTHER_LEAF, revision=revision)
    content = desk.content(draft)
    assert content.category == OTHER_LEAF
    assert set(content.attributes) == {"h_tone", "licence"}
    assert "2 answers were left out" in page.text


# Sections


@pytest.mark.parametrize("key", SECTION_KEYS)
def test_section__saved_as_it_stands_changes_nothing_of_the_gig(desk: Desk, draft: Gig, key: str) -> None:
    before = desk.content(draft)
    page = desk.send(draft, key)
    assert f"Saved: {SECTIONS[key].label}." in page.text
    assert desk.content(draft) == before


@pytest.mark.parametrize("key", SECTION_KEYS)
def test_section__enter_in_a_field_saves_and_takes_no_row_out(desk: Desk, draft: Gig, key: str) -> None:
    form = html.fromstring(desk.section(draft, key).text).get_element_by_id(FORM)
    first = form.xpath(".//button[not(@type) or @type='submit']")[0]
    assert (first.get("name"), first.get("value")) == ("do", "save")


def test_section__an_unknown_one_is_not_found(desk: Desk, draft: Gig) -> None:
    assert desk.section(draft, "secrets").status == 404


def test_words__are_saved_alone_and_lead_to_the_next_section(desk: Desk, draft: Gig) -> None:
    before = desk.content(draft)
    page = desk.send(draft, "words", do="next", title="  Maps   for doors ")
    after = desk.content(draft)
    assert after.title == "Maps for doors"
    assert (after.packages, after.extras, after.summary) == (before.packages, before.extras, before.summary)
    assert page.address == reverse("studio_gigs:section", args=[draft.pk, "details"])


def test_details__a_number_out_of_bounds_is_refused_beside_its_field_and_kept(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "details", a_h_years="99")
    assert page.status == 422
    assert "at most 60" in page.error_of("id_a_h_years")
    assert page.form["a_h_years"] == ["99"]
    assert desk.content(draft).attributes["h_years"] == 12


def test_details__answers_and_languages_are_stored_by_their_types(desk: Desk, draft: Gig) -> None:
    desk.send(
        draft,
        "details",
        a_h_tone="plain",
        a_h_media=["masts", "sails"],
        a_h_years="3",
        a_h_sources="no",
        main_language="de",
        other_languages=["en"],
        more_languages="cy, uk",
    )
    content = desk.content(draft)
    assert content.attributes == {
        "h_tone": "plain", "h_media": ("masts", "sails"), "h_years": 3, "h_sources": False, "licence": "commercial-use",
    }  # fmt: skip
    assert content.languages == ("de", "en", "cy", "uk")


def test_ai__a_promise_that_a_sample_breaks_is_refused_and_leads_to_the_samples(desk: Desk, author: User) -> None:
    generated = Sample(SampleSource.TEXT, None, SampleLabel.GENERATED, "A verse", excerpt="Salt and rope.")
    gig = draft_gig(author, samples=(generated,))
    page = desk.send(gig, "ai", ai_policy="none")
    assert page.status == 422
    assert "another section is in the way" in page.text
    assert f"{reverse('studio_gigs:section', args=[gig.pk, 'samples'])}#" in page.text
    assert desk.content(gig).ai_policy == AiPolicy.ASSISTED


def test_packages__a_price_that_is_none_is_refused_and_stays_as_typed(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "packages", **{"basic-price": "forty", "basic-title": "Changed too"})
    assert page.status == 422
    assert "Write an amount such as 12.50." in page.error_of("id_basic-price")
    assert 'value="forty"' in page.text
    assert page.form["basic-title"] == ["Changed too"]
    assert desk.content(draft).packages[0].title == "One notice"


def test_packages__a_larger_one_that_costs_less_is_refused_beside_its_price(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "packages", **{"premium-price": "12"})
    assert page.status == 422
    assert "Each package must cost more than the last." in page.error_of("id_premium-price")


def test_packages__adding_one_keeps_what_was_typed_and_stores_nothing_yet(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "packages", do="packages:add:standard", **{"basic-price": "41.5", "premium-days": "zz"})
    assert page.form["there"] == ["basic", "standard", "premium"]
    assert page.form["basic-price"] == ["41.5"]
    assert 'value="zz"' in page.text
    assert "Save to keep it." in page.text
    assert [one.key for one in desk.content(draft).packages] == [PackageKey.BASIC, PackageKey.PREMIUM]
    saved = desk.send(
        draft,
        "packages",
        page,
        **{"standard-title": "A door", "standard-price": "90", "standard-days": "4", "premium-days": "9"},
    )
    assert "Saved: Packages." in saved.text
    assert [str(one.price) for one in desk.content(draft).packages] == ["$41.50", "$90.00", "$300.00"]


def test_packages__one_can_be_taken_out_but_not_the_last(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "packages", do="packages:remove:premium")
    assert page.form["there"] == ["basic"]
    assert "packages:remove:basic" not in page.text
    assert desk.send(draft, "packages", page, do="packages:remove:basic").form["there"] == ["basic"]
    desk.send(draft, "packages", page)
    assert [one.key for one in desk.content(draft).packages] == [PackageKey.BASIC]


def test_packages__quantities_stand_line_by_line(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "packages", do="facts:add")
    assert page.form["facts-0-label"] == ["Notices"]
    desk.send(draft, "packages", page, **{"facts-1-label": "Drafts", "facts-1-premium": "2"})
    basic, premium = desk.content(draft).packages
    assert [(fact.label, fact.quantity) for fact in basic.facts] == [("Notices", 1)]
    assert [(fact.label, fact.quantity) for fact in premium.facts] == [("Notices", 10), ("Drafts", 2)]


def test_keeps__says_what_a_price_leaves_and_costs(desk: Desk) -> None:
    assert "You keep $90.00. The buyer pays $105.00" in desk.open("keeps", **{"basic-price": "100"}).text
    assert "Write an amount" in desk.open("keeps", **{"premium-price": "a lot"}).text


def test_extras__rows_come_move_and_go_by_buttons_alone(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "extras", do="extras:add")
    page = desk.send(draft, "extras", page, do="extras:up:1", **{"extras-1-title": "A frame", "extras-1-price": "9"})
    assert page.form["extras-0-title"] == ["A frame"]
    assert page.form["extras-1-title"] == ["Translation"]
    page = desk.send(draft, "extras", page, do="extras:remove:1")
    desk.send(draft, "extras", page)
    (extra,) = desk.content(draft).extras
    assert (extra.title, extra.price, extra.days) == ("A frame", Money(900), 0)


def test_extras__a_row_that_was_left_empty_is_none(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "extras", do="extras:add")
    assert "Saved: Extras." in desk.send(draft, "extras", page).text
    assert len(desk.content(draft).extras) == 1


def test_requirements__what_is_wrong_stands_at_its_own_row(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "requirements", **{"requirements-1-options": "Front"})
    assert page.status == 422
    assert "A choice needs from 2" in page.error_of("id_requirements-1-options")
    assert not page.error_of("id_requirements-0-label")


def test_requirements__questions_keep_their_keys_and_drop_what_their_kind_does_not_have(desk: Desk, draft: Gig) -> None:
    keys = [question.key for question in desk.content(draft).requirements]
    desk.send(draft, "requirements", do="save", **{"requirements-1-kind": "number", "requirements-1-minimum": "2"})
    first, second = desk.content(draft).requirements
    assert [first.key, second.key] == keys
    assert (second.kind, second.options, second.minimum) == (QuestionKind.NUMBER, (), 2)


def test_faq__a_question_that_buyers_are_told_to_ask_can_be_answered_by_one_press(desk: Desk, draft: Gig) -> None:
    UseCase.objects.create(
        key="h-doors", category=small_catalogue(), title="Doors", question="What do people miss?", example="A sign.",
        ask=["Who reads it?", "Do you come by?"], price_low=1, price_high=2, days_low=1, days_high=2, way="human",
    )  # fmt: skip
    page = desk.section(draft, "faq")
    assert 'value="faq:add:0"' in page.text
    assert 'value="faq:add:1"' not in page.text  # it is answered already
    page = desk.send(draft, "faq", page, do="faq:add:0")
    assert page.form["faq-1-question"] == ["Who reads it?"]
    desk.send(draft, "faq", page, **{"faq-1-answer": "Whoever is wet."})
    assert desk.content(draft).faq[1] == Faq("Who reads it?", "Whoever is wet.")


def test_criteria__become_checks_of_every_delivery_and_come_back_into_the_form(desk: Desk, draft: Gig) -> None:
    desk.send(draft, "criteria", formats="pdf", words_least="100", words_most="200", own="Read aloud once.")
    found = [(one.kind, dict(one.spec), one.label) for one in desk.content(draft).criteria]
    assert found == [
        ("format", {"formats": ["pdf"]}, "There is a file in each of these formats: PDF"),
        ("words", {"least": 100, "most": 200}, "The text has 100 to 200 words"),
        ("manual", {}, "Read aloud once."),
    ]
    form = desk.section(draft, "criteria").form
    assert (form["formats"], form["words_most"], form["own"]) == (["pdf"], ["200"], ["Read aloud once."])


def test_criteria__that_no_order_would_take_are_refused(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "criteria", formats="exe")
    assert page.status == 422
    assert page.form["formats"] == ["exe"]
    assert desk.content(draft).criteria == ()


# Samples


def test_samples__a_picture_is_uploaded_labelled_and_kept(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "samples", do="samples:add:image", pictures=picture())
    assert "/gigs/images/" in page.text
    desk.send(draft, "samples", page, **{"samples-0-title": "The quay", "samples-0-label": "generated"})
    (sample,) = desk.content(draft).samples
    assert (sample.source, sample.title, sample.label) == (SampleSource.IMAGE, "The quay", SampleLabel.GENERATED)


def test_samples__what_is_no_picture_is_refused_and_the_rows_stay(desk: Desk, draft: Gig) -> None:
    page = desk.send(draft, "samples", do="samples:add:text")
    script = io.BytesIO(b"#!/bin/sh\necho no")
    script.name = "sample.png"
    page = desk.send(
        draft, "samples", page, do="samples:add:image", pictures=script, **{"samples-0-excerpt": "Salt and rope."}
    )
    assert "Nothing was added" in page.text
    assert page.form["samples-0-excerpt"] == ["Salt and rope."]


def test_samples__only_ones_own_works_can_be_chosen(desk: Desk, draft: Gig, author: User) -> None:
    own = works(author, count=1, words=200)[0]
    foreign = works(freelancer_with_profile("else@example.org", "else", "Else"), count=1, words=210)[0]
    page = desk.section(draft, "samples")
    assert str(own.pk) in page.text
    assert str(foreign.pk) not in page.text
    refused = desk.send(draft, "samples", page, do="samples:add:work", work=str(foreign.pk))
    assert "Choose what to show first" in refused.text
    page = desk.send(draft, "samples", page, do="samples:add:work", work=str(own.pk))
    desk.send(draft, "samples", page)
    (sample,) = desk.content(draft).samples
    assert (sample.ref_id, sample.label, sample.title) == (own.pk, SampleLabel.HUMAN, own.title)


# Two windows


def test_two_windows__in_one_section_lose_nothing(desk: Desk, draft: Gig) -> None:
    first, second = desk.section(draft, "words"), desk.section(draft, "words")
    desk.send(draft, "words", first, title="From the first window")
    page = desk.send(draft, "words", second, title="From the second window")
    assert page.status == 409
    assert "From the first window" in page.text
    assert page.form["title"] == ["From the second window"]
    assert desk.content(draft).title == "From the first window"
    assert "Saved" in desk.send(draft, "words", page).text
    assert desk.content(draft).title == "From the second window"


def test_two_windows__in_two_sections_do_not_meet(desk: Desk, draft: Gig) -> None:
    words, extras = desk.section(draft, "words"), desk.section(draft, "extras")
    desk.send(draft, "words", words, title="Newer words")
    page = desk.send(draft, "extras", extras, **{"extras-0-title": "Newer extra"})
    assert page.status == 200
    content = desk.content(draft)
    assert (content.title, content.extras[0].title) == ("Newer words", "Newer extra")


def test_section__sent_without_what_was_seen_overwrites_nothing(desk: Desk, draft: Gig) -> None:
    page = desk.press("section", draft.pk, "extras", **{"extras-TOTAL_FORMS": "0", "extras-INITIAL_FORMS": "0"})
    assert page.status == 409
    assert len(desk.content(draft).extras) == 1


# The way to the operator and back


def test_gig__names_what_is_missing_and_leads_to_the_field(desk: Desk) -> None:
    small_catalogue()
    desk.press("new", category=LEAF)
    gig = Gig.objects.get()
    page = desk.open("gig", gig.pk)
    assert f"{reverse('studio_gigs:section', args=[gig.pk, 'packages'])}#id_basic-title" in page.text
    assert f"{reverse('studio_gigs:section', args=[gig.pk, 'ai'])}#id_licence" in page.text
    assert reverse("studio_gigs:submit", args=[gig.pk]) not in page.text
    for key, field in (("packages", "id_basic-title"), ("ai", "id_licence"), ("words", "id_title")):
        assert f'id="{field}"' in desk.section(gig, key).text


def test_submit__with_something_missing_hands_nothing_in(desk: Desk, author: User) -> None:
    gig = draft_gig(author, summary="")
    page = desk.press("submit", gig.pk, revision=1)
    assert "Something is missing." in page.text
    assert gig.versions.get().status == "draft"


def test_submit__of_a_draft_that_was_saved_since_is_held_back(desk: Desk, draft: Gig) -> None:
    desk.send(draft, "words", title="Saved since")
    assert "saved after this page was opened" in desk.press("submit", draft.pk, revision=1).text
    assert draft.versions.get().status == "draft"


def test_submit__waits_for_an_operator_and_can_be_taken_back(desk: Desk, draft: Gig) -> None:
    assert "Handed in." in desk.press("submit", draft.pk, revision=1).text
    assert "An operator looks at it" in desk.open("gig", draft.pk).text
    assert "Take it back to edit it" in desk.section(draft, "words").text
    desk.press("withdraw", draft.pk)
    assert draft.versions.get().status == "draft"


def test_submit__is_live_at_once_where_no_review_is_needed(desk: Desk, draft: Gig, settings: Any) -> None:
    settings.GIG_REVIEW = "none"
    assert "It goes live at once." in desk.open("gig", draft.pk).text
    assert "It is live." in desk.press("submit", draft.pk, revision=1).text
    draft.refresh_from_db()
    assert draft.status == GigState.LIVE


def test_returned__says_why_at_the_section_that_it_is_about(desk: Desk, author: User, operator: User) -> None:
    version = waiting_version(author)
    _returned(operator, version, reasons="Nearly there.", sections={"packages": "Say what a quay is."})
    gig = version.gig
    assert "Nearly there." in desk.open("gig", gig.pk).text
    desk.press("draft_open", gig.pk)
    assert "because of this section" in desk.section(gig, "packages").text
    words = desk.section(gig, "words").text
    assert "because of this section" not in words
    assert "Nearly there." in words


def test_draft_open__leaves_what_buyers_see_until_it_is_published(desk: Desk, author: User) -> None:
    gig = live_gig(author)
    desk.press("draft_open", gig.pk)
    desk.send(gig, "words", title="Another name")
    public = Client().get(reverse("gigs:gig", args=[gig.url_key])).content.decode()
    assert "Notices for harbour doors" in public
    assert "Another name" not in public


def test_versions__show_what_changed_word_by_word(desk: Desk, author: User) -> None:
    gig = live_gig(author)
    desk.press("draft_open", gig.pk)
    text = gig_content().description.replace("final text", "printed text")
    desk.send(gig, "words", description=text)
    page = desk.open("versions", gig.pk)
    assert "<del>final</del>" in page.text
    assert "<ins>printed</ins>" in page.text
    assert "Choose two different versions." in desk.open("versions", gig.pk, **{"from": 1, "to": 99}).text


def test_discard__says_what_is_lost_and_keeps_what_is_live(desk: Desk, author: User) -> None:
    gig = live_gig(author)
    desk.press("draft_open", gig.pk)
    desk.send(gig, "words", title="Another name")
    asked = desk.open("discard", gig.pk)
    assert "Another name" in asked.text
    desk.press("discard", gig.pk, revision=2)
    assert [row.status for row in gig.versions.all()] == ["published"]


def test_preview__shows_the_draft_as_its_public_page_to_its_author_alone(desk: Desk, draft: Gig, buyer: User) -> None:
    page = desk.open("preview", draft.pk)
    assert "Preview: only you see this." in page.text
    assert "Three lines that fishermen read to the end." in page.text
    assert "$300.00" in page.text
    assert Desk.of(freelancer_with_profile("b@example.org", "b", "B")).open("preview", draft.pk).status == 404


def test_preview__works_for_a_gig_that_says_nothing_yet(desk: Desk) -> None:
    small_catalogue()
    desk.press("new", category=LEAF)
    assert desk.open("preview", Gig.objects.get().pk).status == 200


# Running


def test_pause__says_what_it_does_before_and_the_gig_comes_back(desk: Desk, author: User) -> None:
    gig = live_gig(author)
    assert "Search does not find it, and nobody can order it." in desk.open("pause", gig.pk).text
    wrong = desk.press("pause", gig.pk, until="2001-01-01")
    assert wrong.status == 422
    assert "2001-01-01" in wrong.text
    desk.press("pause", gig.pk, until="")
    gig.refresh_from_db()
    assert gig.status == GigState.PAUSED
    desk.press("resume", gig.pk)
    gig.refresh_from_db()
    assert gig.status == GigState.LIVE


def test_availability__is_kept_as_typed_when_it_will_not_do(desk: Desk, author: User) -> None:
    gig = live_gig(author)
    page = desk.press("availability", gig.pk, accepting_orders="on", orders_at_once="0")
    assert page.status == 422
    assert 'value="0"' in page.text
    desk.press("availability", gig.pk, orders_at_once="3")
    gig.refresh_from_db()
    assert (gig.accepting_orders, gig.orders_at_once) == (False, 3)


def test_close__says_that_it_is_for_good_and_ends_it(desk: Desk, author: User) -> None:
    gig = live_gig(author)
    assert "It cannot be brought back." in desk.open("close", gig.pk).text
    desk.press("close", gig.pk)
    gig.refresh_from_db()
    assert gig.status == GigState.CLOSED
    assert "Edit gig" not in desk.open("gig", gig.pk).text


# With a model


def test_model__joined_shows_the_three_ways_as_buyers_see_them(model: CreationModel) -> None:
    desk, gig = Desk.of(model.owner), live_gig(model.owner)
    before = desk.open("model", gig.pk)
    assert "Blend, finished by you" in before.text
    assert "What buyers see" not in before.text
    page = desk.press("model", gig.pk, model=str(model.pk))
    assert gig_model_id(gig_id=gig.pk) == model.pk
    assert "What buyers see" in page.text
    desk.press("model", gig.pk, model="")
    assert gig_model_id(gig_id=gig.pk) is None


def test_model__beside_a_promise_of_no_ai_cannot_be_joined(model: CreationModel) -> None:
    desk, gig = Desk.of(model.owner), live_gig(model.owner, ai_policy=AiPolicy.NONE)
    page = desk.open("model", gig.pk)
    assert "This gig promises no AI" in page.text
    assert "Join model" not in page.text
    desk.press("model", gig.pk, model=str(model.pk))
    assert gig_model_id(gig_id=gig.pk) is None


# How it is found


def test_found__gives_the_same_numbers_as_the_search_itself(desk: Desk, author: User) -> None:
    gig = live_gig(author)
    query = SearchQuery(text="notices", kinds=(Kind.GIG,))
    why = search.why(actor=author.actor, query=query, kind=Kind.GIG, ref_id=gig.pk)
    page = desk.open("found", gig.pk, q="notices")
    assert why.arithmetic in page.text
    assert f"{why.score:.6f}" in page.text
    assert all(term.arithmetic in page.text for term in (*why.fused, *why.signal_terms))


def test_found__says_so_of_a_gig_that_search_does_not_hold(desk: Desk, draft: Gig) -> None:
    page = desk.open("found", draft.pk)
    assert page.status == 200
    assert "Search does not hold it" in page.text


# Skills


@pytest.fixture
def tides(db: None) -> Skill:
    area = SkillArea.objects.create(key="h-sea", name="Sea", summary="On it.")
    return Skill.objects.create(key="h-tides", area=area, kind="trade", name="Reading tides", evidence=["work"])


def test_skills__are_found_added_shown_by_a_work_and_taken_off(desk: Desk, author: User, tides: Skill) -> None:
    work = works(author, count=1, words=200)[0]
    client = desk.client
    assert 'value="h-tides"' in client.get(reverse("studio_skills:list"), {"q": "tide"}).content.decode()
    client.post(reverse("studio_skills:add"), {"skill": tides.key})
    address = reverse("studio_skills:skill", args=[tides.key])
    assert f'value="work:{work.pk}"' in client.get(address).content.decode()
    client.post(address, {"evidence": f"work:{work.pk}"})
    (held,) = selectors.skills_of(freelancer_id=author.pk)
    assert [one.reference.title for one in held.evidence] == [work.title]
    client.post(reverse("studio_skills:evidence_remove", args=[held.evidence[0].evidence_id]), {"skill": tides.key})
    client.post(reverse("studio_skills:remove", args=[tides.key]))
    assert selectors.skills_of(freelancer_id=author.pk) == []


def test_skills__somebody_elses_work_shows_nothing(desk: Desk, author: User, tides: Skill) -> None:
    foreign = works(freelancer_with_profile("else@example.org", "else", "Else"), count=1, words=210)[0]
    services.freelancer_skill_add(actor=author.actor, skill_key=tides.key)
    address = reverse("studio_skills:skill", args=[tides.key])
    assert desk.client.post(address, {"evidence": f"work:{foreign.pk}"}).status_code == 404
    desk.client.post(address, {"evidence": "work:nonsense"})
    (held,) = selectors.skills_of(freelancer_id=author.pk)
    assert held.evidence == []


# Everywhere


def test_pages__of_somebody_elses_gig_are_not_found(draft: Gig) -> None:
    other = Desk.of(freelancer_with_profile("b@example.org", "b", "B"))
    alone = ("gig", "category", "preview", "versions", "model", "found", "availability", "pause", "close", "discard")
    asked = [other.open(name, draft.pk) for name in alone]
    asked += [other.section(draft, key) for key in SECTION_KEYS]
    asked += [other.press(name, draft.pk) for name in ("submit", "withdraw", "draft_open", "resume", "close")]
    asked.append(other.press("section", draft.pk, "words", title="Mine now", do="save"))
    assert {page.status for page in asked} == {404}


def test_pages__stay_within_their_queries(
    desk: Desk, author: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    gig = live_gig(author)
    desk.press("draft_open", gig.pk)
    pages: list[tuple[str, list[Any]]] = [(name, [gig.pk]) for name in ("gig", "category", "preview", "versions")]
    pages += [(name, [gig.pk]) for name in ("model", "found", "availability", "pause", "close", "discard")]
    pages += [("section", [gig.pk, key]) for key in SECTION_KEYS] + [("list", []), ("new", [])]
    for name, args in pages:
        desk.open(name, *args)  # what is loaded once a process
        with django_assert_max_num_queries(MOST_QUERIES, info=f"{name} {args}"):
            assert desk.open(name, *args).status == 200


def test_pages__take_what_nobody_types(desk: Desk, author: User) -> None:
    gig, odd = live_gig(author), "a\x00b\u202ec " + "x" * 300
    assert desk.open("found", gig.pk, q=odd).status == 200
    assert desk.open("new", q=odd).status == 200
    assert desk.press("new", category=odd).status == 200
    assert desk.client.get(reverse("studio_skills:list"), {"q": odd}).status_code == 200
    assert desk.client.post(reverse("studio_skills:add"), {"skill": odd}).status_code == 404
    services.gig_draft_open(actor=author.actor, gig_id=gig.pk)
    for do in (odd, "extras:remove:-1", "extras:up:999999999999999999", "extras:explode:0", "extras:add:x"):
        assert desk.send(gig, "extras", do=do).status == 200
    many = {"extras-TOTAL_FORMS": "100000"}
    assert desk.send(gig, "extras", **many).status == 422
    assert desk.send(gig, "packages", do="packages:add:gigantic").status == 200
    assert desk.send(gig, "packages", there=["gigantic"]).status == 422


def test_form_of__reads_what_a_browser_would_send() -> None:
    text = f"<form id={FORM}><input name=a value=1><input type=checkbox name=b><textarea name=c>x</textarea></form>"
    assert form_of(text) == {"a": ["1"], "c": ["x"]}
