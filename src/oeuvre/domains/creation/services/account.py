"""What creation does when a person takes their data away or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.accounts.services import DeletionEffect, blob_open
from oeuvre.domains.creation.common import KEY_OWNER, version_archive
from oeuvre.domains.creation.contents import BLANK, contents_delete
from oeuvre.domains.creation.models import (
    CreationModel,
    EditRequest,
    EligibilityApplication,
    Generation,
    Licence,
    ModelVersion,
    TopicRefusal,
)
from oeuvre.domains.creation.models_voice import VoiceConsent
from oeuvre.domains.creation.services.generations import files_of
from oeuvre.domains.creation.services.switch import model_delete
from oeuvre.domains.creation.states import LicenceState, ModelState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from oeuvre.kit.actor import Actor


def _models(actor: Actor) -> QuerySet[CreationModel]:
    return CreationModel.objects.filter(owner_id=actor.person_id).exclude(status=ModelState.DELETED)


def account_files(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """The actor's models with their packed versions, and what they asked for, bought and were told as a buyer."""
    for model in _models(actor):
        facts = {"name": model.name, "tagline": model.tagline, "description": model.description, "state": model.status}
        if listed := getattr(model, "pronunciation_list", None):
            facts["pronunciations"] = listed.entries
        yield f"models/{model.slug}/model.json", _json(facts)
        yield from _readings(model)
        for version in ModelVersion.objects.filter(model=model):
            yield f"models/{model.slug}/{version.name}.tar", version_archive(version)
    asked = Generation.objects.filter(buyer_id=actor.person_id).select_related("model")
    bought = Licence.objects.filter(buyer_id=actor.person_id).exclude(status=LicenceState.UNPAID)
    if asked.exists():
        yield (
            "pieces.json",
            _json(list(asked.values("id", "prompt", "options", "seed", "status", "preview", "created_at"))),
        )
        yield from _brought(asked)
    if bought.exists():
        yield "licences.json", _json(list(bought.values("number", "use", "status", "total", "currency", "certificate")))


def _brought(pieces: QuerySet[Generation]) -> Iterator[tuple[str, bytes]]:
    """Sketches that the actor brought for pieces."""
    for piece in pieces.exclude(beside={}):
        for name, data in files_of(piece).items():
            yield f"pieces/{piece.pk}/{name}.webp", data


def _readings(model: CreationModel) -> Iterator[tuple[str, bytes]]:
    """What the actor read aloud to agree to a model of their voice, and what was found."""
    readings = VoiceConsent.objects.filter(model=model).order_by("created_at")
    told = ("id", "language", "phrase", "statement", "status", "given_at", "scores", "reasons", "decision", "record")
    if readings:
        yield f"models/{model.slug}/consents.json", _json(list(readings.values(*told)))
    for reading in readings:
        if reading.recording_key:
            suffix = reading.media_type.partition("/")[2].replace("mpeg", "mp3")
            data = blob_open(
                owner_id=model.pk, owner_type=KEY_OWNER, key=reading.recording_key, context=reading.context
            )
            yield f"models/{model.slug}/consents/{reading.pk}.{suffix}", data


def _json(value: object) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False).encode()


def account_erase(actor: Actor) -> None:
    """Delete the actor's models with their keys, and blank what they wrote as a buyer; licences and books stay."""
    for model in _models(actor):
        model_delete(actor=actor, model_id=model.pk)
    licensed = Licence.objects.filter(buyer_id=actor.person_id).values("generation_id")
    pieces = Generation.objects.filter(buyer_id=actor.person_id).exclude(pk__in=licensed)
    contents_delete(pieces)
    pieces.update(prompt="", **BLANK)
    TopicRefusal.objects.filter(buyer_id=actor.person_id).update(prompt="", appeal="")
    EditRequest.objects.filter(buyer_id=actor.person_id).update(instructions="")
    EligibilityApplication.objects.filter(freelancer_id=actor.person_id).update(statement="")


def account_effects(actor: Actor) -> list[DeletionEffect]:
    """What that will do."""

    def deleted(count: int) -> str:
        return ngettext(
            "Your %(count)d model is deleted and its key destroyed: nobody can generate with it or read its pieces.",
            "Your %(count)d models are deleted and their keys destroyed: nobody can generate with them or read "
            "their pieces.",
            count,
        ) % {"count": count}

    bought = Licence.objects.filter(buyer_id=actor.person_id, status=LicenceState.ACTIVE)
    said = _("Download what you licensed first. Your licences stay valid, but you cannot fetch files again.")
    return [DeletionEffect(_models(actor), deleted), DeletionEffect(bought, lambda _count: said)]
