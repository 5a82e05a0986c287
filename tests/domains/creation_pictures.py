"""Models that draw, made through the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.creation import services
from oeuvre.domains.creation.modalities import table
from oeuvre.domains.creation.modalities.image import Pictures
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.kit.money import Money
from tests.domains.portfolio_pictures import picture, pictures_taken

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel, Generation

__all__ = ["drawing_model", "drawn_piece", "pictures_sold", "pictures_taken"]

WISH = {"mode": "design", "size": "1080x1080", "headline": "Fresh bread", "cta": "Order now"}


@pytest.fixture
def pictures_sold(pictures_taken: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation trains and sells models that draw."""
    found: Any = table.MODALITIES
    monkeypatch.setitem(found, Pictures.name, Pictures())


def drawing_model(user: User, name: str = "Paper Kite", price: int = 1500) -> CreationModel:
    """A model over six pictures, on sale."""
    for seed in range(6):
        portfolio.work_add(actor=user.actor, filename=f"work-{seed}.png", data=picture(seed), title=f"Work {seed}")
    model = services.model_create(
        actor=user.actor, name=name, tagline="Cut paper", description="Posts and patterns.", modality="image"
    )
    run = services.training_start(actor=user.actor, model_id=model.pk)
    services.training_execute(run_id=run.pk)
    version = model.versions.get()
    services.sample_judge(actor=user.actor, version_id=version.pk, index=0, accepted=True)
    services.version_approve(actor=user.actor, version_id=version.pk)
    for use, amount in {"commercial": price, "personal": price // 3, "edit": 4_500}.items():
        services.model_price_set(actor=user.actor, model_id=model.pk, use=use, amount=Money(amount))
    return services.model_publish(actor=user.actor, model_id=model.pk)


def drawn_piece(model: CreationModel, buyer: User, **options: str) -> Generation:
    """A finished picture of the buyer's, unpaid."""
    generation = services.generation_request(
        actor=buyer.actor, model_id=model.pk, prompt="A post for a bakery", options={**WISH, **options}
    )
    return services.generation_write(generation_id=generation.pk)
