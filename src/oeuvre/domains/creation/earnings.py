"""What a freelancer earned, per generation and per work, reconciled with the ledger. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Sum, Value

from oeuvre.domains.creation.models import Licence, LicenceCredit
from oeuvre.domains.creation.states import LicenceState
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.portfolio.states import Modality
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.kit.actor import Actor

_EARNED = (LicenceState.PREPARING, LicenceState.ACTIVE)


@dataclass(frozen=True, slots=True)
class WorkEarning:
    """The estimated part of one work in what was earned."""

    work_sha256: str
    title: str
    sales: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Earnings:
    """What the sales that stand brought in, and what the ledger says the freelancer is owed."""

    sales: int
    earned: Money
    credited: Money
    """Of ``earned``, what is divided among works; generations without an estimate divide nothing."""
    payable: Money
    """What the ledger's postings about licences come to on the account of what the freelancer is owed."""
    owed: Money
    """All that this account holds: orders add to it, payouts take from it."""
    by_work: tuple[WorkEarning, ...]
    modalities: tuple[Modality, ...]
    """What the sold pieces are made of, which says how their shares came about."""

    @property
    def agrees(self) -> bool:
        """Whether the ledger took down exactly what the sales earned."""
        return self.earned == self.payable


@dataclass(frozen=True, slots=True)
class ModelEarning:
    """What one model's sales brought in."""

    model_id: UUID
    name: str
    sales: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Sold:
    """Sales that stand, by model and by work, those that brought in most first."""

    by_model: tuple[ModelEarning, ...]
    by_work: tuple[WorkEarning, ...]


def sales_of(*, actor: Actor) -> QuerySet[Licence]:
    """The freelancer's sales that stand, newest first."""
    return (
        Licence.objects.filter(freelancer_id=actor.user_id, status__in=_EARNED)
        .select_related("generation__model", "generation__version", "buyer")
        .prefetch_related("credits")
    )


def earnings(*, actor: Actor, currency: str) -> Earnings:
    """Sums over all sales in one currency."""
    sales = Licence.objects.filter(freelancer_id=actor.user_id, status__in=_EARNED, currency=currency)
    total = sales.aggregate(
        sum=Sum("freelancer_share"),
        count=Count("pk"),
        modalities=ArrayAgg("generation__model__modality", distinct=True, default=Value([])),
    )
    rows = (
        LicenceCredit.objects.filter(licence__in=sales)
        .values("work_sha256", "title")
        .annotate(amount=Sum("amount"), sales=Count("licence", distinct=True))
        .order_by("-amount")
    )
    by_work = tuple(
        WorkEarning(row["work_sha256"], row["title"], row["sales"], Money(row["amount"], currency)) for row in rows
    )
    account = ledger.AccountRef(ledger.AccountKind.FREELANCER_PAYABLE, actor.user_id, currency)
    return Earnings(
        sales=total["count"],
        earned=Money(total["sum"] or 0, currency),
        credited=sum((row.amount for row in by_work), Money.zero(currency)),
        payable=ledger.entries_total(actor=actor, account=account, reference_type="licence"),
        owed=ledger.balance(actor=actor, account=account),
        by_work=by_work,
        modalities=tuple(Modality(name) for name in total["modalities"]),
    )


def sold_since(*, actor: Actor, currency: str, since: datetime) -> Sold:
    """What the freelancer sold since a moment, in one currency. Two queries."""
    sales = Licence.objects.filter(
        freelancer_id=actor.user_id, status__in=_EARNED, currency=currency, paid_at__gte=since
    )
    models = (
        sales.values("generation__model_id", "generation__model__name")
        .annotate(amount=Sum("freelancer_share"), sales=Count("pk"))
        .order_by("-amount", "generation__model__name")
    )
    works = (
        LicenceCredit.objects.filter(licence__in=sales)
        .values("work_sha256", "title")
        .annotate(amount=Sum("amount"), sales=Count("licence", distinct=True))
        .order_by("-amount", "title")
    )
    return Sold(
        tuple(
            ModelEarning(
                row["generation__model_id"],
                row["generation__model__name"],
                row["sales"],
                Money(row["amount"], currency),
            )
            for row in models
        ),
        tuple(
            WorkEarning(row["work_sha256"], row["title"], row["sales"], Money(row["amount"], currency)) for row in works
        ),
    )
