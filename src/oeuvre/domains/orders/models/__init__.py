"""Tables of orders."""

from oeuvre.domains.orders.models.deliveries import (
    Criterion,
    Delivery,
    DeliveryFile,
    RequirementFile,
    Revision,
    TrainingConsent,
)
from oeuvre.domains.orders.models.orders import (
    Milestone,
    Order,
    OrderChange,
    OrderDraft,
    OrderLine,
    OrderQuestion,
    OrderRefund,
)

__all__ = [
    "Criterion",
    "Delivery",
    "DeliveryFile",
    "Milestone",
    "Order",
    "OrderChange",
    "OrderDraft",
    "OrderLine",
    "OrderQuestion",
    "OrderRefund",
    "RequirementFile",
    "Revision",
    "TrainingConsent",
]
