"""What can go wrong with assistants."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError


class AssistantNotFoundError(NotFoundError):
    """The actor has not set one up."""

    code = "assistant_not_found"


class AnswerNotFoundError(NotFoundError):
    code = "assistant_answer_not_found"


class CaseNotFoundError(NotFoundError):
    code = "rehearsal_case_not_found"


class RunNotFoundError(NotFoundError):
    code = "rehearsal_run_not_found"


class ExchangeNotFoundError(NotFoundError):
    code = "exchange_not_found"


class SettingsInvalidError(DomainError):
    """Something in the settings cannot be; context ``field`` names the field of ``SettingsContent``."""

    code = "assistant_settings_invalid"
    status = 422


class AnswerInvalidError(DomainError):
    """An answer without a question or a reply, or too long, or one too many; context ``field``."""

    code = "assistant_answer_invalid"
    status = 422


class CaseInvalidError(DomainError):
    """A case without words, one too many, or one that must pass without saying what would be right; context ``field``."""

    code = "rehearsal_case_invalid"
    status = 422


class NotReadyError(ConflictError):
    """The assistant cannot go live yet; context ``obstacles`` says what is in the way."""

    code = "assistant_not_ready"


class RehearsalRunningError(ConflictError):
    """A rehearsal is under way; context ``run``."""

    code = "rehearsal_running"


class DraftGoneError(ConflictError):
    """The draft was sent, discarded, or overtaken by something that was written since."""

    code = "assistant_draft_gone"


class NothingToCorrectError(ConflictError):
    """Only what the assistant said can be corrected."""

    code = "nothing_to_correct"


class OfferOutsideLimitsError(ConflictError):
    """An offer that the assistant may not make: beyond the freelancer's limits, or of nothing that is on offer."""

    code = "assistant_offer_outside_limits"


class ConsentWithdrawnError(ConflictError):
    """What a reply stands on comes from a conversation to which not both people agree any more."""

    code = "consent_withdrawn"


class ChatUnavailableError(DomainError):
    """The chat model did not answer in time, or not readably. Replies go on without it."""

    code = "chat_unavailable"
    status = 503
