"""The life cycles of works and of suspected duplicates, and the grounds on which a work may be trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.portfolio.models import DuplicateMatch, Work


class Modality(TextChoices):
    """What a work, and a creation model, is made of. Which of them an installation takes stand in ``modalities.table``."""

    TEXT = "text", _("Text")
    VOICE = "voice", _("Voice")
    IMAGE = "image", _("Image")


USUAL = Modality.TEXT
"""What a work or a model is made of where nobody says otherwise."""


class Rights(TextChoices):
    """On what ground a work may be trained on."""

    OWN = "own", _("My own, all rights are mine")
    OWN_RESERVED = "own_reserved", _("My own, and its note against training is mine")
    """Its file reserves it from training, and whoever reserved it is the freelancer: others may not, their models may."""
    CLIENT_CONSENTED = "client_consented", _("Made for somebody who agreed")
    """Needs evidence: who agreed, when, and where that is written."""
    LICENSED = "licensed", _("Licensed to me")
    """Needs the licence's terms."""
    NOT_FOR_TRAINING = "not_for_training", _("Not for training")


class WorkState(TextChoices):
    STORED = "stored", _("Stored")
    """Encrypted and kept, not compared yet; lasts for one transaction."""
    IN_REVIEW = "in_review", _("In review")
    """It resembles somebody else's work; an operator decides."""
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    """An operator found it to be a copy."""
    REMOVED = "removed", _("Removed")
    """Taken out by its owner; the content is gone, hashes and title stay for the manifests that name it."""


class MatchState(TextChoices):
    OPEN = "open", _("Waits for an operator")
    SAME_AUTHOR_OK = "same_author_ok", _("Same author")
    NOT_A_COPY = "not_a_copy", _("Not a copy")
    COPY = "copy", _("The newer work is a copy")
    OTHER_IS_COPY = "other_is_copy", _("The older work is the copy")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    """The work was removed or refused before anybody decided this match."""


class MatchKind(TextChoices):
    EXACT = "exact", _("The same")
    NEAR = "near", _("Similar")


WORK: StateMachine[Work] = StateMachine(
    "work",
    {
        WorkState.STORED: frozenset({WorkState.IN_REVIEW, WorkState.ACCEPTED}),
        WorkState.IN_REVIEW: frozenset({WorkState.ACCEPTED, WorkState.REFUSED, WorkState.REMOVED}),
        WorkState.ACCEPTED: frozenset({WorkState.REFUSED, WorkState.REMOVED}),  # refused: the other one was first
        WorkState.REFUSED: frozenset({WorkState.REMOVED}),
        WorkState.REMOVED: frozenset(),
    },
)

DECISIONS = frozenset({MatchState.SAME_AUTHOR_OK, MatchState.NOT_A_COPY, MatchState.COPY, MatchState.OTHER_IS_COPY})
"""What an operator may decide of a match."""

MATCH: StateMachine[DuplicateMatch] = StateMachine(
    "duplicate_match",
    {
        MatchState.OPEN: DECISIONS | {MatchState.WITHDRAWN},
        MatchState.SAME_AUTHOR_OK: frozenset(),
        MatchState.NOT_A_COPY: frozenset(),
        MatchState.COPY: frozenset(),
        MatchState.OTHER_IS_COPY: frozenset(),
        MatchState.WITHDRAWN: frozenset(),
    },
)

LIVE = (WorkState.STORED, WorkState.IN_REVIEW, WorkState.ACCEPTED)
"""States in which a work is compared with newcomers."""
