"""What can go wrong with search."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError


class SearchQueryInvalidError(DomainError):
    """A parameter of a search cannot be read; context ``field`` names it."""

    code = "search_query_invalid"
    status = 422


class DocumentInvalidError(DomainError):
    """What was pushed into the index lacks something or is too long; context ``field`` names it."""

    code = "search_document_invalid"
    status = 422


class DocumentNotFoundError(NotFoundError):
    """The index holds no such gig, model or freelancer."""

    code = "search_document_not_found"


class SavedSearchNotFoundError(NotFoundError):
    """There is none, or it is somebody else's."""

    code = "saved_search_not_found"


class SavedSearchInvalidError(DomainError):
    """Its name is missing or too long, or it asks for nothing; context ``field`` names what."""

    code = "saved_search_invalid"
    status = 422


class SavedSearchLimitError(ConflictError):
    """The person keeps as many as one person may."""

    code = "saved_search_limit"


class UnsubscribeInvalidError(DomainError):
    """The link of a mail was cut off or changed."""

    code = "unsubscribe_invalid"
    status = 422


class EmbeddingsUnavailableError(DomainError):
    """Whoever embeds texts does not answer. Search goes on by words alone."""

    code = "embeddings_unavailable"
    status = 503
