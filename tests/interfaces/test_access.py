"""Who may open what: every address of the site times every role, by GET and by POST.

An address that this table does not know fails the suite, so a new page is decided on before it ships.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone
from PIL import Image

from oeuvre.domains.accounts.models import User
from oeuvre.domains.accounts.services import account_export_request
from oeuvre.domains.billing.models import Payment
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.creation import errors, services
from oeuvre.domains.creation.models import CreationModel, Generation, Licence
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.domains.portfolio.models import DuplicateMatch
from oeuvre.kit.provenance import DocumentFormat
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.portfolio_pictures import picture, pictures_taken  # noqa: F401  (a fixture)
from tests.interfaces.assistant_world import assistant_arguments
from tests.interfaces.brief_world import brief_arguments
from tests.interfaces.catalogue_world import catalogue_arguments
from tests.interfaces.desk_world import desk_arguments
from tests.interfaces.order_world import order_arguments
from tests.interfaces.picture_world import PICTURES
from tests.interfaces.voice_world import voice_arguments
from tests.support.factories import (
    CARD,
    STATEMENT,
    freelancer_with_profile,
    published_model,
    ready_generation,
    vetted_freelancer,
    works,
)
from tests.support.media import preview_file, sample_file
from tests.support.worker import run_tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pictures_taken")]

ROLES = ("anonymous", "buyer", "other_buyer", "freelancer", "other_freelancer", "operator")
ANYBODY = frozenset(ROLES)
LOGGED_IN = ANYBODY - {"anonymous"}
FREELANCERS = frozenset({"freelancer", "other_freelancer"})
OWNER = frozenset({"freelancer"})
"""The freelancer whose objects the addresses name."""
BUYER = frozenset({"buyer"})
"""The buyer whose objects the addresses name."""
BOTH = OWNER | BUYER
OPERATOR = frozenset({"operator"})

ALLOWED: dict[str, frozenset[str]] = {
    "healthz readyz home about theme locale account_deleted freelancer": ANYBODY,
    "models:gallery models:model models:sample verify verify_json verify_reputation reputation_statement level": ANYBODY,
    "sitemap robots services:tree services:category gigs:gig gigs:image gigs:image_small": ANYBODY,
    "search:search search:why search:list_json search:list_csv search:unsubscribe": ANYBODY,
    "search:save search:saved": LOGGED_IN,
    "search:saved_notify search:saved_delete": BUYER,
    "home_by_role": LOGGED_IN,
    "styleguide": OPERATOR,
    "settings:home settings:roles settings:activity settings:exports settings:export_request settings:delete": LOGGED_IN,
    "settings:profile": FREELANCERS,
    "settings:export_download": BUYER,
    "works:list works:upload works:paste works:export": FREELANCERS,
    "works:detail works:row works:rights works:file works:shown works:remove": OWNER,
    "studio:home studio:vetting studio:plan studio:plan_start studio:plan_switch studio:plan_card": FREELANCERS,
    "studio:plan_cancel studio:plan_resume studio:models studio:model_new studio:edits": FREELANCERS,
    "studio:refusals studio:earnings studio:earnings_csv studio:statement studio:statement_csv": FREELANCERS,
    "studio:receipts": FREELANCERS,
    "insights:overview insights:market insights:earnings insights:mail": FREELANCERS,
    "insights:settle": OWNER,
    "insights:unsubscribe": ANYBODY,
    "studio:payment studio:payment_pdf": OWNER,
    "studio:model studio:model_page studio:prices studio:publish studio:disable studio:delete studio:training": OWNER,
    "studio:run studio:run_progress studio:run_bar studio:run_curve studio:run_cancel studio:run_retry": OWNER,
    "studio:versions studio:version studio:sample studio:sample_file studio:version_approve studio:version_decline": OWNER,
    "studio:version_export studio:version_signature studio:pieces studio:piece studio:edit studio:refusal": OWNER,
    "studio:receipt studio:receipt_pdf studio:receipt_json studio:split": OWNER,
    "studio:consent studio:consent_begin studio:consent_send studio:consent_progress studio:consent_review": OWNER,
    "studio:consent_declare studio:words": OWNER,
    "studio:consent_withdraw studio:consent_recording": OWNER,
    "voices_desk:list voices_desk:reading voices_desk:recording voices_desk:compared": OPERATOR,
    "refusal": BUYER,
    "pieces:piece pieces:events pieces:preview pieces:whole": BOTH,
    "pieces:again pieces:edit pieces:buy": BUYER,
    "licences:licence licences:payment licences:file licences:sidecar licences:bundle licences:certificate": BUYER,
    "licences:statement licences:receipt": BUYER,
    "library:home library:licences payments edits:list": LOGGED_IN,
    "edits:edit": BOTH,
    "edits:withdraw": BUYER,
    "orders:home orders:new_from_gig": LOGGED_IN,
    "orders:new_from_edit orders:confirm orders:pay orders:requirements orders:requirement_file_remove": BUYER,
    "orders:answer orders:accept orders:revise orders:consent": BUYER,
    "orders:delivery orders:delivery_file_remove orders:question orders:consent_ask": OWNER,
    "orders:talk orders:order orders:turn orders:cancel orders:requirement_file orders:delivery_file orders:draft": BOTH,
    "orders:delivery_sidecar orders:consent_statement orders:rights orders:calendar orders:extra": BOTH,
    "orders:extension orders:cancellation orders:change_accept orders:change_decline": BOTH,
    "orders:review": BOTH,
    "orders:buyer": OWNER,
    "orders:new_from_offer": BUYER,
    "orders:review_answer": OWNER,
    "studio_orders:list studio_orders:earnings studio_orders:level studio_orders:level_appeal": FREELANCERS,
    "studio_orders:reputation studio_orders:reputation_export studio_orders:reputation_import": FREELANCERS,
    "studio_orders:reputation_remove": OWNER,
    "review_report": LOGGED_IN,
    "reviews_desk:list reviews_desk:report reviews_desk:restore reviews_desk:appeal reviews_desk:installation": OPERATOR,
    "briefs:start briefs:question briefs:proposals briefs:draft briefs:forget": ANYBODY,
    "briefs:home": LOGGED_IN,
    "briefs:brief": BUYER | FREELANCERS | OPERATOR,
    "briefs:file": BUYER | FREELANCERS | OPERATOR,
    "briefs:files_add briefs:file_remove": BUYER,
    "briefs:edit briefs:publish briefs:send briefs:extend briefs:withdraw briefs:copy briefs:offers": BUYER,
    "briefs:offer": BOTH,
    "briefs:decline": BUYER,
    "studio_briefs:list studio_briefs:offers studio_briefs:sum studio_briefs:offer_new": FREELANCERS,
    "studio_briefs:ask": FREELANCERS,
    "studio_briefs:offer_custom studio_briefs:offer_edit studio_briefs:offer_withdraw": OWNER,
    "studio_briefs:invitation_decline": OWNER,
    "studio_gigs:list studio_gigs:new studio_gigs:keeps studio_skills:list studio_skills:add": FREELANCERS,
    "studio_gigs:gig studio_gigs:draft_open studio_gigs:discard studio_gigs:submit studio_gigs:withdraw": OWNER,
    "studio_gigs:category studio_gigs:section studio_gigs:preview studio_gigs:versions studio_gigs:version": OWNER,
    "studio_gigs:model studio_gigs:found studio_gigs:availability studio_gigs:pause studio_gigs:resume": OWNER,
    "studio_gigs:close studio_skills:skill studio_skills:remove studio_skills:evidence_remove": OWNER,
    "assistant:overview assistant:begin assistant:switch assistant:away assistant:rules assistant:rules_section": FREELANCERS,
    "assistant:learning assistant:bank assistant:bank_draft assistant:answer_new assistant:rehearsal": FREELANCERS,
    "assistant:rehearsal_start assistant:rehearsal_progress assistant:rehearsal_cancel assistant:case_add": FREELANCERS,
    "assistant:log": FREELANCERS,
    "assistant:learning_decide assistant:answer assistant:answer_decide assistant:case assistant:exchange": OWNER,
    "assistant:exchange_draft assistant:exchange_correct": OWNER,
    "conversations:assistant": BOTH,
    "disputes:open disputes:dispute disputes:answer disputes:propose disputes:proposal disputes:statement": BOTH,
    "disputes:act disputes:appeal disputes:evidence": BOTH,
    "conversations:inbox conversations:new conversations:live conversations:search": LOGGED_IN,
    "conversations:preferences conversations:unblock": LOGGED_IN,
    "conversations:thread conversations:latest conversations:about conversations:learning": BOTH,
    "conversations:block conversations:report conversations:export conversations:file conversations:small": BOTH,
    "conversations:templates conversations:template_new": FREELANCERS,
    "conversations:template conversations:template_delete conversations:choose": OWNER,
    "operator:home operator:vetting operator:application operator:training operator:ledger operator:verdict": OPERATOR,
    "operator:refund operator:prices operator:people operator:audit operator:health": OPERATOR,
    "operator:refunds operator:refund_retry operator:refund_outside": OPERATOR,
    "gigs_desk:queue gigs_desk:unread gigs_desk:review gigs_desk:preview gigs_desk:list gigs_desk:gig": OPERATOR,
    "catalogue_desk:tree catalogue_desk:group_new catalogue_desk:category catalogue_desk:leaf_new": OPERATOR,
    "catalogue_desk:asked catalogue_desk:case_new catalogue_desk:case catalogue_desk:attributes": OPERATOR,
    "catalogue_desk:attribute_new catalogue_desk:attribute catalogue_desk:option_add catalogue_desk:option": OPERATOR,
    "catalogue_desk:skills catalogue_desk:area_new catalogue_desk:area catalogue_desk:skill_new": OPERATOR,
    "catalogue_desk:skill catalogue_desk:by_hand catalogue_desk:move catalogue_desk:hide": OPERATOR,
    "catalogue_desk:show catalogue_desk:restore": OPERATOR,
    "duplicates:list duplicates:match duplicates:shown": OPERATOR,
    "disputes_desk:list disputes_desk:dispute disputes_desk:evidence": OPERATOR,
    "reports:list reports:report reports:file": OPERATOR,
}
TABLE = {name: roles for names, roles in ALLOWED.items() for name in names.split()}

FOREIGN = ("account_", "mfa_", "usersessions_")
"""Addresses of django-allauth: about whoever is logged in, and nobody else; its own suite tests them."""


def _patterns(patterns: list[URLPattern | URLResolver], namespace: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            found += _patterns(pattern.url_patterns, inner)
        else:
            found.append((f"{namespace}{pattern.name}", pattern))
    return found


PATTERNS = {
    name: pattern
    for name, pattern in _patterns(get_resolver().url_patterns)
    if (not name.startswith(FOREIGN) or name in TABLE) and name not in PICTURES
}


def test_every_address_is_in_the_table() -> None:
    assert set(PATTERNS) == set(TABLE)
    assert not PICTURES.keys() & TABLE.keys(), "what only pictures have is looked at in test_picture_buying"


@dataclass
class World:
    """One of everything, and the people around it."""

    people: dict[str, User | None]
    arguments: dict[str, Any]

    def url(self, name: str) -> str:
        wanted = PATTERNS[name].pattern.converters
        return reverse(name, kwargs={key: self.arguments[key] for key in wanted})


@pytest.fixture
def world(buyer: User, operator: User) -> World:
    owner, other = vetted_freelancer(), vetted_freelancer("second@example.org", "second", "Sol Rake")
    other_buyer = User.objects.create_user("second-buyer@example.org", "a long password")
    model = published_model(owner)
    piece = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    spare = services.model_create(actor=owner.actor, name="Spare")
    services.model_delete(actor=owner.actor, model_id=spare.pk)
    run_tasks()
    return World(
        people={
            "anonymous": None,
            "buyer": buyer,
            "other_buyer": other_buyer,
            "freelancer": owner,
            "other_freelancer": other,
            "operator": operator,
        },
        arguments=_arguments(owner, buyer, model, piece, licence),
    )


def _arguments(owner: User, buyer: User, model: CreationModel, piece: Generation, licence: Licence) -> dict[str, Any]:
    """A value for every parameter of an address, all of things that belong to ``owner`` and ``buyer``."""
    run = model.runs.get()
    preview_file(piece)
    work = works(owner, count=1, words=300)[0] if not owner.works.exists() else owner.works.first()
    copy = portfolio.work_kept(actor=owner.actor, work_id=work.pk).decode()
    copier = freelancer_with_profile("copier@example.org", "copier", "Cy Copy")
    portfolio.work_paste(actor=copier.actor, title="A copy", text=copy)
    application = services.application_submit(actor=copier.actor, statement=STATEMENT)
    edit = services.edit_request(actor=buyer.actor, generation_id=piece.pk, instructions="Make it warmer, please.")
    plan_payment = Payment.objects.create(
        user=owner, purpose="plan", reference_type="subscription", reference_id=owner.pk, amount=2500,
        currency="USD", provider="sandbox", method_token=CARD, method_label="test card", idempotency_key="matrix",
        status="succeeded", succeeded_at=timezone.now(),
    )  # fmt: skip
    return {
        "handle": owner.profile.handle,
        "slug": model.slug,
        "model_id": model.pk,
        "run_id": run.pk,
        "version_id": model.versions.get().pk,
        "generation_id": piece.pk,
        "sample_number": sample_file(model),
        **voice_arguments(model),
        "licence_id": licence.pk,
        "payment_id": plan_payment.pk,
        "work_id": work.pk,
        "match_id": DuplicateMatch.objects.first().pk,  # type: ignore[union-attr]  # the copy above opened one
        **_alike(owner, copier),
        "application_id": application.pk,
        **_conversation(owner, buyer),
        **assistant_arguments(owner, buyer),
        **order_arguments(owner, buyer),
        **desk_arguments(owner, buyer),
        **catalogue_arguments(owner, buyer),
        **brief_arguments(owner, buyer),
        "edit_id": edit.pk,
        "refusal_id": _refusal(owner, buyer, model),
        "receipt_id": owner_receipt(owner),
        "export_id": account_export_request(actor=buyer.actor).pk,
        "use": "personal",
        "code": "premium",
        "fmt": DocumentFormat.TXT,
        "query": licence.number,
        "index": 0,
    }


def _alike(owner: User, copier: User) -> dict[str, Any]:
    """A picture of which somebody else brought a copy: the pair that is looked at side by side, and one of its sides."""
    first = portfolio.work_add(actor=owner.actor, filename="a.png", data=picture(1))
    portfolio.work_add(actor=copier.actor, filename="b.png", data=picture(1))
    return {"pair_id": DuplicateMatch.objects.get(other=first).pk, "side_id": first.pk}


def _conversation(owner: User, buyer: User) -> dict[str, Any]:
    """A conversation with a picture in it, a report of that, and a template of the freelancer's."""
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    talk = conversations.conversation_start(
        actor=buyer.actor,
        freelancer_id=owner.pk,
        body="Good morning.",
        files=[conversations.Upload("a.png", picture.getvalue())],
    )
    message = talk.messages.get()
    report = conversations.report_create(
        actor=owner.actor, conversation_id=talk.pk, message_ids=[message.pk], reason="spam"
    )
    template = conversations.template_save(actor=owner.actor, title="Hello", body="Good morning, {name}.")
    return {
        "conversation_id": talk.pk,
        "attachment_id": message.attachments.get().pk,
        "report_id": report.pk,
        "file_id": report.messages.get().files.get().pk,
        "template_id": template.pk,
        "person_id": owner.pk,
    }


def owner_receipt(owner: User) -> Any:
    from oeuvre.domains.creation.selectors import receipts_of

    return receipts_of(actor=owner.actor).get().pk


def _refusal(owner: User, buyer: User, model: CreationModel) -> Any:
    services.model_update(actor=owner.actor, model_id=model.pk, refused_topics=["gambling"])
    with pytest.raises(errors.TopicRefusedError) as caught:
        services.generation_request(actor=buyer.actor, model_id=model.pk, prompt="A slogan for a gambling hall")
    return caught.value.context["refusal"].pk


def _ask(client: Client, method: str, url: str) -> int:
    """The status of an answer whose effects are undone, so that one request does not decide the next."""
    with transaction.atomic():
        answer = client.get(url) if method == "GET" else client.post(url, {})
        transaction.set_rollback(True)
    if answer.status_code == 302 and "/account/login/" in answer.headers["Location"]:
        return 401
    return answer.status_code


def test_matrix__has_no_hole(world: World) -> None:
    wrong = []
    for role, person in world.people.items():
        client = Client(raise_request_exception=False)
        if person is not None:
            client.force_login(person)
        for name, allowed in sorted(TABLE.items()):
            url = world.url(name)
            for method in ("GET", "POST"):
                status = _ask(client, method, url)
                refused = status in (401, 403, 404)
                as_wanted = (status < 500 or name == "readyz") and (refused != (role in allowed) or status == 405)
                if not as_wanted:
                    wrong.append(f"{role} {method} {name}: {status}")
    assert wrong == []
