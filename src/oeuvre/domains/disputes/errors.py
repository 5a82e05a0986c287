"""What can go wrong with disputes."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError, PermissionDeniedError


class DisputeNotFoundError(NotFoundError):
    code = "dispute_not_found"


class DisputeReasonError(DomainError):
    """This side cannot dispute for this reason, or not where the order stands; context ``reasons`` are those it can."""

    code = "dispute_reason"
    status = 422


class DisputeInvalidError(DomainError):
    """Words, an amount or a day that cannot be; context ``field`` names it."""

    code = "dispute_invalid"
    status = 422


class DisputeOpenError(ConflictError):
    """There is an open dispute about this order already; context ``dispute``."""

    code = "dispute_open"


class TooManyDisputesError(ConflictError):
    """This side has disputed this order as often as the rules allow; an operator helps."""

    code = "too_many_disputes"


class DisputeStateError(ConflictError):
    """The dispute is not at the point where this can be done."""

    code = "dispute_state"


class NotYourTurnError(PermissionDeniedError):
    """The other side does this."""

    code = "not_your_turn"


class OutcomeInvalidError(DomainError):
    """What is proposed or decided cannot be carried out: more than is held, a day that has passed, nothing to redeliver.

    Context ``field`` names it, ``held`` says how much there is.
    """

    code = "outcome_invalid"
    status = 422


class ProposalNotFoundError(NotFoundError):
    code = "dispute_proposal_not_found"


class OwnDisputeError(PermissionDeniedError):
    """An operator does not decide what they are part of, or decided before where another one can."""

    code = "own_dispute"


class AppealUsedUpError(ConflictError):
    """A decision is appealed once."""

    code = "dispute_appeal_used_up"


class BundleNotFoundError(NotFoundError):
    """There is no such bundle of evidence, or its time is over."""

    code = "evidence_not_found"


class DisputeRulesError(DomainError):
    """The file of reasons cannot be used; the message names the place."""

    code = "dispute_rules_invalid"
    status = 500
