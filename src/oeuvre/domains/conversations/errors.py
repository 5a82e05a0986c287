"""What can go wrong with conversations."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError, PermissionDeniedError


class ConversationNotFoundError(NotFoundError):
    """There is none, or the actor is not one of its two people."""

    code = "conversation_not_found"


class FreelancerNotFoundError(NotFoundError):
    """Nobody of this id can be written to as a freelancer."""

    code = "freelancer_not_found"


class AttachmentNotFoundError(NotFoundError):
    """There is none, it is somebody else's, or it went with its author's account."""

    code = "attachment_not_found"


class TemplateNotFoundError(NotFoundError):
    code = "template_not_found"


class ReportNotFoundError(NotFoundError):
    code = "report_not_found"


class OwnConversationError(DomainError):
    """A person wants to write to themselves."""

    code = "own_conversation"
    status = 422


class MessageInvalidError(DomainError):
    """Empty, or too long."""

    code = "message_invalid"
    status = 422


class AttachmentsInvalidError(DomainError):
    """Too many files, or too much in them, or one of them may not be sent; context ``field`` is ``attachments``."""

    code = "attachments_invalid"
    status = 422


class TemplateInvalidError(DomainError):
    """A template without title or words, with a placeholder that does not exist, or one too many."""

    code = "template_invalid"
    status = 422


class PreferencesInvalidError(DomainError):
    code = "preferences_invalid"
    status = 422


class ReportInvalidError(DomainError):
    """Nothing chosen, too much chosen, or no such reason or decision."""

    code = "report_invalid"
    status = 422


class RecipientGoneError(ConflictError):
    """The other person has no account any more."""

    code = "recipient_gone"


class MessageIdTakenError(ConflictError):
    """The id that a form brought along names another message."""

    code = "message_id_taken"


class BlockedError(PermissionDeniedError):
    """One of the two blocked the other; context ``by_self`` says whether it was the actor."""

    code = "blocked"


class OwnReportError(PermissionDeniedError):
    """An operator may not decide a report that they are part of."""

    code = "own_report"
