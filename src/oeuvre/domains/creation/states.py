"""The life cycles of creation models and everything made with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import (
        CreationModel,
        EditRequest,
        EligibilityApplication,
        Generation,
        Licence,
        ModelVersion,
        TopicRefusal,
        TrainingRun,
    )
    from oeuvre.domains.creation.models_voice import VoiceConsent
    from oeuvre.domains.creation.models_wording import LicenceWording


class ApplicationState(TextChoices):
    SUBMITTED = "submitted"
    """Waits for an operator."""
    APPROVED = "approved"
    REFUSED = "refused"
    """With reasons, and a date from which the freelancer may apply again."""


class ModelState(TextChoices):
    DRAFT = "draft"
    """Only its owner sees it."""
    PUBLISHED = "published"
    """Anybody may try and license it."""
    DISABLED = "disabled"
    """Switched off by its owner: no request works, generations are closed to everybody else."""
    DELETED = "deleted"
    """Its data key is destroyed."""


class RunState(TextChoices):
    QUEUED = "queued"
    PREPARING = "preparing"
    TRAINING = "training"
    EVALUATING = "evaluating"
    READY = "ready"
    """Made a version that passed the gate."""
    REJECTED = "rejected"
    """Trained, but failed the gate; the report says where."""
    FAILED = "failed"
    CANCELLED = "cancelled"


class VersionState(TextChoices):
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    """The freelancer read the report and wants it used; at most one a model is current."""
    DECLINED = "declined"
    RETIRED = "retired"
    """Was approved and is replaced by a later one; what it generated stays valid."""


class GenerationState(TextChoices):
    QUEUED = "queued"
    WRITING = "writing"
    READY = "ready"
    """Complete and sealed; a preview is shown."""
    STOPPED = "stopped"
    """The model was switched off, or the buyer left, while it was written."""
    FAILED = "failed"


class LicenceState(TextChoices):
    AWAITING_PAYMENT = "awaiting_payment"
    PREPARING = "preparing"
    """Paid; files are being rendered and signed."""
    ACTIVE = "active"
    UNPAID = "unpaid"
    """The payment failed or was given up."""
    REVOKED = "revoked"
    """Charged back or refunded."""


class EditState(TextChoices):
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class RefusalState(TextChoices):
    REFUSED = "refused"
    APPEALED = "appealed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    """The freelancer allows this prompt after all."""


class ConsentKind(TextChoices):
    """What a consent to a model of a voice stands on; manifests call it so."""

    VOICE = "voice"
    """The person whose voice it is read a phrase aloud."""
    SYNTHETIC = "synthetic"
    """The recordings are of no living person: their maker says so and names the source, and an operator listened."""


class ConsentState(TextChoices):
    """Of a person's consent to a model of their voice, or of the declaration that stands in its place."""

    SHOWN = "shown"
    """A phrase is shown and waits to be read."""
    CHECKING = "checking"
    """The reading is held against the recordings."""
    PASSED = "passed"
    FAILED = "failed"
    """The check found something else than this voice reading this phrase now; the reasons say what."""
    TO_REVIEW = "to_review"
    """An operator listens and decides. A declaration begins here."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """The phrase was not read in time."""
    WITHDRAWN = "withdrawn"


class WordingState(TextChoices):
    """Of a licensed design that its buyer sets in other words."""

    QUEUED = "queued"
    READY = "ready"
    FAILED = "failed"
    """The words do not fit, or the studio did not answer; the former files stay."""


APPLICATION: StateMachine[EligibilityApplication] = StateMachine(
    "application",
    {
        ApplicationState.SUBMITTED: frozenset({ApplicationState.APPROVED, ApplicationState.REFUSED}),
        ApplicationState.APPROVED: frozenset({ApplicationState.REFUSED}),  # an operator may withdraw an approval
        ApplicationState.REFUSED: frozenset(),
    },
)

MODEL: StateMachine[CreationModel] = StateMachine(
    "model",
    {
        ModelState.DRAFT: frozenset({ModelState.PUBLISHED, ModelState.DELETED}),
        ModelState.PUBLISHED: frozenset({ModelState.DISABLED, ModelState.DELETED}),
        ModelState.DISABLED: frozenset({ModelState.PUBLISHED, ModelState.DELETED}),
        ModelState.DELETED: frozenset(),
    },
)

_ENDED_EARLY = frozenset({RunState.FAILED, RunState.CANCELLED})
RUN: StateMachine[TrainingRun] = StateMachine(
    "training_run",
    {
        RunState.QUEUED: frozenset({RunState.PREPARING}) | _ENDED_EARLY,
        RunState.PREPARING: frozenset({RunState.TRAINING}) | _ENDED_EARLY,
        RunState.TRAINING: frozenset({RunState.EVALUATING}) | _ENDED_EARLY,
        RunState.EVALUATING: frozenset({RunState.READY, RunState.REJECTED}) | _ENDED_EARLY,
        RunState.READY: frozenset(),
        RunState.REJECTED: frozenset(),
        RunState.FAILED: frozenset({RunState.QUEUED}),  # tried again from its last checkpoint
        RunState.CANCELLED: frozenset(),
    },
)

VERSION: StateMachine[ModelVersion] = StateMachine(
    "version",
    {
        VersionState.AWAITING_APPROVAL: frozenset({VersionState.APPROVED, VersionState.DECLINED}),
        VersionState.APPROVED: frozenset({VersionState.RETIRED}),
        VersionState.DECLINED: frozenset({VersionState.APPROVED}),
        VersionState.RETIRED: frozenset({VersionState.APPROVED}),
    },
)

GENERATION: StateMachine[Generation] = StateMachine(
    "generation",
    {
        GenerationState.QUEUED: frozenset({GenerationState.WRITING, GenerationState.STOPPED, GenerationState.FAILED}),
        GenerationState.WRITING: frozenset({GenerationState.READY, GenerationState.STOPPED, GenerationState.FAILED}),
        GenerationState.READY: frozenset(),
        GenerationState.STOPPED: frozenset(),
        GenerationState.FAILED: frozenset(),
    },
)

LICENCE: StateMachine[Licence] = StateMachine(
    "licence",
    {
        LicenceState.AWAITING_PAYMENT: frozenset({LicenceState.PREPARING, LicenceState.UNPAID}),
        LicenceState.PREPARING: frozenset({LicenceState.ACTIVE, LicenceState.REVOKED}),
        LicenceState.ACTIVE: frozenset({LicenceState.REVOKED}),
        LicenceState.UNPAID: frozenset(),
        LicenceState.REVOKED: frozenset(),
    },
)

EDIT: StateMachine[EditRequest] = StateMachine(
    "edit",
    {
        EditState.REQUESTED: frozenset({EditState.ACCEPTED, EditState.DECLINED, EditState.WITHDRAWN}),
        EditState.ACCEPTED: frozenset(),
        EditState.DECLINED: frozenset(),
        EditState.WITHDRAWN: frozenset(),
    },
)

REFUSAL: StateMachine[TopicRefusal] = StateMachine(
    "refusal",
    {
        RefusalState.REFUSED: frozenset({RefusalState.APPEALED}),
        RefusalState.APPEALED: frozenset({RefusalState.UPHELD, RefusalState.OVERTURNED}),
        RefusalState.UPHELD: frozenset(),
        RefusalState.OVERTURNED: frozenset(),
    },
)

VOICE_CONSENT: StateMachine[VoiceConsent] = StateMachine(
    "voice_consent",
    {
        ConsentState.SHOWN: frozenset({ConsentState.CHECKING, ConsentState.EXPIRED}),
        ConsentState.CHECKING: frozenset({ConsentState.PASSED, ConsentState.FAILED, ConsentState.TO_REVIEW}),
        ConsentState.FAILED: frozenset({ConsentState.TO_REVIEW}),
        ConsentState.TO_REVIEW: frozenset({ConsentState.ACCEPTED, ConsentState.REJECTED, ConsentState.WITHDRAWN}),
        ConsentState.PASSED: frozenset({ConsentState.WITHDRAWN}),
        ConsentState.ACCEPTED: frozenset({ConsentState.WITHDRAWN}),
        ConsentState.REJECTED: frozenset(),
        ConsentState.EXPIRED: frozenset(),
        ConsentState.WITHDRAWN: frozenset(),
    },
)

CONSENTED = (ConsentState.PASSED, ConsentState.ACCEPTED)
"""States in which a consent holds."""

OPEN_CONSENTS = (ConsentState.SHOWN, ConsentState.CHECKING, ConsentState.TO_REVIEW)
"""States in which something is still to come of a reading: a model has one such at most."""

TRAINING_STATES = (RunState.QUEUED, RunState.PREPARING, RunState.TRAINING, RunState.EVALUATING)
"""States in which a run is still under way."""

WORDING: StateMachine[LicenceWording] = StateMachine(
    "wording",
    {
        WordingState.QUEUED: frozenset({WordingState.READY, WordingState.FAILED}),
        WordingState.READY: frozenset(),
        WordingState.FAILED: frozenset(),
    },
)
