"""What can go wrong with the ledger."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError


class UnbalancedPostingError(DomainError):
    """The entries of a posting do not sum to zero in every currency: a bug in the caller, never a person's mistake."""

    code = "posting_unbalanced"
    status = 500


class InvalidEntryError(DomainError):
    """An entry of zero, of another currency than its account, or an account without the owner that it needs."""

    code = "entry_invalid"
    status = 500


class InsufficientFundsError(ConflictError):
    """A posting would take more out of an account than there is in it."""

    code = "insufficient_funds"


class IdempotencyKeyReusedError(ConflictError):
    """The key names an earlier posting that says something else."""

    code = "idempotency_key_reused"


class AlreadyReversedError(ConflictError):
    code = "posting_already_reversed"


class PostingNotFoundError(NotFoundError):
    code = "posting_not_found"


class AccountNotFoundError(NotFoundError):
    """The account is somebody else's."""

    code = "account_not_found"
