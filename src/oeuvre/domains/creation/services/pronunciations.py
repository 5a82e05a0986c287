"""How a model's voice says particular words, set by its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.common import own_model
from oeuvre.domains.creation.errors import PronunciationsInvalidError
from oeuvre.domains.creation.models_voice import PronunciationList
from oeuvre.domains.creation.pronouncing import MOST_OF_OWNER, pronunciations_read

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def pronunciations_set(*, actor: Actor, model_id: UUID, text: str) -> PronunciationList:
    """Replace a model's list by what is written, one ``word = how it is said`` a line; pieces that are asked for from now
    on are spoken by it.

    Raises ModelNotFoundError, PronunciationsInvalidError with every line that is wrong, also for a model that does not
    speak.
    """
    with transaction.atomic():
        model = own_model(actor=actor, model_id=model_id, lock=True)
        if not model.is_spoken:
            raise PronunciationsInvalidError(_("This model does not speak."))
        entries = pronunciations_read(text, most=MOST_OF_OWNER)
        listed, _is_new = PronunciationList.objects.update_or_create(model=model, defaults={"entries": entries})
        audit.record(actor=actor, code="model.pronunciations", subject=model, entries=len(entries))
    return listed
