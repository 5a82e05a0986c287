"""Reviews, levels of freelancers, and disputes: their times, and an operator's own rules."""

from oeuvre.config import env

REVIEW_DAYS = env.number("OEUVRE_REVIEW_DAYS")
LEVELS = env.get("OEUVRE_LEVELS")
DISPUTE_ANSWER_DAYS = env.number("OEUVRE_DISPUTE_ANSWER_DAYS")
DISPUTE_REASONS = env.get("OEUVRE_DISPUTE_REASONS")
