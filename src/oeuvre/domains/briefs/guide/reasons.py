"""Why something is proposed: the evidence as plain values, and as sentences in the present language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _


class ReasonKind(StrEnum):
    """What kind of evidence speaks for a proposal."""

    MENTION = "mention"
    """A name or an alias of the category occurs."""
    RULE = "rule"
    """A rule applies; ``detail`` is what it says."""
    ANSWER = "answer"
    """An answer to a question; ``detail`` is the question."""
    LIKE = "like"
    """An example is near in meaning."""
    WORDS = "words"
    """Words that are used for it more than for anything else."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence. ``words`` quotes the buyer, or the example."""

    kind: ReasonKind
    words: str
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The reason in plain words."""
        said = {"words": self.words, "detail": self.detail}
        match self.kind:
            case ReasonKind.MENTION:
                return _("You mention “%(words)s”.") % said
            case ReasonKind.RULE:
                return _("You write “%(words)s”: %(detail)s.") % said
            case ReasonKind.ANSWER:
                return _("You answered “%(words)s” to “%(detail)s”") % said
            case ReasonKind.LIKE:
                return _("This resembles the example “%(words)s”") % said
            case ReasonKind.WORDS:
                return _("These words are used for it more than for other things: %(words)s.") % said
