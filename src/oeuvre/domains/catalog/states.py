"""The life cycles of gigs and their versions, and the fixed words of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.catalog.models import Gig, GigVersion


class CategoryKind(TextChoices):
    """What a group of categories is about; its leaves share it."""

    AI = "ai", _("AI service")
    TRADE = "trade", _("Creative trade")


class AttributeType(TextChoices):
    CHOICE = "choice", _("One of a list")
    CHOICES = "choices", _("Several of a list")
    NUMBER = "number", _("Number")
    BOOLEAN = "boolean", _("Yes or no")


class Way(TextChoices):
    """How a use case is best met: what a non-expert has to choose between."""

    GENERATION = "generation", _("Buy a generation from a creation model")
    HUMAN = "human", _("Hire a person")
    BLEND = "blend", _("A draft by a model, edited by hand")
    PROMPT = "prompt", _("Have prompts written")
    FINE_TUNE = "fine_tune", _("Train a model on your own material")
    APPLICATION = "application", _("Have something built")
    DATA = "data", _("Work on data")
    ADVICE = "advice", _("Advice or teaching")


class AiPolicy(TextChoices):
    """How much of a delivery may be made by a model. A delivery that breaks it is refused."""

    NONE = "none", _("No AI")
    ASSISTED = "assisted", _("AI-assisted")
    GENERATED = "generated", _("AI-generated")


class PackageKey(TextChoices):
    BASIC = "basic", _("Basic")
    STANDARD = "standard", _("Standard")
    PREMIUM = "premium", _("Premium")


class QuestionKind(TextChoices):
    """What a buyer answers a requirement with."""

    TEXT = "text", _("Text")
    CHOICE = "choice", _("One of a list")
    FILE = "file", _("File")
    NUMBER = "number", _("Number")


class SampleLabel(TextChoices):
    HUMAN = "human", _("Made by a person")
    GENERATED = "generated", _("Made with a model")


class SampleSource(TextChoices):
    """Where a sample comes from. Works and generations are confirmed by the domain that keeps them."""

    IMAGE = "image", _("Uploaded image")
    TEXT = "text", _("Text")
    """What ``excerpt`` holds, and nothing else."""
    WORK = "work", _("Work")
    GENERATION = "generation", _("Generation")


class EvidenceKind(TextChoices):
    """What can show that somebody has a skill."""

    WORK = "work", _("Work")
    ORDER = "order", _("Completed order")
    PROGRAMME = "programme", _("Programme")


class ReviewRule(TextChoices):
    """Which versions wait for an operator (setting GIG_REVIEW)."""

    FIRST = "first"
    """A freelancer's versions until one was published, and every change of category."""
    EVERY = "every"
    NONE = "none"


class WaitReason(TextChoices):
    """Why a version waits for an operator."""

    FIRST = "first", _("First gig")
    """Nothing of this freelancer's was published yet."""
    CATEGORY = "category", _("Change of category")
    EVERY = "every", _("Every version")
    """The installation looks at each."""


class ReviewSection(TextChoices):
    """The parts of a gig that an operator can send back with a word about each; the names of its content's fields."""

    TITLE = "title", _("Title")
    SUMMARY = "summary", _("Summary")
    DESCRIPTION = "description", _("Description")
    CATEGORY = "category", _("Category")
    ATTRIBUTES = "attributes", _("Attributes and rights")
    LANGUAGES = "languages", _("Languages")
    AI_POLICY = "ai_policy", _("Use of AI")
    PACKAGES = "packages", _("Packages")
    EXTRAS = "extras", _("Extras")
    REQUIREMENTS = "requirements", _("Questions to the buyer")
    CRITERIA = "criteria", _("What every delivery must meet")
    FAQ = "faq", _("Answered questions")
    SAMPLES = "samples", _("Samples")


class GigState(TextChoices):
    DRAFT = "draft", _("Draft")
    """Was never published; only its owner sees it."""
    IN_REVIEW = "in_review", _("In review")
    """Its first version waits for an operator."""
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")
    """Taken off by its owner: not found any more, not to be ordered; the page says so."""
    REMOVED = "removed", _("Removed")
    """Taken off by an operator, with a reason."""
    CLOSED = "closed", _("Closed")


class VersionState(TextChoices):
    DRAFT = "draft", _("Draft")
    """The one version that can be edited."""
    IN_REVIEW = "in_review", _("In review")
    RETURNED = "returned", _("Returned")
    """An operator sent it back, with reasons; the next draft begins as a copy of it."""
    PUBLISHED = "published", _("Published")
    """What buyers see; at most one a gig."""
    SUPERSEDED = "superseded", _("Superseded")
    """Was published; orders that were made on it keep it."""


GIG: StateMachine[Gig] = StateMachine(
    "gig",
    {
        GigState.DRAFT: frozenset({GigState.IN_REVIEW, GigState.CLOSED}),
        GigState.IN_REVIEW: frozenset({GigState.LIVE, GigState.DRAFT, GigState.CLOSED}),
        GigState.LIVE: frozenset({GigState.PAUSED, GigState.REMOVED, GigState.CLOSED}),
        GigState.PAUSED: frozenset({GigState.LIVE, GigState.REMOVED, GigState.CLOSED}),
        GigState.REMOVED: frozenset({GigState.CLOSED}),
        GigState.CLOSED: frozenset(),
    },
)

GIG_VERSION: StateMachine[GigVersion] = StateMachine(
    "gig_version",
    {
        VersionState.DRAFT: frozenset({VersionState.IN_REVIEW}),
        # back to draft: its owner took it back, or the gig was closed or removed before anybody decided
        VersionState.IN_REVIEW: frozenset({VersionState.PUBLISHED, VersionState.RETURNED, VersionState.DRAFT}),
        VersionState.RETURNED: frozenset(),
        VersionState.PUBLISHED: frozenset({VersionState.SUPERSEDED}),
        VersionState.SUPERSEDED: frozenset(),
    },
)

ON_SHOW = (GigState.LIVE, GigState.PAUSED)
"""States in which everybody may open a gig's page."""
OVER = (GigState.REMOVED, GigState.CLOSED)
"""States in which nothing about a gig can be changed."""
OPEN_VERSION = (VersionState.DRAFT, VersionState.IN_REVIEW)
"""States of which a gig has at most one version."""
