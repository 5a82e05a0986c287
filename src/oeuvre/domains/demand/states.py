"""What kinds of demand are counted."""

from __future__ import annotations

from django.db.models import TextChoices


class DemandKind(TextChoices):
    SEARCH = "search"
    """Somebody searched, or looked through a category."""
    BRIEF = "brief"
    """A brief was published or sent."""
    VIEW = "view"
    """Somebody looked at a gig or a model."""
    OFFER = "offer"
    """A freelancer made an offer."""
    HIRE = "hire"
    """An order began."""
    COMPLETED = "completed"
    """An order was completed; the only kind that prices and times are learnt from."""
