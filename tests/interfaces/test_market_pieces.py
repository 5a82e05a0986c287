"""A piece before it is paid for: what is seen of it, what it costs, and that the rest stays where it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from oeuvre.domains.accounts.models import User
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.creation import errors, services
from oeuvre.domains.creation.models import CreationModel, Generation, Licence
from oeuvre.domains.creation.shop import PreviewNow
from oeuvre.domains.creation.states import GenerationState, LicenceState
from oeuvre.domains.orders import services as orders
from oeuvre.interfaces.site.market.prose import prose
from oeuvre.interfaces.site.market.sealed import sealed_lines
from oeuvre.interfaces.site.market.views import events
from oeuvre.kit.money import Money
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.market_pages import CARD_FIELDS, MOST_QUERIES, client_of, hidden_words, page_of, whole
from tests.support.factories import CARD, PROMPT, ready_generation
from tests.support.fake_studio import FakeStudio
from tests.support.gigs import live_gig
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


def joined_gig(piece: Generation) -> Gig:
    """A live gig that is offered with the piece's model."""
    gig = live_gig(piece.model.owner)
    services.gig_model_join(actor=piece.model.owner.actor, gig_id=gig.pk, model_id=piece.model_id)
    return gig


@pytest.fixture
def piece(model: CreationModel, buyer: User) -> Generation:
    """A finished piece of the buyer's, unpaid."""
    return ready_generation(model, buyer)


def _events(body: str) -> list[tuple[str, dict[str, Any]]]:
    """What a stream of server-sent events says, by name."""
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in body.split("\n\n") if block]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def test_piece__shows_the_preview_its_mark_and_how_much_is_sealed(piece: Generation, buyer: User) -> None:
    page = client_of(buyer).get(f"/pieces/{piece.pk}/")
    assert page.status_code == 200
    assert piece.preview in page.text
    assert f"[Preview of {piece.version.name}. Licence it to read the rest.]" in page.text
    assert piece.size_said in page.text
    assert f"{round(piece.size) - len(piece.preview.split())} more words are sealed" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"


def test_piece__says_what_each_use_costs_and_who_gets_it_to_the_cent(piece: Generation, buyer: User) -> None:
    page = client_of(buyer).get(f"/pieces/{piece.pk}/")
    assert [row.offer.use.code for row in page.context["uses"]] == ["personal", "commercial"]
    for row in page.context["uses"]:
        assert sum(part.amount.amount for part in row.parts) == row.quote.total.amount
        assert str(row.quote.total) in page.text
    assert "Ask for an edit, $45.00" in page.text


def test_piece__shows_the_estimated_credit_of_each_work(piece: Generation, buyer: User) -> None:
    page = client_of(buyer).get(f"/pieces/{piece.pk}/")
    assert "An estimate" in page.text
    shown = page.context["credit"]
    assert len(shown) == 5
    assert sum(row["share"] for row in shown) + page.context["credit_rest"] == pytest.approx(1)
    assert shown[0]["title"] in page.text


def test_piece__needs_few_queries(
    piece: Generation, vetted: User, buyer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for user in (buyer, vetted):
        client = client_of(user)
        client.get("/about/")  # the first visit also writes the session down
        with django_assert_max_num_queries(MOST_QUERIES):
            client.get(f"/pieces/{piece.pk}/")


def test_piece__goes_on_into_the_gigs_that_its_model_is_joined_to(
    piece: Generation, buyer: User, vetted: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    gig, address = joined_gig(piece), f"/pieces/{piece.pk}/"
    client = client_of(buyer)
    client.get("/about/")
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(address)
    assert f'href="/orders/new/gig/{gig.url_key}/?piece={piece.pk}"' in page.text
    checkout = client.get(f"/orders/new/gig/{gig.url_key}/?piece={piece.pk}")
    assert checkout.context["terms"].source == "blend"
    assert "Order with this draft" not in client_of(vetted).get(address).text
    catalog.gig_pause(actor=vetted.actor, gig_id=gig.pk)
    assert "Order with this draft" not in client.get(address).text


def test_edit__that_was_ordered_leads_to_its_order(piece: Generation, buyer: User, vetted: User) -> None:
    edit = services.edit_request(actor=buyer.actor, generation_id=piece.pk, instructions="Make it shorter, please.")
    services.edit_answer(actor=vetted.actor, edit_id=edit.pk, accept=True)
    client, address = client_of(buyer), f"/edits/{edit.pk}/"
    assert f'href="/orders/new/edit/{edit.pk}/"' in client.get(address).text
    order = orders.order_start_for_edit(actor=buyer.actor, edit_id=edit.pk, method_token=CARD)
    page = client.get(address).text
    assert f'href="/orders/{order.pk}/"' in page
    assert f'href="/orders/new/edit/{edit.pk}/"' not in page


def test_piece__is_its_buyers_and_the_owners_alone(
    piece: Generation, vetted: User, operator: User, other_freelancer: User
) -> None:
    for address in (f"/pieces/{piece.pk}/", f"/pieces/{piece.pk}/events"):
        for user in (operator, other_freelancer):
            assert client_of(user).get(address).status_code == 404, (user, address)
    assert Client().get(f"/pieces/{piece.pk}/").status_code == 302
    assert Client().get(f"/pieces/{piece.pk}/events").status_code == 401
    page = client_of(vetted).get(f"/pieces/{piece.pk}/")
    assert hidden_words(piece)[-1] in page.text
    for address in ("buy/commercial/", "edit/", "again/"):
        for user in (operator, vetted):
            for method in ("get", "post"):
                answer = getattr(client_of(user), method)(f"/pieces/{piece.pk}/{address}")
                assert answer.status_code in (404, 405), (user, address, method)


def test_piece__unpaid__never_leaves_whole_by_any_address_header_or_stream(piece: Generation, buyer: User) -> None:
    """The promise of the shop: until the payment arrived nothing but the preview can be had."""
    hidden = hidden_words(piece)
    client = client_of(buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    edit = services.edit_request(actor=buyer.actor, generation_id=piece.pk, instructions="Make it shorter, please.")
    gig = joined_gig(piece)
    files = ("piece.txt", "piece.md", "piece.docx", "piece.pdf", "piece.txt.c2pa", "piece.md.c2pa")
    papers = ("everything.zip", "certificate.pdf", "certificate.json", "receipt.pdf", "payment/", "")
    addresses = [
        "/",
        "/library/",
        "/library/licences/",
        "/payments/",
        "/edits/",
        f"/edits/{edit.pk}/",
        page_of(piece.model),
        f"/pieces/{piece.pk}/",
        f"/pieces/{piece.pk}/events",
        f"/pieces/{piece.pk}/edit/",
        f"/pieces/{piece.pk}/buy/personal/",
        f"/pieces/{piece.pk}/buy/commercial/",
        f"/orders/new/gig/{gig.url_key}/?piece={piece.pk}",
        f"/conversations/new/vetted/?piece=generation:{piece.pk}",
        f"/verify/?q={piece.sha256}",
        f"/verify/?q={licence.number}",
        f"/verify/{licence.number}.json",
        *(f"/licences/{licence.pk}/{name}" for name in files + papers),
    ]
    for state in (
        LicenceState.AWAITING_PAYMENT,
        LicenceState.PREPARING,
        LicenceState.UNPAID,
        LicenceState.REVOKED,
    ):
        Licence.objects.filter(pk=licence.pk).update(status=state)
        for address in addresses:
            said = whole(client.get(address, headers={"Accept": "text/event-stream"}))
            said += whole(client.get(address))
            assert not [run for run in hidden if run in said], (state, address)
        for name in files + papers[:4]:
            assert client.get(f"/licences/{licence.pk}/{name}").status_code == 402, (state, name)


def test_piece__whose_writing_failed_says_what_to_do(model: CreationModel, buyer: User, studio: FakeStudio) -> None:
    studio.failures = [errors.StudioUnavailableError("The studio does not answer. Try again in a minute.")]
    piece = ready_generation(model, buyer)
    page = client_of(buyer).get(f"/pieces/{piece.pk}/")
    assert "The studio does not answer." in page.text
    assert "used no free preview" in page.text
    assert "Ask for another" in page.text
    assert page.context["uses"] == []


def test_piece__being_written_reloads_itself_without_javascript(model: CreationModel, buyer: User) -> None:
    piece = services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=PROMPT)
    page = client_of(buyer).get(f"/pieces/{piece.pk}/")
    assert 'http-equiv="refresh"' in page.text
    assert f'data-watch="/pieces/{piece.pk}/events"' in page.text
    assert f"[Preview of {piece.version.name}." in page.text
    run_tasks()
    assert "http-equiv" not in client_of(buyer).get(f"/pieces/{piece.pk}/").text


def test_piece__of_a_model_switched_off_is_closed_to_its_buyer(piece: Generation, vetted: User, buyer: User) -> None:
    services.model_disable(actor=vetted.actor, model_id=piece.model_id)
    client = client_of(buyer)
    page = client.get(f"/pieces/{piece.pk}/")
    assert page.status_code == 410
    assert piece.preview not in page.text
    assert "stay valid" in page.text
    assert client.get(f"/pieces/{piece.pk}/buy/commercial/").status_code == 410
    assert client.get(f"/pieces/{piece.pk}/events").status_code == 410
    assert client_of(vetted).get(f"/pieces/{piece.pk}/").status_code == 200


def test_events__of_a_finished_piece_are_its_preview_and_the_end(piece: Generation, buyer: User) -> None:
    answer = client_of(buyer).get(f"/pieces/{piece.pk}/events")
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "private, no-store"
    body = b"".join(answer).decode()
    assert _events(body) == [
        ("preview", {"text": piece.preview, "status": "ready"}),
        ("done", {"status": "ready"}),
    ]


async def test_events__follow_the_worker_and_end_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter(["", "One", "One", "One two"])

    async def look(*_: object) -> PreviewNow:
        text = next(looks, None)
        over = text is None
        return PreviewNow("One two three" if over else str(text), GenerationState.READY if over else "writing")

    monkeypatch.setattr(events, "_look", look)
    monkeypatch.setattr(events, "LOOK_EVERY", 0)
    anybody: Any = None
    first = await look()
    body = b"".join([part async for part in events._stream(anybody, anybody, first)]).decode()
    said = _events(body)
    assert [data["text"] for name, data in said if name == "preview"] == ["", "One", "One two", "One two three"]
    assert said[-1] == ("done", {"status": "ready"})


async def test_events__end_at_once_when_the_model_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(*_: object) -> PreviewNow:
        raise errors.GenerationClosedError("off")

    monkeypatch.setattr(events, "_look", look)
    monkeypatch.setattr(events, "LOOK_EVERY", 0)
    anybody: Any = None
    first = PreviewNow("A few words", "writing")
    body = b"".join([part async for part in events._stream(anybody, anybody, first)]).decode()
    assert [name for name, _ in _events(body)] == ["preview", "closed"]


def test_again__asks_for_the_same_prompt_with_another_seed(piece: Generation, buyer: User) -> None:
    answer = client_of(buyer).post(f"/pieces/{piece.pk}/again/")
    after = Generation.objects.exclude(pk=piece.pk).get()
    assert answer.url == f"/pieces/{after.pk}/"  # type: ignore[attr-defined]  # a redirect
    assert (after.prompt, after.options) == (piece.prompt, piece.options)
    assert after.seed != piece.seed


def test_again__says_when_the_previews_are_used_up(piece: Generation, vetted: User, buyer: User) -> None:
    services.model_update(actor=vetted.actor, model_id=piece.model_id, daily_previews=1)
    page = client_of(buyer).post(f"/pieces/{piece.pk}/again/", follow=True)
    assert "used up today" in page.text
    assert Generation.objects.count() == 1


def test_checkout__itemises_what_is_paid(piece: Generation, buyer: User) -> None:
    page = client_of(buyer).get(f"/pieces/{piece.pk}/buy/commercial/")
    for part in ("$9.00", "$0.45", "$9.45", "Sandbox, no real money", "4242 4242 4242 4242", "Harbour Voice"):
        assert part in page.text, part


def test_checkout__starts_the_payment_and_leads_to_the_licence(piece: Generation, buyer: User) -> None:
    answer = client_of(buyer).post(f"/pieces/{piece.pk}/buy/commercial/", CARD_FIELDS | {"total": "945"})
    licence = Licence.objects.get()
    assert answer.url == f"/licences/{licence.pk}/"  # type: ignore[attr-defined]  # a redirect
    assert licence.status == LicenceState.AWAITING_PAYMENT


def test_checkout__sent_twice_buys_once(piece: Generation, buyer: User) -> None:
    client = client_of(buyer)
    addresses = {
        client.post(f"/pieces/{piece.pk}/buy/commercial/", CARD_FIELDS).url  # type: ignore[attr-defined]  # a redirect
        for _ in range(2)
    }
    assert addresses == {f"/licences/{Licence.objects.get().pk}/"}
    assert client.get(f"/pieces/{piece.pk}/buy/commercial/").status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "4111 1111 1111 1111"}, "number"),
        ({"expiry": "01/20"}, "expiry"),
        ({"expiry": "soon"}, "expiry"),
        ({"cvc": "x"}, "cvc"),
        ({"number": ""}, "number"),
    ],
)
def test_checkout__says_at_the_field_what_is_wrong_with_a_card(
    piece: Generation, buyer: User, change: dict[str, str], field: str
) -> None:
    answer = client_of(buyer).post(f"/pieces/{piece.pk}/buy/commercial/", CARD_FIELDS | change)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Licence.objects.exists()


def test_checkout__takes_no_other_amount_than_the_one_that_was_shown(
    piece: Generation, vetted: User, buyer: User
) -> None:
    services.model_price_set(actor=vetted.actor, model_id=piece.model_id, use="commercial", amount=Money(5_000))
    client = client_of(buyer)
    answer = client.post(f"/pieces/{piece.pk}/buy/commercial/", CARD_FIELDS | {"total": "945"})
    assert answer.status_code == 422
    assert "The price changed meanwhile: it is $52.50 now." in answer.text
    assert not Licence.objects.exists()
    assert client.post(f"/pieces/{piece.pk}/buy/commercial/", CARD_FIELDS | {"total": "5250"}).status_code == 302


def test_checkout__of_what_is_not_for_sale_is_not_found(piece: Generation, vetted: User, buyer: User) -> None:
    client = client_of(buyer)
    assert client.get(f"/pieces/{piece.pk}/buy/resale/").status_code == 404
    assert client.get(f"/pieces/{piece.pk}/buy/edit/").status_code == 404
    services.model_price_set(actor=vetted.actor, model_id=piece.model_id, use="personal", amount=None)
    assert client.get(f"/pieces/{piece.pk}/buy/personal/").status_code == 404


def test_checkout__needs_a_csrf_token(piece: Generation, buyer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(buyer)
    for address in (
        f"/pieces/{piece.pk}/buy/commercial/",
        f"/pieces/{piece.pk}/again/",
        page_of(piece.model),
        "/verify/",
    ):
        assert client.post(address, CARD_FIELDS).status_code == 403, address


def test_checkout__of_an_unfinished_piece_waits(model: CreationModel, buyer: User) -> None:
    piece = services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=PROMPT)
    assert client_of(buyer).get(f"/pieces/{piece.pk}/buy/commercial/").status_code == 409


def test_sealed_lines__have_nothing_to_read(piece: Generation) -> None:
    drawing = sealed_lines(piece.pk, 60)
    assert drawing == sealed_lines(piece.pk, 60)
    assert drawing.count("<rect") > 10
    assert "<text" not in drawing
    assert sealed_lines(piece.pk, 0) == ""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("One\ntwo", "One<br"),
        ("**Door.** Mind *it*.", "<strong>Door.</strong>"),
        ("- a\n- b", "<li>a</li>"),
        ("    a poem indented", "<p>a poem indented</p>"),
        ("# Title", "<h3>Title</h3>"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("![x](http://a/b.png)", "![x](http://a/b.png)"),
        ("<b onclick=x>", "&lt;b onclick=x&gt;"),
    ],
)
def test_prose__shows_light_markdown_and_nothing_more(written: str, shown: str) -> None:
    said = prose(written)
    assert shown in said
    assert not {"<script", "<a ", "<img", "<b "} & {part for part in ("<script", "<a ", "<img", "<b ") if part in said}
