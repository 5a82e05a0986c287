"""What enquiries come to, why they are lost, and what insights suggest."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Outcome(TextChoices):
    """Where an enquiry stands."""

    COMPLETED = "completed", _("Order completed")
    ORDERED = "ordered", _("Ordered")
    OFFERED = "offered", _("Offer waits for the buyer")
    OPEN = "open", _("Still talking")
    LOST = "lost", _("No order")
    NOT_FOR_US = "not_for_us", _("No enquiry")
    """Advertising, a job application, the wrong person."""


class Reason(TextChoices):
    """Why an enquiry was probably lost, in the order in which the rules are tried."""

    DECLINED = "declined", _("Work that you do not take on")
    HANDED_OFF = "handed_off", _("Handed off, and you did not write")
    NEVER_ANSWERED = "never_answered", _("Never answered")
    SLOW = "slow", _("First answer after more than a day")
    OFFER_NOT_TAKEN = "offer_not_taken", _("Offer declined or run out")
    LAST_WORD = "last_word", _("Their last message unanswered")
    PRICE = "price", _("Asked the price, then silence")
    TIME = "time", _("Asked the delivery time, then silence")
    SILENCE = "silence", _("Silence after your answer")


class Stage(TextChoices):
    """How far an enquiry came; each stage counts those that came further, too."""

    ASKED = "asked", _("Enquiries")
    ANSWERED = "answered", _("Answered")
    OFFERED = "offered", _("Got an offer")
    ORDERED = "ordered", _("Ordered")
    COMPLETED = "completed", _("Completed")


class Place(TextChoices):
    """Where a number stands beside the middle half of comparable ones."""

    BELOW = "below", _("below the middle half")
    WITHIN = "within", _("within the middle half")
    ABOVE = "above", _("above the middle half")


class Direction(TextChoices):
    RISING = "rising", _("rising")
    STEADY = "steady", _("steady")
    FALLING = "falling", _("falling")


class Step(TextChoices):
    """What to do about a finding. The pages know where each leads."""

    MESSAGES = "messages", _("Open messages")
    ASSISTANT = "assistant", _("Use the assistant")
    DRAFT_ANSWERS = "draft_answers", _("Draft answers")
    COMPARE = "compare", _("Compare prices")
    EDIT_GIG = "edit_gig", _("Open gig")
    OFFERS = "offers", _("See offers")
    FOLLOW_UP = "follow_up", _("Write a template")
    BRIEFS = "briefs", _("Find briefs")
    NEW_GIG = "new_gig", _("Create gig")
    MODELS = "models", _("Open models")
    WORKS = "works", _("Add works")
