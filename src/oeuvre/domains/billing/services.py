"""Writing payments, plans and prices."""

from oeuvre.domains.billing.payments import (
    payment_confirm,
    payment_create,
    payment_events_receive,
    payment_expire,
    payment_process,
    payments_reconcile,
)
from oeuvre.domains.billing.prices import price_set
from oeuvre.domains.billing.purposes import payment_purpose_register
from oeuvre.domains.billing.refunds import payment_refund, refund_process, refunds_reconcile
from oeuvre.domains.billing.subscriptions import (
    subscription_cancel,
    subscription_method_change,
    subscription_resume,
    subscription_start,
    subscription_switch,
    subscriptions_renew,
)

__all__ = [
    "payment_confirm",
    "payment_create",
    "payment_events_receive",
    "payment_expire",
    "payment_process",
    "payment_purpose_register",
    "payment_refund",
    "payments_reconcile",
    "price_set",
    "refund_process",
    "refunds_reconcile",
    "subscription_cancel",
    "subscription_method_change",
    "subscription_resume",
    "subscription_start",
    "subscription_switch",
    "subscriptions_renew",
]
