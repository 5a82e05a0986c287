"""A gig that is offered with a creation model, and what search knows of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.errors import GigNotFoundError
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.creation import joined, services
from oeuvre.domains.creation.errors import GigModelForeignError, ModelNotFoundError
from oeuvre.domains.search.models import SearchDocument
from oeuvre.domains.search.states import Kind
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import draft_gig, gig_content, live_gig

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel

pytestmark = pytest.mark.django_db


def test_gig_model_join__shows_the_model_with_its_prices_and_marks_the_gig_instant(model: CreationModel) -> None:
    gig = live_gig(model.owner)
    services.gig_model_join(actor=model.owner.actor, gig_id=gig.pk, model_id=model.pk)
    found = joined.gig_model(gig_id=gig.pk)
    assert found is not None
    assert (found.model, found.edit_days) == (model, model.edit_days)
    assert (str(found.instant_from), str(found.edit)) == ("$3.00", "$45.00")
    assert SearchDocument.objects.get(kind=Kind.GIG, ref_id=gig.pk).instant
    services.gig_model_join(actor=model.owner.actor, gig_id=gig.pk, model_id=model.pk)
    assert model.gigs.count() == 1


def test_model_disable__takes_the_model_out_of_search_and_off_its_gigs_page(model: CreationModel) -> None:
    gig = live_gig(model.owner)
    services.gig_model_join(actor=model.owner.actor, gig_id=gig.pk, model_id=model.pk)
    document = SearchDocument.objects.get(kind=Kind.MODEL)
    assert (document.ref_id, document.url_key) == (model.pk, f"{model.owner.profile.handle}/{model.slug}")
    services.model_disable(actor=model.owner.actor, model_id=model.pk)
    assert not SearchDocument.objects.filter(kind=Kind.MODEL).exists()
    assert not SearchDocument.objects.get(kind=Kind.GIG, ref_id=gig.pk).instant
    assert joined.gig_model(gig_id=gig.pk) is None
    assert joined.gig_model_id(gig_id=gig.pk) == model.pk
    services.model_publish(actor=model.owner.actor, model_id=model.pk)
    assert SearchDocument.objects.get(kind=Kind.GIG, ref_id=gig.pk).instant


def test_gig_model_leave__is_safe_to_repeat(model: CreationModel) -> None:
    gig = live_gig(model.owner)
    services.gig_model_join(actor=model.owner.actor, gig_id=gig.pk, model_id=model.pk)
    assert services.gig_model_leave(actor=model.owner.actor, gig_id=gig.pk)
    assert not services.gig_model_leave(actor=model.owner.actor, gig_id=gig.pk)
    assert not SearchDocument.objects.get(kind=Kind.GIG, ref_id=gig.pk).instant


def test_gig_model_join__refuses_a_gig_that_promises_no_ai(model: CreationModel) -> None:
    gig = live_gig(model.owner, ai_policy=AiPolicy.NONE)
    with pytest.raises(GigModelForeignError, match="promises no AI"):
        services.gig_model_join(actor=model.owner.actor, gig_id=gig.pk, model_id=model.pk)


def test_gig_model_join__refuses_a_gig_whose_draft_promises_no_ai_and_says_what_to_change(model: CreationModel) -> None:
    owner = model.owner
    unpublished = draft_gig(owner, ai_policy=AiPolicy.NONE)
    with pytest.raises(GigModelForeignError, match=r"draft of this gig promises no AI.*Change the draft's use of AI"):
        services.gig_model_join(actor=owner.actor, gig_id=unpublished.pk, model_id=model.pk)
    gig = live_gig(owner)
    draft = catalog.gig_draft_open(actor=owner.actor, gig_id=gig.pk)
    content = gig_content(ai_policy=AiPolicy.NONE)
    draft = catalog.gig_draft_save(actor=owner.actor, gig_id=gig.pk, revision=draft.revision, content=content)
    with pytest.raises(GigModelForeignError, match="draft of this gig promises no AI"):
        services.gig_model_join(actor=owner.actor, gig_id=gig.pk, model_id=model.pk)
    content = gig_content(ai_policy=AiPolicy.ASSISTED)
    catalog.gig_draft_save(actor=owner.actor, gig_id=gig.pk, revision=draft.revision, content=content)
    services.gig_model_join(actor=owner.actor, gig_id=gig.pk, model_id=model.pk)
    assert joined.gig_model_id(gig_id=gig.pk) == model.pk


def test_gig_model__is_not_shown_beside_a_gig_that_promises_no_ai_since(model: CreationModel, settings: Any) -> None:
    settings.GIG_REVIEW = "none"
    owner, gig = model.owner.actor, live_gig(model.owner)
    services.gig_model_join(actor=owner, gig_id=gig.pk, model_id=model.pk)
    assert joined.gigs_with_model(model_id=model.pk) == [gig]
    draft = catalog.gig_draft_open(actor=owner, gig_id=gig.pk)
    content = gig_content(ai_policy=AiPolicy.NONE)
    draft = catalog.gig_draft_save(actor=owner, gig_id=gig.pk, revision=draft.revision, content=content)
    catalog.gig_submit(actor=owner, gig_id=gig.pk, revision=draft.revision)
    gig.refresh_from_db()
    assert gig.published.ai_policy == AiPolicy.NONE
    assert joined.gig_model(gig_id=gig.pk) is None
    assert joined.gigs_with_model(model_id=model.pk) == []
    assert not SearchDocument.objects.get(kind=Kind.GIG, ref_id=gig.pk).instant
    assert joined.gig_model_id(gig_id=gig.pk) == model.pk


def test_gig_model_join__takes_nobody_elses_gig_or_model(model: CreationModel) -> None:
    other: User = freelancer_with_profile()
    gig = live_gig(other)
    with pytest.raises(GigNotFoundError):
        services.gig_model_join(actor=model.owner.actor, gig_id=gig.pk, model_id=model.pk)
    with pytest.raises(ModelNotFoundError):
        services.gig_model_join(actor=other.actor, gig_id=gig.pk, model_id=model.pk)
