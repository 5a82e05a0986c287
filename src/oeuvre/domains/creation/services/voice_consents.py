"""Consent to a model of a voice: a phrase is shown for minutes, read aloud, recognised, and signed.

What that shows, and what it cannot, stands in docs/handbook/voice-models.md.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.common import KEY_OWNER, own_model
from oeuvre.domains.creation.consenting import consent_held, consent_own
from oeuvre.domains.creation.errors import (
    ConsentMissingError,
    ConsentNotFoundError,
    ConsentNotNeededError,
    PhraseExpiredError,
    PhrasesUsedUpError,
    ReadingRefusedError,
    ReasonMissingError,
    SourceMissingError,
    StudioRefusedError,
)
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models_voice import VoiceConsent
from oeuvre.domains.creation.phrases import READ_ALOUD, phrase_draw
from oeuvre.domains.creation.ports import Consents, VoiceCheck, VoiceChecker
from oeuvre.domains.creation.services.offers import require_eligible
from oeuvre.domains.creation.services.switch import model_disable
from oeuvre.domains.creation.states import OPEN_CONSENTS, VOICE_CONSENT, ConsentKind, ConsentState, ModelState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio import services as portfolio_services
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.files import sniffing, sounds
from oeuvre.kit.files.naming import MB, in_words
from oeuvre.kit.locks import lock_names
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.creation.models import CreationModel

PHRASE_TIME = timedelta(minutes=3)
"""Enough to find the microphone and read seven words; not enough to have somebody else's voice made to read them with care."""
PHRASES_AN_HOUR = 6
LEAST_SOURCE, MOST_SOURCE = 10, 300
"""Characters in which the source of a synthetic voice is named."""
LONGEST = 60
"""Seconds of a reading."""
LARGEST = 20 * MB
REFERENCES = 24
"""Recordings that a reading is held against, spread evenly over all of them: a stranger among few would not be noticed."""
COMPARED = 3
"""Recordings that an operator may hear beside a reading."""
EARLIER = 10
"""Earlier readings that a new one must not repeat."""
_TAKEN = (sniffing.WAV, sniffing.FLAC, sniffing.MP3)


def statement_of(model: CreationModel) -> str:
    """What a person agrees to, in the words that are shown, signed and kept."""
    return _(
        "I am %(name)s. The recordings that “%(model)s” learns from are recordings of my own voice. I agree that "
        "%(site)s makes a model of my voice from them, that buyers license speech made with it, and that each file "
        "says so. I can take this back at any time; the model is switched off then."
    ) % {"name": model.owner, "model": model.name, "site": settings.SITE_NAME}


def consent_begin(*, actor: Actor, model_id: UUID, language: str) -> VoiceConsent:
    """Draw a phrase to read, good for three minutes and one reading. One that is still open is given up.

    Raises NotEligibleError, PlanMissingError, ModelNotFoundError, ConsentNotNeededError, ConsentMissingError (there are
    no recordings yet to compare with), PhrasesUsedUpError.
    """
    require_eligible(actor=actor)
    model = own_model(actor=actor, model_id=model_id)
    if not MODALITIES[model.modality].needs_consent:
        raise ConsentNotNeededError(_("This model learns from no voice; it needs no reading."))
    if language not in {spoken.code for spoken in READ_ALOUD}:
        raise ReadingRefusedError(_("There are no phrases in this language. Choose another that you speak."))
    if not portfolio.trainable_works(actor=actor, owner_id=actor.person_id, modality=model.modality):
        raise ConsentMissingError(
            _("Bring your recordings first: what you read now is compared with them."), model=model
        )
    now = timezone.now()
    with transaction.atomic():
        lock_names([f"voice-consents:{model.pk}"])
        recent = VoiceConsent.objects.filter(model=model, created_at__gt=now - timedelta(hours=1)).count()
        if recent >= PHRASES_AN_HOUR:
            raise PhrasesUsedUpError(
                _("That were %(count)d phrases within an hour. Wait a while, then ask for another.")
                % {"count": PHRASES_AN_HOUR}
            )
        _make_way(actor, model)
        consent = VoiceConsent.objects.create(
            model=model,
            language=language,
            phrase=phrase_draw(language),
            statement=statement_of(model),
            expires_at=now + PHRASE_TIME,
        )
        audit.record(actor=actor, code="voice_consent.begun", subject=consent, language=language)
    return consent


def _make_way(actor: Actor, model: CreationModel) -> None:
    """Give up a phrase that is still open. Raises PhraseExpiredError while something is being looked at."""
    for open_one in VoiceConsent.objects.filter(model=model, status=ConsentState.SHOWN):
        VOICE_CONSENT.transition(open_one, ConsentState.EXPIRED, actor=actor)
    if VoiceConsent.objects.filter(model=model, status__in=[ConsentState.CHECKING, ConsentState.TO_REVIEW]).exists():
        raise PhraseExpiredError(_("What you handed in last is still being looked at. Wait for the answer."))


def declaration_of(model: CreationModel, source: str) -> str:
    """What a person declares of recordings that are nobody's voice, in the words that are shown, signed and kept."""
    return _(
        "I am %(name)s. The recordings that “%(model)s” learns from are synthetic: they are of no living person and are "
        "not meant to be taken for one. They were made from: %(source)s. I have the right to make a voice from them and "
        "to license it, and %(site)s says “synthetic voice” wherever it is offered and in each file."
    ) % {"name": model.owner, "model": model.name, "site": settings.SITE_NAME, "source": source}


def consent_declare(*, actor: Actor, model_id: UUID, source: str) -> VoiceConsent:
    """Declare, in place of a reading, that the recordings there are now are of no living person, and name their
    ``source``; an operator listens and decides.

    Raises NotEligibleError, PlanMissingError, ModelNotFoundError, ConsentNotNeededError, ConsentMissingError (there are
    no recordings yet), SourceMissingError, PhraseExpiredError while something is being looked at.
    """
    require_eligible(actor=actor)
    model = own_model(actor=actor, model_id=model_id)
    if not MODALITIES[model.modality].needs_consent:
        raise ConsentNotNeededError(_("This model learns from no voice; it needs no declaration."))
    source = " ".join(source.replace("\x00", "").split()).rstrip(".")
    if not LEAST_SOURCE <= len(source) <= MOST_SOURCE:
        raise SourceMissingError(
            _(
                "Name what the recordings were made from in %(least)d to %(most)d characters: the voices, their maker, the licence."
            )
            % {"least": LEAST_SOURCE, "most": MOST_SOURCE}
        )
    works = portfolio.trainable_works(actor=actor, owner_id=actor.person_id, modality=model.modality)
    if not works:
        raise ConsentMissingError(_("Bring the recordings first: the declaration is made of them."), model=model)
    now = timezone.now()
    with transaction.atomic():
        lock_names([f"voice-consents:{model.pk}"])
        _make_way(actor, model)
        consent = VoiceConsent.objects.create(
            model=model,
            kind=ConsentKind.SYNTHETIC,
            statement=declaration_of(model, source),
            source=source,
            covers=sorted(work.sha256 for work in works),
            status=ConsentState.TO_REVIEW,
            expires_at=now,
            given_at=now,
        )
        audit.record(actor=actor, code="voice_consent.declared", subject=consent, recordings=len(works))
    return consent


def consent_send(*, actor: Actor, consent_id: UUID, data: bytes) -> VoiceConsent:
    """Hand in the reading of a phrase; a worker checks it.

    Raises ConsentNotFoundError, ReadingRefusedError, PhraseExpiredError.
    """
    consent = consent_own(actor=actor, consent_id=consent_id)
    media_type = _taken(data)
    with accounts.blobs_sealing(owner_id=consent.model_id, owner_type=KEY_OWNER) as seal:
        key = seal(data, consent.context)
        with transaction.atomic():
            locked = VoiceConsent.objects.select_for_update(of=("self",)).get(pk=consent.pk)
            if locked.status != ConsentState.SHOWN or locked.expires_at < timezone.now():
                raise PhraseExpiredError(
                    _("This phrase was shown too long ago, or was read already. Ask for a new one."), consent=locked
                )
            sent = VOICE_CONSENT.transition(
                locked,
                ConsentState.CHECKING,
                actor=actor,
                recording_key=key,
                media_type=media_type,
                sha256=hashlib.sha256(data).hexdigest(),
                given_at=timezone.now(),
            )
            defer("creation.voice_consent_check", consent_id=str(consent.pk))
    return sent


def _taken(data: bytes) -> str:
    """The media type of a reading. Raises ReadingRefusedError for what is none."""
    if len(data) > LARGEST:
        raise ReadingRefusedError(
            _("A reading may be %(limit)s; this is more. Send only the phrase.") % {"limit": in_words(LARGEST)}
        )
    media_type = sniffing.format_of(data)
    if media_type not in _TAKEN:
        raise ReadingRefusedError(_("This is no recording that can be read here. Send a WAV, FLAC or MP3 file."))
    try:
        sounds.sound_inspect(data, media_type, longest=LONGEST)
    except sounds.SoundTooLongError:
        raise ReadingRefusedError(
            _("It is longer than %(limit)d seconds. Send only the phrase.") % {"limit": LONGEST}
        ) from None
    except (sounds.SoundUnreadableError, sounds.SoundMislabelledError):
        raise ReadingRefusedError(_("The recording is damaged. Record it again.")) from None
    return media_type


def consent_check(*, consent_id: UUID) -> VoiceConsent:
    """What the worker does; safe to repeat. What cannot be checked by machine goes to an operator.

    Raises StudioUnavailableError; the task is tried again then.
    """
    system = Actor.system()
    consent = VoiceConsent.objects.select_related("model").get(pk=consent_id)
    if consent.status != ConsentState.CHECKING or consent.model.status == ModelState.DELETED:
        return consent
    try:
        found = port("voice_checker", VoiceChecker).check(
            recording=_open(consent),
            phrase=consent.phrase,
            language=consent.language,
            references=_references(consent.model),
            earlier=_earlier(consent),
        )
    except StudioRefusedError as error:
        found = VoiceCheck(passed=False, scores={}, reasons=(error.message,))
        target = ConsentState.TO_REVIEW
    else:
        target = ConsentState.PASSED if found.passed else ConsentState.FAILED
    with transaction.atomic():
        consent = VoiceConsent.objects.select_for_update(of=("self",)).select_related("model__owner").get(pk=consent_id)
        if consent.status != ConsentState.CHECKING:
            return consent
        consent.scores = found.scores
        record = _signed(consent, judged_by="check") if target == ConsentState.PASSED else {}
        return VOICE_CONSENT.transition(
            consent, target, actor=system, scores=found.scores, reasons=list(found.reasons), record=record
        )


def _references(model: CreationModel) -> list[bytes]:
    system = Actor.system()
    works = portfolio.trainable_works(actor=system, owner_id=model.owner_id, modality=model.modality)
    every = -(-len(works) // REFERENCES) or 1
    return [portfolio_services.work_kept(actor=system, work_id=work.pk) for work in works[::every]]


def _earlier(consent: VoiceConsent) -> list[bytes]:
    rows = VoiceConsent.objects.filter(model__owner_id=consent.model.owner_id).exclude(recording_key="")
    rows = rows.exclude(model__status=ModelState.DELETED).exclude(pk=consent.pk)
    return [_open(row) for row in rows.order_by("-created_at")[:EARLIER]]


def _signed(consent: VoiceConsent, *, judged_by: str) -> dict[str, object]:
    """The record that goes into manifests: what was agreed to or declared, when, and what was measured."""
    checks = {name: _plain(value) for name, value in consent.scores.items() if isinstance(value, (int, float, str))}
    told: dict[str, float | str | bool] = {"judged_by": judged_by}
    if consent.is_declaration:
        told |= {"source": consent.source, "recordings": float(len(consent.covers))}
        told["recordings_sha256"] = hashlib.sha256("\n".join(sorted(consent.covers)).encode()).hexdigest()
    else:
        told |= {"phrase": consent.phrase, "language": consent.language, "recording_sha256": consent.sha256}
    given_at = consent.given_at or timezone.now()
    return port("consents", Consents).sign(
        kind=consent.kind, statement=consent.statement, given_at=given_at, checks={**checks, **told}
    )


def _plain(value: float | str | bool) -> float | str | bool:
    """A number as it is after it was written down and read again: what is signed must not change on the way."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def consent_review_ask(*, actor: Actor, consent_id: UUID) -> VoiceConsent:
    """Have an operator listen to a reading that did not pass. Raises ConsentNotFoundError, IllegalTransitionError,
    PhraseExpiredError where a newer reading is open."""
    consent = consent_own(actor=actor, consent_id=consent_id)
    with transaction.atomic():
        lock_names([f"voice-consents:{consent.model_id}"])
        if VoiceConsent.objects.filter(model_id=consent.model_id, status__in=OPEN_CONSENTS).exists():
            raise PhraseExpiredError(_("There is a newer phrase or reading of yours. Finish that one first."))
        return VOICE_CONSENT.transition(consent, ConsentState.TO_REVIEW, actor=actor)


def consent_decide(*, actor: Actor, consent_id: UUID, accept: bool, reason: str) -> VoiceConsent:
    """An operator's word on a reading, with the reason. Raises PermissionDeniedError, ConsentNotFoundError,
    ReasonMissingError, IllegalTransitionError."""
    actor.require(Role.OPERATOR)
    reason = reason.strip()[:1000]
    if not reason:
        raise ReasonMissingError(_("Say why: the freelancer reads it."))
    with transaction.atomic():
        consent = (
            VoiceConsent.objects.select_for_update(of=("self",))
            .select_related("model__owner")
            .exclude(model__status=ModelState.DELETED)
            .filter(pk=consent_id)
            .first()
        )
        if consent is None:
            raise ConsentNotFoundError(_("There is no such reading."))
        record = _signed(consent, judged_by="operator") if accept else {}
        return VOICE_CONSENT.transition(
            consent,
            ConsentState.ACCEPTED if accept else ConsentState.REJECTED,
            actor=actor,
            decided_by_id=actor.person_id,
            decided_at=timezone.now(),
            decision=reason,
            record=record,
        )


def consent_withdraw(*, actor: Actor, consent_id: UUID) -> VoiceConsent:
    """Take consent or a declaration back: a model on sale is switched off, and nothing is trained or sold until it is given
    anew.

    Raises ConsentNotFoundError, IllegalTransitionError.
    """
    with transaction.atomic():
        consent = consent_own(actor=actor, consent_id=consent_id)
        model = own_model(actor=actor, model_id=consent.model_id, lock=True)
        consent = VOICE_CONSENT.transition(consent, ConsentState.WITHDRAWN, actor=actor)
        if model.status == ModelState.PUBLISHED and consent_held(model=model) is None:
            model_disable(actor=actor, model_id=model.pk)
    return consent


def consent_recording(*, actor: Actor, consent_id: UUID) -> tuple[bytes, str]:
    """A reading with its media type: for whoever read it, and for an operator while it is theirs to decide. That an
    operator listened is recorded.

    Raises ConsentNotFoundError, KeyDestroyedError.
    """
    consent = VoiceConsent.objects.filter(pk=consent_id).select_related("model").exclude(recording_key="").first()
    if consent is None or consent.model.status == ModelState.DELETED:
        raise ConsentNotFoundError(_("There is no such reading."))
    if consent.model.owner_id != actor.user_id:
        if not actor.is_operator or consent.status != ConsentState.TO_REVIEW:
            raise ConsentNotFoundError(_("There is no such reading."))
        audit.record(actor=actor, code="voice_consent.listened", subject=consent)
    return _open(consent), consent.media_type


def consent_compared(*, actor: Actor, consent_id: UUID, number: int) -> tuple[bytes, str]:
    """One of the recordings that a reading is compared with, ``number`` 1 to `COMPARED`, as a light copy with its media
    type: for an operator while the reading is theirs to decide. That they listened is recorded.

    Raises PermissionDeniedError, ConsentNotFoundError.
    """
    actor.require(Role.OPERATOR)
    rows = VoiceConsent.objects.select_related("model").exclude(model__status=ModelState.DELETED)
    consent = rows.filter(pk=consent_id, status=ConsentState.TO_REVIEW).first()
    if consent is None or not 1 <= number <= COMPARED:
        raise ConsentNotFoundError(_("There is no such recording."))
    system, model = Actor.system(), consent.model
    works = portfolio.trainable_works(actor=system, owner_id=model.owner_id, modality=model.modality)
    if consent.is_declaration:
        works = [work for work in works if work.sha256 in consent.covers]
    if not works:
        raise ConsentNotFoundError(_("There is no such recording."))
    work = works[(number - 1) * len(works) // COMPARED]
    audit.record(actor=actor, code="voice_consent.compared", subject=consent, work=str(work.pk))
    return portfolio_services.work_kept(actor=system, work_id=work.pk), sniffing.MP3


def _open(consent: VoiceConsent) -> bytes:
    return accounts.blob_open(
        owner_id=consent.model_id, owner_type=KEY_OWNER, key=consent.recording_key, context=consent.context
    )
