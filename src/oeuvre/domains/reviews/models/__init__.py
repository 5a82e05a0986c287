"""Tables of reviews."""

from oeuvre.domains.reviews.models.levels import Demotion, FreelancerLevel, LevelChange
from oeuvre.domains.reviews.models.reputation import ImportedReputation, Installation
from oeuvre.domains.reviews.models.reviews import Review, ReviewAnswer, ReviewReport, ReviewWindow

__all__ = [
    "Demotion",
    "FreelancerLevel",
    "ImportedReputation",
    "Installation",
    "LevelChange",
    "Review",
    "ReviewAnswer",
    "ReviewReport",
    "ReviewWindow",
]
