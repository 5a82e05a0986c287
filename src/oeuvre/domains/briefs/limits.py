"""How much fits into briefs and offers. Lengths are characters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    need: int = 4_000
    """What a buyer tells the guide in their own words."""
    title: int = 100
    goal: int = 8_000
    deliverables: int = 12
    deliverable: int = 200
    answers: int = 8
    """Questions with the buyer's answers that a brief shows."""
    answer: int = 600
    criteria: int = 20
    criterion: int = 300
    languages: int = 6
    budget: int = 1_000_000_00
    """Minor units; a typing mistake is likelier."""
    files: int = 5
    """Files beside one brief; their sizes are those of messages' files."""
    drafts: int = 20
    """Drafts of one buyer."""
    open_briefs: int = 10
    """Briefs of one buyer that take offers."""
    open_days: int = 30
    """How long a brief takes offers, unless the buyer says otherwise."""
    most_open_days: int = 90
    invitations: int = 20
    """Freelancers who can be invited to one brief."""
    invitations_a_day: int = 60
    """Freelancers whom one buyer can invite within 24 hours, to all their briefs: each gets a mail."""
    offers: int = 60
    """Offers on one brief that are neither withdrawn nor declined."""
    offers_each: int = 3
    """Offers that one freelancer sends on one brief, those taken back, declined and expired among them: each stands in
    the buyer's conversation and may send them a mail."""
    open_offers: int = 40
    """Offers of one freelancer that wait for an answer."""
    message: int = 3_000
    scope: int = 8_000
    milestones: int = 6
    extras: int = 10
    part: int = 120
    """The title of a milestone or an extra."""
    price: int = 1_000_000_00
    days: int = 365
    revisions: int = 20
    valid_days: int = 14
    """How long an offer holds, unless the freelancer says otherwise."""
    most_valid_days: int = 60
    reason: int = 500


LIMITS = Limits()
