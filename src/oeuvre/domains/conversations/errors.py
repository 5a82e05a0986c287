"""What can go wrong with conversations."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError


class ConversationNotFoundError(NotFoundError):
    """There is none, or the actor is not one of its two people."""

    code = "conversation_not_found"


class FreelancerNotFoundError(NotFoundError):
    """Nobody of this id can be written to as a freelancer."""

    code = "freelancer_not_found"


class OwnConversationError(DomainError):
    """A person wants to write to themselves."""

    code = "own_conversation"
    status = 422


class MessageInvalidError(DomainError):
    """Empty, or too long."""

    code = "message_invalid"
    status = 422


class RecipientGoneError(ConflictError):
    """The other person has no account any more."""

    code = "recipient_gone"


class MessageIdTakenError(ConflictError):
    """The id that a form brought along names another message."""

    code = "message_id_taken"
