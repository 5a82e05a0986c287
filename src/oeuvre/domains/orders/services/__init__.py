"""Writing orders: one module a use case, one name space for callers."""

from oeuvre.domains.orders.services.cancelling import order_cancel
from oeuvre.domains.orders.services.changing import (
    cancellation_propose,
    change_accept,
    change_decline,
    change_withdraw,
    extension_propose,
    extra_propose,
)
from oeuvre.domains.orders.services.consenting import training_consent_ask, training_consent_decide
from oeuvre.domains.orders.services.delivering import (
    delivery_describe,
    delivery_file_add,
    delivery_file_remove,
    delivery_submit,
)
from oeuvre.domains.orders.services.disputing import (
    order_dispute,
    order_dispute_settle,
    order_dispute_withdraw,
)
from oeuvre.domains.orders.services.payments import (
    LEAST_NOTE,
    MOST_NOTE,
    order_pay,
    refund_paid_outside,
    refund_retry,
    refund_send,
)
from oeuvre.domains.orders.services.redelivering import order_dispute_redeliver
from oeuvre.domains.orders.services.requirements import (
    question_answer,
    question_ask,
    requirement_file_add,
    requirement_file_remove,
    requirements_give,
)
from oeuvre.domains.orders.services.reviewing import (
    criterion_judge,
    delivery_accept,
    order_autocomplete,
    revision_request,
)
from oeuvre.domains.orders.services.scheduling import (
    lines_clear,
    orders_autocomplete,
    orders_lapse,
    orders_warn,
    refunds_resend,
)
from oeuvre.domains.orders.services.sources import order_start_for_edit, order_start_from_gig, order_start_from_offer
from oeuvre.domains.orders.services.starting import order_open
from oeuvre.domains.orders.services.talking import order_talk_open
from oeuvre.domains.orders.watching import order_ended_register

__all__ = [
    "LEAST_NOTE",
    "MOST_NOTE",
    "cancellation_propose",
    "change_accept",
    "change_decline",
    "change_withdraw",
    "criterion_judge",
    "delivery_accept",
    "delivery_describe",
    "delivery_file_add",
    "delivery_file_remove",
    "delivery_submit",
    "extension_propose",
    "extra_propose",
    "lines_clear",
    "order_autocomplete",
    "order_cancel",
    "order_dispute",
    "order_dispute_redeliver",
    "order_dispute_settle",
    "order_dispute_withdraw",
    "order_ended_register",
    "order_open",
    "order_pay",
    "order_start_for_edit",
    "order_start_from_gig",
    "order_start_from_offer",
    "order_talk_open",
    "orders_autocomplete",
    "orders_lapse",
    "orders_warn",
    "question_answer",
    "question_ask",
    "refund_paid_outside",
    "refund_retry",
    "refund_send",
    "refunds_resend",
    "requirement_file_add",
    "requirement_file_remove",
    "requirements_give",
    "revision_request",
    "training_consent_ask",
    "training_consent_decide",
]
