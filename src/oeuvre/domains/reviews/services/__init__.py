"""Writing reviews, levels and reputations."""

from oeuvre.domains.reviews.reputation.building import profile_address
from oeuvre.domains.reviews.services.account import erase, erase_effects, export
from oeuvre.domains.reviews.services.answering import answer_write
from oeuvre.domains.reviews.services.appeals import level_appeal, level_appeal_decide
from oeuvre.domains.reviews.services.levels import level_recompute, levels_recompute, standing_refresh
from oeuvre.domains.reviews.services.moderation import report_create, report_decide, review_restore
from oeuvre.domains.reviews.services.reputation import (
    Verification,
    installation_decide,
    reputation_export,
    reputation_import,
    reputation_remove,
    reputation_verify,
)
from oeuvre.domains.reviews.services.writing import (
    order_ended,
    review_named_set,
    review_write,
    window_open,
    windows_close,
)

__all__ = [
    "Verification",
    "answer_write",
    "erase",
    "erase_effects",
    "export",
    "installation_decide",
    "level_appeal",
    "level_appeal_decide",
    "level_recompute",
    "levels_recompute",
    "order_ended",
    "profile_address",
    "report_create",
    "report_decide",
    "reputation_export",
    "reputation_import",
    "reputation_remove",
    "reputation_verify",
    "review_named_set",
    "review_restore",
    "review_write",
    "standing_refresh",
    "window_open",
    "windows_close",
]
