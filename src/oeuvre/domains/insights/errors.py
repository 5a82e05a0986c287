"""What can go wrong with insights."""

from oeuvre.kit.errors import DomainError


class InsightsUnsubscribeInvalidError(DomainError):
    """A link that ends the weekly mail, and is not whole."""

    code = "insights_unsubscribe_invalid"
    status = 422
