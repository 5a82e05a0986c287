"""The operator's terms of trade."""

from oeuvre.config import env

CURRENCY = env.get("OEUVRE_CURRENCY")
COMMISSION_BP = env.number("OEUVRE_COMMISSION_BP")
BUYER_FEE_BP = env.number("OEUVRE_BUYER_FEE_BP")
TAX_BP = env.number("OEUVRE_TAX_BP")
COMPUTE_MILLICENTS_PER_TOKEN = env.number("OEUVRE_COMPUTE_MILLICENTS")
SANDBOX_PAYMENTS = env.flag("OEUVRE_SANDBOX")

CATALOGUE = env.get("OEUVRE_CATALOGUE")
GIG_REVIEW = env.choice("OEUVRE_GIG_REVIEW", ("first", "every", "none"))
GIG_MIN_PRICE = env.number("OEUVRE_GIG_MIN_PRICE")
