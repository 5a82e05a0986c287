"""What can go wrong in the catalogue. ``GigContentError`` is the family of everything wrong with a gig's content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError, SetupError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.catalog.schema import Problem

# The tree


class CatalogueFilesError(SetupError):
    """The catalogue's files cannot be used. ``problems`` names, for each, the file, the place in it and what to do."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(["The catalogue's files cannot be used:", *(f"  {line}" for line in self.problems)]))


class EntryNotFoundError(NotFoundError):
    """There is no such category, attribute, option, use case or skill, or it is hidden."""

    code = "catalogue_entry_not_found"


class EntryInvalidError(DomainError):
    """A value that an operator gave does not do; context ``field`` names it."""

    code = "catalogue_entry_invalid"
    status = 422


class EntryNotInFilesError(ConflictError):
    """The catalogue's files do not have the entry: an operator added it, or they lost it since."""

    code = "catalogue_entry_not_in_files"


class KeyTakenError(ConflictError):
    code = "catalogue_key_taken"


class OrderIncompleteError(ConflictError):
    """The list to be ordered is not the list that is there; somebody changed it meanwhile."""

    code = "catalogue_order_incomplete"


# Gigs


class GigNotFoundError(NotFoundError):
    code = "gig_not_found"


class GigVersionNotFoundError(NotFoundError):
    code = "gig_version_not_found"


class TooManyGigsError(ConflictError):
    code = "too_many_gigs"


class GigOverError(ConflictError):
    """The gig was closed or removed; nothing about it can be changed."""

    code = "gig_over"


class DraftMissingError(ConflictError):
    """There is no draft to save, submit or discard."""

    code = "gig_draft_missing"


class DraftChangedError(ConflictError):
    """Somebody saved the draft after this copy of it was opened; nothing of either is lost.

    Context: ``version`` as it is stored, ``given`` (the content that was refused) and ``differences`` between them.
    """

    code = "gig_draft_changed"


class DraftNeededError(ConflictError):
    """A gig that was never published has nothing but its draft; it can be closed, not emptied."""

    code = "gig_draft_needed"


class GigInReviewError(ConflictError):
    """A version waits for an operator; it must be taken back before it can be edited."""

    code = "gig_in_review"


class GigNotPausedError(ConflictError):
    """Only a paused gig can be brought back; one in review waits for an operator."""

    code = "gig_not_paused"


class VersionNotWaitingError(ConflictError):
    """The version was taken back, or somebody else decided, before this decision came."""

    code = "gig_version_not_waiting"


class ReasonsMissingError(DomainError):
    """Who takes something off or sends it back says why."""

    code = "gig_reasons_missing"
    status = 422


class AvailabilityError(DomainError):
    """No number of orders, or no date, that will do; context ``field`` names it."""

    code = "gig_availability_invalid"
    status = 422


class GigContentError(DomainError):
    """Something in a gig's content is wrong or missing.

    Context: ``field``, a path such as ``packages.basic.price`` or ``requirements.2.options``; ``problems``, on the
    error that a service raises, everything that is wrong, this first.
    """

    code = "gig_content_invalid"
    status = 422

    def __init__(self, message: str, *, field: str, **context: Any) -> None:
        super().__init__(message, field=field, **context)
        self.field = field


class FieldMissingError(GigContentError):
    code = "gig_field_missing"


class TextTooLongError(GigContentError):
    code = "gig_text_too_long"


class TooManyItemsError(GigContentError):
    code = "gig_too_many_items"


class CategoryInvalidError(GigContentError):
    """No leaf of the tree, or one that is hidden."""

    code = "gig_category_invalid"


class AttributeInvalidError(GigContentError):
    """The category does not ask for it, or the answer is none that it takes."""

    code = "gig_attribute_invalid"


class AttributeMissingError(GigContentError):
    code = "gig_attribute_missing"


class LanguageInvalidError(GigContentError):
    code = "gig_language_invalid"


class PackageMissingError(GigContentError):
    code = "gig_package_missing"


class PackageInvalidError(GigContentError):
    code = "gig_package_invalid"


class PackageOrderError(GigContentError):
    """A larger package costs no more than a smaller one."""

    code = "gig_packages_not_ascending"


class PriceTooLowError(GigContentError):
    code = "gig_price_too_low"


class PriceInvalidError(GigContentError):
    """Another currency than the installation's, or a price out of bounds."""

    code = "gig_price_invalid"


class DaysInvalidError(GigContentError):
    code = "gig_days_invalid"


class QuestionInvalidError(GigContentError):
    code = "gig_question_invalid"


class CriterionInvalidError(GigContentError):
    """No order could be made with this criterion."""

    code = "gig_criterion_invalid"


class SampleInvalidError(GigContentError):
    code = "gig_sample_invalid"


# Images of samples


class ImageRefusedError(DomainError):
    """No picture that can be read, or one that is too large; nothing of it was kept."""

    code = "gig_image_refused"
    status = 422


class ImageNotFoundError(NotFoundError):
    code = "gig_image_not_found"


class TooManyImagesError(ConflictError):
    code = "too_many_gig_images"


# Skills


class SkillNotHeldError(NotFoundError):
    """The freelancer's profile does not name this skill."""

    code = "skill_not_held"


class TooManySkillsError(ConflictError):
    code = "too_many_skills"


class EvidenceKindError(DomainError):
    """The skill takes no evidence of this kind, or nobody on this installation can confirm it yet."""

    code = "evidence_kind_refused"
    status = 422


class EvidenceNotFoundError(NotFoundError):
    """What was named as evidence does not exist, or is somebody else's."""

    code = "evidence_not_found"


class TooMuchEvidenceError(ConflictError):
    code = "too_much_evidence"
