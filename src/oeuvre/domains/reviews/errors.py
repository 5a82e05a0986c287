"""What can go wrong with reviews, levels and reputations."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError, PermissionDeniedError


class ReviewWindowNotFoundError(NotFoundError):
    """The order is not the actor's, or has not come to an end that is reviewed."""

    code = "review_window_not_found"


class ReviewClosedError(ConflictError):
    """The time to write is over, or both reviews are visible; neither changes any more."""

    code = "review_closed"


class ReviewPausedError(ConflictError):
    """A dispute about the order is open; reviews wait for its end."""

    code = "review_paused"


class ReviewInvalidError(DomainError):
    """A score or a text that cannot be; context ``field`` names it."""

    code = "review_invalid"
    status = 422


class ReviewNotFoundError(NotFoundError):
    code = "review_not_found"


class AlreadyAnsweredError(ConflictError):
    """A review is answered once; context ``answer``."""

    code = "review_answered"


class NotYourReviewError(PermissionDeniedError):
    """Only the person whom a review is about answers it."""

    code = "not_your_review"


class ReportInvalidError(DomainError):
    """A report or a decision that cannot be one; context ``field`` names what is wrong."""

    code = "review_report_invalid"
    status = 422


class ReportNotFoundError(NotFoundError):
    code = "review_report_not_found"


class OwnReportError(PermissionDeniedError):
    """An operator who is part of the order, or who reported it, does not decide."""

    code = "own_review_report"


class TooManyReportsError(ConflictError):
    code = "too_many_review_reports"


class NoDemotionError(NotFoundError):
    """No lower level is announced, or the announcement came to its end."""

    code = "no_demotion"


class AppealInvalidError(DomainError):
    code = "level_appeal_invalid"
    status = 422


class AppealUsedUpError(ConflictError):
    """An announcement is appealed once."""

    code = "level_appeal_used_up"


class LevelRulesError(DomainError):
    """The file of levels cannot be used; the message names the place."""

    code = "level_rules_invalid"
    status = 500


class WhatIfInvalidError(DomainError):
    """Numbers that nobody can reach; context ``field`` names one."""

    code = "what_if_invalid"
    status = 422


class ReputationInvalidError(DomainError):
    """Not a statement about a reputation, or one that was changed; context ``problem`` is a stable word."""

    code = "reputation_invalid"
    status = 422


class NothingToExportError(ConflictError):
    """No completed order and no visible review yet."""

    code = "nothing_to_export"


class RecipientInvalidError(DomainError):
    """The address that a reputation is made out to is none, or is another person's."""

    code = "recipient_invalid"
    status = 422


class InstallationRefusedError(PermissionDeniedError):
    """The operator does not take statements of this installation; context ``reasons``."""

    code = "installation_refused"


class InstallationNotFoundError(NotFoundError):
    code = "installation_not_found"


class ImportNotFoundError(NotFoundError):
    code = "reputation_import_not_found"
