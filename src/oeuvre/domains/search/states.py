"""What is searched, how results are ordered, and when somebody wants to hear of new ones."""

from __future__ import annotations

from django.db.models import TextChoices


class Kind(TextChoices):
    GIG = "gig"
    MODEL = "model"
    """A freelancer's creation model."""
    FREELANCER = "freelancer"


class Sort(TextChoices):
    BEST = "best"
    """By relevance and the documented signals; without words, by the signals alone."""
    PRICE = "price"
    """Cheapest first; what has no price comes last."""
    DELIVERY = "delivery"
    """Quickest first; what has no time comes last."""
    RATING = "rating"
    """By the Bayesian average of reviews."""
    NEWEST = "newest"


class Notify(TextChoices):
    DAILY = "daily"
    """One mail a day, if there is something new."""
    NEVER = "never"


class AiPolicy(TextChoices):
    """What a gig says of the use of AI in its work."""

    NONE = "none"
    ASSISTED = "assisted"
    GENERATED = "generated"
