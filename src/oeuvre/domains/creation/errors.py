"""What can go wrong with creation models."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError, PermissionDeniedError


class ApplicationOpenError(ConflictError):
    """There is an application already, under way or approved."""

    code = "application_open"


class ReapplyTooEarlyError(ConflictError):
    """The date of the last refusal's re-application has not come."""

    code = "reapply_too_early"


class CriteriaNotMetError(DomainError):
    """The open criteria that software can check are not all met; context ``unmet`` lists them."""

    code = "criteria_not_met"
    status = 422


class ReasonMissingError(DomainError):
    code = "reason_missing"
    status = 422


class PronunciationsInvalidError(DomainError):
    """Lines of a pronunciation list cannot be used; ``lines`` in the context says of each why."""

    code = "pronunciations_invalid"
    status = 422


class SampleNotOwnError(DomainError):
    """A sample that the version did not make, but that is there to compare with."""

    code = "sample_not_own"
    status = 422


class SourceMissingError(DomainError):
    """A declaration does not name what the recordings were made from."""

    code = "source_missing"
    status = 422


class ModalityUnknownError(DomainError):
    """No module of this installation makes models of that modality."""

    code = "modality_unknown"
    status = 422


class NotEligibleError(PermissionDeniedError):
    """The freelancer was not (or is no longer) vetted for a creation model."""

    code = "not_eligible"


class PlanMissingError(PermissionDeniedError):
    """The freelancer's plan does not include a creation model."""

    code = "plan_missing"
    status = 402


class ModelNotFoundError(NotFoundError):
    code = "model_not_found"


class ModelNotPublishedError(ConflictError):
    """The model is not on offer (any more)."""

    code = "model_not_published"
    status = 410


class VersionStaleError(ModelNotPublishedError):
    """The version learned from a work whose buyer took the consent back; nothing of it is sold until it is retrained."""

    code = "version_stale"
    status = 409


class NotPublishableError(ConflictError):
    """Something is missing before the model can be offered; the message lists what."""

    code = "not_publishable"


class PriceInvalidError(DomainError):
    code = "price_invalid"
    status = 422


class PriceChangedError(ConflictError):
    """The freelancer changed the price after it was shown; context ``total`` is what it costs now."""

    code = "price_changed"


class TooFewWorksError(DomainError):
    """There is not enough to learn from; the message says how much is needed."""

    code = "too_few_works"
    status = 422


class ConsentMissingError(DomainError):
    """Nobody may train or sell a model of a voice before its person read a phrase aloud and was recognised."""

    code = "consent_missing"
    status = 422


class ConsentNotFoundError(NotFoundError):
    code = "consent_not_found"


class ConsentNotNeededError(ConflictError):
    """Models of this kind need no recorded consent."""

    code = "consent_not_needed"


class PhraseExpiredError(ConflictError):
    """The phrase was shown too long ago, or was read already."""

    code = "phrase_expired"


class PhrasesUsedUpError(DomainError):
    """Too many phrases in an hour."""

    code = "phrases_used_up"
    status = 429


class ReadingRefusedError(DomainError):
    """The recording of a phrase cannot be used; the message says why and what to do."""

    code = "reading_refused"
    status = 422


class RunUnderWayError(ConflictError):
    code = "run_under_way"


class RunNotFoundError(NotFoundError):
    code = "run_not_found"


class TrainingFailedError(DomainError):
    """The studio gave up; ``code`` of the studio and its message are in the context."""

    code = "training_failed"
    status = 500


class TrainingCancelledError(DomainError):
    code = "training_cancelled"
    status = 409


class VersionNotFoundError(NotFoundError):
    code = "version_not_found"


class VersionDamagedError(DomainError):
    """The bytes of a version are not those that were signed."""

    code = "version_damaged"
    status = 422


class WrongBaseError(DomainError):
    """The version was trained on a base model that this installation does not serve."""

    code = "wrong_base"
    status = 422


class WrongModalityError(DomainError):
    """A version that makes something else than the model that it was brought to."""

    code = "wrong_modality"
    status = 422


class StudioUnavailableError(DomainError):
    """The studio does not answer. Nothing is lost; try again in a minute."""

    code = "studio_unavailable"
    status = 503


class StudioRefusedError(DomainError):
    """The studio answered with an error."""

    code = "studio_refused"
    status = 502


class VersionNotLoadedError(StudioRefusedError):
    """The studio does not hold this version (after a restart, say); host it and ask again."""

    code = "version_not_loaded"


class PromptInvalidError(DomainError):
    code = "prompt_invalid"
    status = 422


class TopicRefusedError(DomainError):
    """The freelancer's rules exclude this topic; context ``refusal`` can be appealed."""

    code = "topic_refused"
    status = 422


class PreviewsUsedUpError(DomainError):
    """Today's free previews of this model are used up."""

    code = "previews_used_up"
    status = 429


class GenerationNotFoundError(NotFoundError):
    code = "generation_not_found"


class GenerationNotReadyError(ConflictError):
    code = "generation_not_ready"


class GenerationClosedError(DomainError):
    """The freelancer switched the model off; hosted copies are closed to everybody else."""

    code = "generation_closed"
    status = 410


class AlreadyLicensedError(ConflictError):
    """This buyer has, or is paying for, a licence of this generation; context ``licence``."""

    code = "already_licensed"


class LicenceNotFoundError(NotFoundError):
    code = "licence_not_found"


class NotPaidError(DomainError):
    """The clean file does not leave before the payment arrived."""

    code = "not_paid"
    status = 402


class EditNotFoundError(NotFoundError):
    code = "edit_not_found"


class EditInvalidError(DomainError):
    code = "edit_invalid"
    status = 422


class RefusalNotFoundError(NotFoundError):
    code = "refusal_not_found"


class ReceiptNotFoundError(NotFoundError):
    code = "receipt_not_found"


class GigModelForeignError(DomainError):
    """A gig that promises no AI cannot be offered with a model."""

    code = "gig_model_refused"
    status = 422
