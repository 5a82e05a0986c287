"""What can go wrong with demand."""

from oeuvre.kit.errors import DomainError


class DemandInvalidError(DomainError):
    """An event that cannot be counted: an unknown kind, an amount or a time below zero."""

    code = "demand_invalid"
    status = 422
