"""What can go wrong with the guide, with briefs and with offers."""

from __future__ import annotations

from typing import Any

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError, PermissionDeniedError


class NeedInvalidError(DomainError):
    """What the guide was told is empty or too long."""

    code = "need_invalid"
    status = 422


class GuideAnswerError(DomainError):
    """An answer that its question does not have; context ``question``."""

    code = "guide_answer_invalid"
    status = 422


class GuideUnavailableError(DomainError):
    """No category is on show, so there is nothing to propose."""

    code = "guide_unavailable"
    status = 503


class BriefNotFoundError(NotFoundError):
    """There is none, or the actor may not know that there is."""

    code = "brief_not_found"


class BriefFileNotFoundError(NotFoundError):
    """There is none, or the actor may not know that there is."""

    code = "brief_file_not_found"


class BriefContentError(DomainError):
    """Something in a brief is missing or will not do; context ``field`` names it."""

    code = "brief_content_invalid"
    status = 422

    def __init__(self, message: str, *, field: str, **context: Any) -> None:
        super().__init__(message, field=field, **context)
        self.field = field


class BriefChangedError(ConflictError):
    """Somebody saved the brief after this copy of it was opened; context ``brief`` as it is stored."""

    code = "brief_changed"


class BriefNotOpenError(ConflictError):
    """The brief takes no offers, changes or invitations (any more)."""

    code = "brief_not_open"
    status = 410


class TooManyBriefsError(ConflictError):
    code = "too_many_briefs"


class BriefFullError(ConflictError):
    """A brief has as many offers as it takes."""

    code = "brief_full"


class BriefTakenError(ConflictError):
    """Another offer on the brief was accepted; context ``offer_id``."""

    code = "brief_taken"


class InvitationError(DomainError):
    """Nobody is chosen, or somebody who cannot be invited; context ``freelancer_id``."""

    code = "invitation_invalid"
    status = 422


class InvitationNotFoundError(NotFoundError):
    code = "invitation_not_found"


class TooManyInvitationsError(ConflictError):
    code = "too_many_invitations"


class OwnBriefError(PermissionDeniedError):
    """A buyer cannot answer their own brief."""

    code = "own_brief"


class OfferNotAllowedError(PermissionDeniedError):
    """The two of them do not write to each other: one has blocked the other."""

    code = "offer_not_allowed"


class OfferNotFoundError(NotFoundError):
    """There is none, or the actor is neither who made it nor who received it."""

    code = "offer_not_found"


class OfferContentError(DomainError):
    """Something in an offer is missing or will not do; context ``field`` names it."""

    code = "offer_content_invalid"
    status = 422

    def __init__(self, message: str, *, field: str, **context: Any) -> None:
        super().__init__(message, field=field, **context)
        self.field = field


class OfferOpenError(ConflictError):
    """The freelancer has an open offer on this brief, or in this conversation; context ``offer``."""

    code = "offer_open"


class OfferNotOpenError(ConflictError):
    """The offer waits for no answer (any more); context ``state``."""

    code = "offer_not_open"
    status = 410


class TooManyOffersError(ConflictError):
    code = "too_many_offers"
