"""How much fits into a gig. Lengths are characters, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    gigs: int = 60
    """Gigs of one freelancer that are not over."""
    title: int = 80
    summary: int = 160
    description: int = 6000
    languages: int = 12
    package_title: int = 60
    package_description: int = 600
    price: int = 100_000_00
    """Minor units; a typing mistake is likelier than a package that costs more."""
    days: int = 365
    revisions: int = 20
    facts: int = 10
    """Quantities of a package: 10 images, 1500 words."""
    fact_label: int = 40
    quantity: int = 1_000_000
    extras: int = 10
    extra_title: int = 80
    extra_description: int = 300
    extra_days: int = 90
    questions: int = 15
    question_label: int = 200
    question_help: int = 300
    question_options: int = 20
    question_option: int = 80
    criteria: int = 12
    criterion_label: int = 300
    faq: int = 15
    faq_question: int = 160
    faq_answer: int = 1000
    samples: int = 12
    sample_title: int = 100
    sample_caption: int = 240
    sample_excerpt: int = 1200
    choices: int = 12
    """Options that one attribute of a gig may be answered with."""
    reasons: int = 2000
    orders_at_once: int = 100
    pause_days: int = 366
    image_bytes: int = 8 * MB
    image_pixels: int = 40_000_000
    """Of the file as it comes; more would take the memory of the process that opens it."""
    image_edge: int = 2000
    """Longest edge of what is kept, in pixels."""
    images: int = 400
    """Images of one freelancer."""
    image_days: int = 2
    """How long an image that no gig uses is kept."""
    skills: int = 40
    """Skills of one freelancer."""
    evidence: int = 5
    """Pieces of evidence for one skill."""


LIMITS = Limits()
