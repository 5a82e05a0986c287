"""Writing creation models: one module a use case, one name space for callers."""

from oeuvre.domains.creation.services.consents import versions_consent_refresh
from oeuvre.domains.creation.services.edits import edit_answer, edit_request, edit_withdraw
from oeuvre.domains.creation.services.eligibility import application_decide, application_submit
from oeuvre.domains.creation.services.generations import generation_request, generation_write
from oeuvre.domains.creation.services.gig_models import gig_model_join, gig_model_leave
from oeuvre.domains.creation.services.handover import HandedOver, generation_hand_over
from oeuvre.domains.creation.services.licences import licence_buy, licence_prepare
from oeuvre.domains.creation.services.offers import model_create, model_price_set, model_publish, model_update
from oeuvre.domains.creation.services.pronunciations import pronunciations_set
from oeuvre.domains.creation.services.switch import model_delete, model_disable, model_evict
from oeuvre.domains.creation.services.topics import refusal_answer, refusal_appeal
from oeuvre.domains.creation.services.training import (
    training_cancel,
    training_execute,
    training_retry,
    training_start,
)
from oeuvre.domains.creation.services.versions import (
    sample_judge,
    version_approve,
    version_decline,
    version_export,
    version_import,
)
from oeuvre.domains.creation.services.voice_consents import (
    consent_begin,
    consent_check,
    consent_compared,
    consent_decide,
    consent_declare,
    consent_recording,
    consent_review_ask,
    consent_send,
    consent_withdraw,
)

__all__ = [
    "HandedOver",
    "application_decide",
    "application_submit",
    "consent_begin",
    "consent_check",
    "consent_compared",
    "consent_decide",
    "consent_declare",
    "consent_recording",
    "consent_review_ask",
    "consent_send",
    "consent_withdraw",
    "edit_answer",
    "edit_request",
    "edit_withdraw",
    "generation_hand_over",
    "generation_request",
    "generation_write",
    "gig_model_join",
    "gig_model_leave",
    "licence_buy",
    "licence_prepare",
    "model_create",
    "model_delete",
    "model_disable",
    "model_evict",
    "model_price_set",
    "model_publish",
    "model_update",
    "pronunciations_set",
    "refusal_answer",
    "refusal_appeal",
    "sample_judge",
    "training_cancel",
    "training_execute",
    "training_retry",
    "training_start",
    "version_approve",
    "version_decline",
    "version_export",
    "version_import",
    "versions_consent_refresh",
]
