"""What can go wrong with orders."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError, PermissionDeniedError


class OrderNotFoundError(NotFoundError):
    code = "order_not_found"


class OrderInvalidError(DomainError):
    """What was agreed cannot be an order: a price, a time, a milestone or a criterion; context ``field`` names it."""

    code = "order_invalid"
    status = 422


class OrderIdTakenError(ConflictError):
    """A form's id names another order."""

    code = "order_id_taken"


class AlreadyOrderedError(ConflictError):
    """There is an open order for this already; context ``order``."""

    code = "already_ordered"


class NotOrderableError(ConflictError):
    """The gig takes no orders now, or reads otherwise than when it was looked at; or the offer is used up; context
    ``reason``."""

    code = "not_orderable"


class OwnOrderError(DomainError):
    """Nobody orders from themselves."""

    code = "own_order"
    status = 422


class PriceChangedError(ConflictError):
    """It costs something else than the buyer was shown; context ``total`` is what it costs now."""

    code = "order_price_changed"


class NotYourPartError(PermissionDeniedError):
    """The other side of the order does this."""

    code = "not_your_part"


class OrderStateError(ConflictError):
    """The order is not at the point where this can be done."""

    code = "order_state"


class RequirementsMissingError(DomainError):
    """Questions are left unanswered, or answers do not fit; context ``fields`` names them with what is needed."""

    code = "requirements_missing"
    status = 422


class FileNotFoundInOrderError(NotFoundError):
    code = "order_file_not_found"


class FileClosedError(PermissionDeniedError):
    """The money for this work went back to its buyer, who may not fetch it any more."""

    code = "order_file_closed"


class TooManyFilesError(DomainError):
    """A delivery holds no more files, or no more bytes."""

    code = "too_many_files"
    status = 422


class DeliveryNotFoundError(NotFoundError):
    code = "delivery_not_found"


class DeliveryRefusedError(DomainError):
    """A delivery did not meet what software can check; context ``findings`` says what was found and what is needed.

    Nothing of it is lost: the draft keeps its files and its note.
    """

    code = "delivery_refused"
    status = 422


class RevisionInvalidError(DomainError):
    """A request for a revision that does not say what to change."""

    code = "revision_invalid"
    status = 422


class RevisionsUsedUpError(ConflictError):
    """The order's revisions are used up; more are an extra."""

    code = "revisions_used_up"


class ChangeNotFoundError(NotFoundError):
    code = "order_change_not_found"


class ChangeInvalidError(DomainError):
    """A proposal that cannot be one; context ``field`` names what is wrong."""

    code = "order_change_invalid"
    status = 422


class ChangeOpenError(ConflictError):
    """A proposal of this kind waits for an answer already; context ``change``."""

    code = "order_change_open"


class NotLateError(ConflictError):
    """Only an order that is late by the time that the site sets can be cancelled for it; context ``from`` says when."""

    code = "order_not_late"


class QuestionInvalidError(DomainError):
    code = "question_invalid"
    status = 422


class QuestionNotFoundError(NotFoundError):
    code = "question_not_found"


class ConsentNotFoundError(NotFoundError):
    """Nobody has asked for this consent."""

    code = "training_consent_not_found"


class NothingToDisputeError(ConflictError):
    """All of the order's money is paid out or given back."""

    code = "nothing_to_dispute"


class OrderRefundNotFoundError(NotFoundError):
    code = "order_refund_not_found"


class OutsideNoteError(DomainError):
    """A refund is to be closed as paid, and nobody says how."""

    code = "outside_note_missing"
    status = 422


class SettlementInvalidError(DomainError):
    """More is to be given back than is held; context ``held``."""

    code = "settlement_invalid"
    status = 422


class CriterionNotFoundError(NotFoundError):
    code = "criterion_not_found"
