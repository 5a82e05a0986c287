"""Consent to a model of a voice: a phrase, its reading, what is found, who decides, what it opens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from oeuvre.domains.accounts import errors as account_errors
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.creation import consenting, errors, selectors, services
from oeuvre.domains.creation.models_voice import VoiceConsent
from oeuvre.domains.creation.papers import claim_of
from oeuvre.domains.creation.phrases import READ_ALOUD, language_usual, phrase_draw
from oeuvre.domains.creation.ports import VoiceCheck
from oeuvre.domains.creation.services import voice_consents
from oeuvre.domains.creation.services.account import account_files
from oeuvre.domains.creation.states import ConsentState, RunState
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.states import IllegalTransitionError
from oeuvre_studio.protocol import Consent, parse, verify_consent, voice_source
from tests.domains.voice_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.voice_fixtures import published, recordings
from tests.support.sounds import recording
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from pathlib import Path

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel
    from tests.support.fake_studio import FakeTrainer
    from tests.support.fake_voice import FakeVoiceChecker

pytestmark = pytest.mark.django_db
READING = recording(900, 2.5)
NOT_THIS_VOICE = VoiceCheck(passed=False, scores={"likeness_b_lowest": 0.4}, reasons=("The voice is another one.",))


def _begun(model: CreationModel) -> VoiceConsent:
    return services.consent_begin(actor=model.owner.actor, model_id=model.pk, language="en-us")


def _sent(model: CreationModel, data: bytes = READING) -> VoiceConsent:
    return services.consent_send(actor=model.owner.actor, consent_id=_begun(model).pk, data=data)


def _checked(model: CreationModel, data: bytes = READING) -> VoiceConsent:
    return services.consent_check(consent_id=_sent(model, data).pk)


def _codes(consent: VoiceConsent) -> list[str]:
    rows = AuditRecord.objects.filter(object_id=str(consent.pk)).order_by("at", "pk")
    return list(rows.values_list("code", flat=True))


def test_phrase_draw__never_shows_a_word_twice_nor_a_phrase_again() -> None:
    for spoken in READ_ALOUD:
        drawn = [phrase_draw(spoken.code).split() for _ in range(20)]
        assert {len(set(words)) for words in drawn} == {7}
        assert len({tuple(words) for words in drawn}) == 20


@pytest.mark.parametrize(
    ("languages", "usual"), [(["pt", "pt-BR", "en"], "pt-br"), (["", "fr"], "fr"), ([], "en-us"), (["ja"], "en-us")]
)
def test_language_usual__is_that_of_most_works(languages: list[str], usual: str) -> None:
    assert language_usual(languages) == usual


def test_consent_begin__shows_a_phrase_for_minutes(voice_model: CreationModel) -> None:
    consent = _begun(voice_model)
    assert consent.status == ConsentState.SHOWN
    assert len(consent.phrase.split()) == 7
    assert timedelta(0) < consent.expires_at - timezone.now() <= voice_consents.PHRASE_TIME
    assert voice_model.name in consent.statement
    assert _codes(consent) == ["voice_consent.begun"]


def test_consent_begin__gives_up_the_phrase_before(voice_model: CreationModel) -> None:
    first, second = _begun(voice_model), _begun(voice_model)
    first.refresh_from_db()
    assert (first.status, second.status) == (ConsentState.EXPIRED, ConsentState.SHOWN)


def test_consent_begin__stops_after_six_phrases_an_hour(voice_model: CreationModel) -> None:
    for _ in range(voice_consents.PHRASES_AN_HOUR):
        _begun(voice_model)
    with pytest.raises(errors.PhrasesUsedUpError):
        _begun(voice_model)
    VoiceConsent.objects.update(created_at=timezone.now() - timedelta(hours=1, minutes=1))
    assert _begun(voice_model).status == ConsentState.SHOWN


def test_consent_begin__refuses_other_people_models_and_languages(
    voice_model: CreationModel, other_freelancer: User, vetted: User
) -> None:
    notes = services.model_create(actor=vetted.actor, name="Notes")
    with pytest.raises(errors.NotEligibleError):
        services.consent_begin(actor=other_freelancer.actor, model_id=voice_model.pk, language="en-us")
    with pytest.raises(errors.ReadingRefusedError):
        services.consent_begin(actor=vetted.actor, model_id=voice_model.pk, language="es")
    with pytest.raises(errors.ConsentNotNeededError):
        services.consent_begin(actor=vetted.actor, model_id=notes.pk, language="en-us")


def test_consent_begin__wants_recordings_to_compare_with(vetted: User) -> None:
    empty = services.model_create(actor=vetted.actor, name="No recordings", modality="voice")
    with pytest.raises(errors.ConsentMissingError, match="Bring your recordings first"):
        _begun(empty)


def test_consent_send__seals_the_reading_and_has_it_checked(
    voice_model: CreationModel, checker: FakeVoiceChecker, blob_folder: Path
) -> None:
    consent = _sent(voice_model)
    assert (consent.status, consent.media_type) == (ConsentState.CHECKING, "audio/wav")
    assert not [path for path in blob_folder.rglob("*") if path.is_file() and READING[200:600] in path.read_bytes()]
    run_tasks()
    consent.refresh_from_db()
    assert consent.status == ConsentState.PASSED
    (asked,) = checker.asked
    assert (asked["recording"], asked["phrase"], asked["language"]) == (READING, consent.phrase, "en-us")
    assert len(asked["references"]) == 2
    assert asked["earlier"] == []
    assert _codes(consent) == ["voice_consent.begun", "voice_consent.checking", "voice_consent.passed"]


def test_consent_send__takes_each_phrase_once_and_in_time(voice_model: CreationModel) -> None:
    consent = _sent(voice_model)
    with pytest.raises(errors.PhraseExpiredError):
        services.consent_send(actor=voice_model.owner.actor, consent_id=consent.pk, data=READING)
    services.consent_check(consent_id=consent.pk)
    late = _begun(voice_model)
    VoiceConsent.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(errors.PhraseExpiredError):
        services.consent_send(actor=voice_model.owner.actor, consent_id=late.pk, data=READING)


def test_consent_send__leaves_no_recording_behind_that_was_not_taken(
    voice_model: CreationModel, blob_folder: Path
) -> None:
    late = _begun(voice_model)
    VoiceConsent.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    before = len([path for path in blob_folder.rglob("*") if path.is_file()])
    with pytest.raises(errors.PhraseExpiredError):
        services.consent_send(actor=voice_model.owner.actor, consent_id=late.pk, data=READING)
    assert len([path for path in blob_folder.rglob("*") if path.is_file()]) == before


@pytest.mark.parametrize("data", [b"", b"hello there", b"RIFF\x10\x00\x00\x00WAVEfmt " + bytes(40)])
def test_consent_send__refuses_what_is_no_recording(voice_model: CreationModel, data: bytes) -> None:
    consent = _begun(voice_model)
    with pytest.raises(errors.ReadingRefusedError):
        services.consent_send(actor=voice_model.owner.actor, consent_id=consent.pk, data=data)
    consent.refresh_from_db()
    assert consent.status == ConsentState.SHOWN, "the phrase can still be read"


def test_consent_send__is_for_the_owner_alone(voice_model: CreationModel, other_freelancer: User) -> None:
    consent = _begun(voice_model)
    with pytest.raises(errors.ConsentNotFoundError):
        services.consent_send(actor=other_freelancer.actor, consent_id=consent.pk, data=READING)


def test_consent_check__signs_what_was_found(voice_model: CreationModel) -> None:
    consent = _checked(voice_model)
    signed = parse(Consent, consent.record)
    verify_consent(signed)
    assert (signed.kind, signed.statement) == ("voice", consent.statement)
    assert signed.checks["likeness_b_lowest"] == 0.86
    assert signed.checks["phrase"] == consent.phrase
    assert signed.checks["recording_sha256"] == consent.sha256
    assert signed.checks["judged_by"] == "check"


def test_consent_check__holds_a_reading_against_those_before(
    voice_model: CreationModel, checker: FakeVoiceChecker
) -> None:
    checker.answer = NOT_THIS_VOICE
    _checked(voice_model)
    again = recording(901, 2.5)
    _checked(voice_model, again)
    assert checker.asked[1]["earlier"] == [READING]


def test_consent_check__says_why_a_reading_did_not_pass(voice_model: CreationModel, checker: FakeVoiceChecker) -> None:
    checker.answer = NOT_THIS_VOICE
    consent = _checked(voice_model)
    assert (consent.status, consent.reasons) == (ConsentState.FAILED, ["The voice is another one."])
    assert consent.record == {}
    assert consenting.consent_held(model=voice_model) is None


def test_consent_check__gives_an_operator_what_no_machine_can_check(
    voice_model: CreationModel, checker: FakeVoiceChecker
) -> None:
    checker.failures = [errors.StudioRefusedError("There is no speech detector here.")]
    consent = _checked(voice_model)
    assert (consent.status, consent.reasons) == (ConsentState.TO_REVIEW, ["There is no speech detector here."])


def test_consent_check__waits_for_a_studio_that_is_away(voice_model: CreationModel, checker: FakeVoiceChecker) -> None:
    checker.failures = [errors.StudioUnavailableError("Nobody answers.")]
    consent = _sent(voice_model)
    with pytest.raises(errors.StudioUnavailableError):
        services.consent_check(consent_id=consent.pk)
    assert services.consent_check(consent_id=consent.pk).status == ConsentState.PASSED
    assert services.consent_check(consent_id=consent.pk).status == ConsentState.PASSED
    assert len(checker.asked) == 2, "a reading that was checked is not checked again"


def test_consent_decide__lets_an_operator_accept_or_reject(
    voice_model: CreationModel, checker: FakeVoiceChecker, operator: User
) -> None:
    checker.answer = NOT_THIS_VOICE
    for accept, state in ((False, ConsentState.REJECTED), (True, ConsentState.ACCEPTED)):
        consent = _checked(voice_model)
        services.consent_review_ask(actor=voice_model.owner.actor, consent_id=consent.pk)
        decided = services.consent_decide(
            actor=operator.actor, consent_id=consent.pk, accept=accept, reason="It was a cold, I called."
        )
        assert (decided.status, decided.decided_by) == (state, operator)
    signed = parse(Consent, decided.record)
    verify_consent(signed)
    assert signed.checks["judged_by"] == "operator"
    assert consenting.consent_held(model=voice_model) == decided


def test_consent_decide__wants_a_reason_and_an_operator(
    voice_model: CreationModel, checker: FakeVoiceChecker, operator: User
) -> None:
    checker.answer = NOT_THIS_VOICE
    consent = _checked(voice_model)
    with pytest.raises(IllegalTransitionError):
        services.consent_decide(actor=operator.actor, consent_id=consent.pk, accept=True, reason="Not asked for.")
    services.consent_review_ask(actor=voice_model.owner.actor, consent_id=consent.pk)
    with pytest.raises(errors.ReasonMissingError):
        services.consent_decide(actor=operator.actor, consent_id=consent.pk, accept=True, reason=" ")
    with pytest.raises(PermissionDeniedError):
        services.consent_decide(actor=voice_model.owner.actor, consent_id=consent.pk, accept=True, reason="Mine.")


def test_consent_recording__is_for_its_reader_and_for_an_operator_who_decides(
    voice_model: CreationModel, checker: FakeVoiceChecker, operator: User, other_freelancer: User
) -> None:
    checker.answer = NOT_THIS_VOICE
    consent = _checked(voice_model)
    assert services.consent_recording(actor=voice_model.owner.actor, consent_id=consent.pk) == (READING, "audio/wav")
    for stranger in (operator, other_freelancer):
        with pytest.raises(errors.ConsentNotFoundError):
            services.consent_recording(actor=stranger.actor, consent_id=consent.pk)
    services.consent_review_ask(actor=voice_model.owner.actor, consent_id=consent.pk)
    assert services.consent_recording(actor=operator.actor, consent_id=consent.pk)[0] == READING
    assert "voice_consent.listened" in _codes(consent)


def test_training_start__wants_consent_to_a_voice(voice_model: CreationModel) -> None:
    with pytest.raises(errors.ConsentMissingError):
        services.training_start(actor=voice_model.owner.actor, model_id=voice_model.pk)


def test_training_execute__hands_the_signed_consent_to_the_trainer(
    voice_model: CreationModel, trainer: FakeTrainer
) -> None:
    consent = _checked(voice_model)
    run = services.training_start(actor=voice_model.owner.actor, model_id=voice_model.pk)
    services.training_execute(run_id=run.pk)
    assert trainer.consents == [consent.record]


def test_training_execute__stops_when_consent_was_taken_back(voice_model: CreationModel) -> None:
    consent = _checked(voice_model)
    run = services.training_start(actor=voice_model.owner.actor, model_id=voice_model.pk)
    services.consent_withdraw(actor=voice_model.owner.actor, consent_id=consent.pk)
    run = services.training_execute(run_id=run.pk)
    assert (run.status, run.error_code) == (RunState.FAILED, "consent_missing")


def test_publishing_gaps__names_a_missing_consent(voice_model: CreationModel) -> None:
    assert any("phrase" in gap for gap in selectors.publishing_gaps(model=voice_model))
    _checked(voice_model)
    assert not any("phrase" in gap for gap in selectors.publishing_gaps(model=voice_model))


def test_consent_withdraw__switches_a_model_on_sale_off(voice_model: CreationModel) -> None:
    consent = _checked(voice_model)
    type(voice_model).objects.filter(pk=voice_model.pk).update(status="published")
    services.consent_withdraw(actor=voice_model.owner.actor, consent_id=consent.pk)
    voice_model.refresh_from_db()
    assert voice_model.status == "disabled"
    assert consenting.is_consent_missing(model=voice_model)


def test_model_delete__destroys_the_recording_of_consent(voice_model: CreationModel, blob_folder: Path) -> None:
    consent = _checked(voice_model)
    key = consent.recording_key
    services.model_delete(actor=voice_model.owner.actor, model_id=voice_model.pk)
    run_tasks()
    consent.refresh_from_db()
    assert (consent.recording_key, consent.status) == ("", ConsentState.PASSED)
    assert not [path for path in blob_folder.rglob("*") if path.name == key.rpartition("/")[2]]
    with pytest.raises(errors.ConsentNotFoundError):
        services.consent_recording(actor=voice_model.owner.actor, consent_id=consent.pk)


def test_model_delete__makes_the_recording_unreadable_even_from_a_backup(voice_model: CreationModel) -> None:
    consent = _checked(voice_model)
    services.model_delete(actor=voice_model.owner.actor, model_id=voice_model.pk)
    with pytest.raises(account_errors.KeyDestroyedError):
        voice_consents._open(consent)


def test_account_files__hold_the_readings(voice_model: CreationModel) -> None:
    consent = _checked(voice_model)
    files = dict(account_files(voice_model.owner.actor))
    assert files[f"models/quiet-morning/consents/{consent.pk}.wav"] == READING
    assert consent.phrase.encode() in files["models/quiet-morning/consents.json"]


SOURCE = "a blend of the stock voices bf_emma and pf_dora of Kokoro-82M (Apache-2.0)"


def _declared(model: CreationModel) -> VoiceConsent:
    return services.consent_declare(actor=model.owner.actor, model_id=model.pk, source=SOURCE)


def _confirmed(model: CreationModel, operator: User) -> VoiceConsent:
    return services.consent_decide(
        actor=operator.actor, consent_id=_declared(model).pk, accept=True, reason="The stock voices; I compared them."
    )


class TestDeclaration:
    """A voice that is nobody's: said by its maker, confirmed by an operator, in place of a reading."""

    def test_consent_declare__waits_for_an_operator_and_reads_nothing_aloud(
        self, voice_model: CreationModel, checker: FakeVoiceChecker, operator: User
    ) -> None:
        consent = _declared(voice_model)
        run_tasks()
        assert (consent.status, consent.kind, consent.phrase) == (ConsentState.TO_REVIEW, "synthetic", "")
        assert "of no living person" in consent.statement
        assert f"They were made from: {SOURCE}." in consent.statement
        assert consent.covers == sorted(voice_model.owner.works.values_list("sha256", flat=True))
        assert checker.asked == []
        assert _codes(consent) == ["voice_consent.declared"]
        assert list(consenting.consents_on_desk(actor=operator.actor)) == [consent]

    def test_consent_decide__signs_what_was_declared(self, voice_model: CreationModel, operator: User) -> None:
        consent = _confirmed(voice_model, operator)
        signed = parse(Consent, consent.record)
        verify_consent(signed)
        assert (signed.kind, signed.statement) == ("synthetic", consent.statement)
        assert signed.checks["source"] == SOURCE
        assert (signed.checks["judged_by"], signed.checks["recordings"]) == ("operator", 2.0)
        assert voice_source([signed]) == SOURCE
        assert not {"phrase", "recording_sha256"} & signed.checks.keys()

    def test_training__goes_on_the_declaration_and_everything_says_so(
        self, voice_model: CreationModel, operator: User, buyer: User, trainer: FakeTrainer
    ) -> None:
        consent = _confirmed(voice_model, operator)
        model = published(voice_model)
        assert trainer.consents == [consent.record]
        assert model.current_version is not None
        assert consenting.synthetic_source(model.current_version) == SOURCE
        piece = services.generation_write(
            generation_id=services.generation_request(actor=buyer.actor, model_id=model.pk, prompt="Good morning.").pk
        )
        assert claim_of(piece).voice_source == SOURCE

    def test_training_start__leaves_no_recording_in_that_came_later(
        self, voice_model: CreationModel, operator: User
    ) -> None:
        _confirmed(voice_model, operator)
        recordings(voice_model.owner, count=1, first=2)
        with pytest.raises(errors.ConsentMissingError, match="1 recording came after you declared"):
            services.training_start(actor=voice_model.owner.actor, model_id=voice_model.pk)
        _confirmed(voice_model, operator)
        assert services.training_start(actor=voice_model.owner.actor, model_id=voice_model.pk).status == RunState.QUEUED

    def test_consent_withdraw__takes_back_a_declaration_before_and_after_the_decision(
        self, voice_model: CreationModel, operator: User
    ) -> None:
        actor = voice_model.owner.actor
        early = services.consent_withdraw(actor=actor, consent_id=_declared(voice_model).pk)
        late = services.consent_withdraw(actor=actor, consent_id=_confirmed(voice_model, operator).pk)
        assert early.status == late.status == ConsentState.WITHDRAWN
        with pytest.raises(errors.ConsentMissingError):
            services.training_start(actor=actor, model_id=voice_model.pk)

    @pytest.mark.parametrize("source", ["", "  stock.  ", "x" * 301])
    def test_consent_declare__wants_the_source_named(self, voice_model: CreationModel, source: str) -> None:
        with pytest.raises(errors.SourceMissingError, match="10 to 300 characters"):
            services.consent_declare(actor=voice_model.owner.actor, model_id=voice_model.pk, source=source)

    def test_consent_declare__gives_up_a_phrase_and_waits_for_what_is_looked_at(
        self, voice_model: CreationModel
    ) -> None:
        shown = _begun(voice_model)
        _declared(voice_model)
        shown.refresh_from_db()
        assert shown.status == ConsentState.EXPIRED
        with pytest.raises(errors.PhraseExpiredError):
            _declared(voice_model)
        with pytest.raises(errors.PhraseExpiredError):
            _begun(voice_model)

    def test_consent_declare__is_for_owners_of_models_of_voices_with_recordings(
        self, voice_model: CreationModel, other_freelancer: User, vetted: User
    ) -> None:
        notes = services.model_create(actor=vetted.actor, name="Notes")
        with pytest.raises(errors.NotEligibleError):
            services.consent_declare(actor=other_freelancer.actor, model_id=voice_model.pk, source=SOURCE)
        with pytest.raises(errors.ConsentNotNeededError):
            services.consent_declare(actor=vetted.actor, model_id=notes.pk, source=SOURCE)
        for work in list(vetted.works.all()):
            portfolio.work_remove(actor=vetted.actor, work_id=work.pk)
        with pytest.raises(errors.ConsentMissingError, match="Bring the recordings first"):
            _declared(voice_model)

    def test_consent_compared__plays_an_operator_what_was_declared_only(
        self, voice_model: CreationModel, operator: User
    ) -> None:
        consent = _declared(voice_model)
        first, _ = services.consent_compared(actor=operator.actor, consent_id=consent.pk, number=1)
        VoiceConsent.objects.filter(pk=consent.pk).update(covers=[])
        assert first
        with pytest.raises(errors.ConsentNotFoundError):
            services.consent_compared(actor=operator.actor, consent_id=consent.pk, number=1)
