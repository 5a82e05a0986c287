"""One of everything that only pictures have, and the people around it, for the table of who may open what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import services
from oeuvre.domains.creation.modalities.base import Brought
from oeuvre.domains.creation.services import rewording
from oeuvre.domains.creation.works_shown import works_shown
from tests.domains.creation_pictures import drawing_model, drawn_piece
from tests.domains.portfolio_pictures import picture
from tests.support.factories import CARD, vetted_freelancer
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import CreationModel, Generation, Licence

EVERYBODY = frozenset({"anonymous", "buyer", "other_buyer", "freelancer", "other_freelancer", "operator"})
PICTURES: dict[str, frozenset[str]] = {
    "models:work": EVERYBODY,
    "pieces:brought": frozenset({"buyer", "freelancer"}),
    "studio:piece_overlay": frozenset({"freelancer"}),
    "licences:words": frozenset({"buyer"}),
    "licences:wording": frozenset({"buyer"}),
    "licences:wording_file": frozenset({"buyer"}),
}
"""Addresses by name with who may open them, where nothing else is on sale than a model that draws."""


def guided_piece(model: CreationModel, buyer: User) -> Generation:
    """A finished picture after a sketch of the buyer's."""
    piece = services.generation_request(
        actor=buyer.actor,
        model_id=model.pk,
        prompt="My shop",
        options={"mode": "guide", "size": "512x512"},
        files={"guide": Brought("shop.png", picture(70))},
    )
    return services.generation_write(generation_id=piece.pk)


def licensed(piece: Generation, buyer: User, use: str = "commercial") -> Licence:
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use=use, method_token=CARD)
    run_tasks()
    licence.refresh_from_db()
    return licence


def picture_world(buyer: User, operator: User) -> tuple[dict[str, User | None], dict[str, str]]:
    """The people by role, and the addresses by name."""
    owner, other = vetted_freelancer(), vetted_freelancer("second@example.org", "second", "Sol Rake")
    model = drawing_model(owner)
    model = services.model_update(actor=owner.actor, model_id=model.pk, shows_works=True)
    guided, licence = guided_piece(model, buyer), licensed(drawn_piece(model, buyer), buyer)
    wording = rewording.licence_reword(
        actor=buyer.actor, licence_id=licence.pk, texts={"headline": "Rye bread", "cta": "Order now"}
    )
    run_tasks()
    people: dict[str, User | None] = {
        "anonymous": None,
        "buyer": buyer,
        "other_buyer": User.objects.create_user("second-buyer@example.org", "a long password"),
        "freelancer": owner,
        "other_freelancer": other,
        "operator": operator,
    }
    arguments: dict[str, list[Any]] = {
        "models:work": [owner.profile.handle, model.slug, works_shown(model=model)[0].work_id],
        "pieces:brought": [guided.pk, "guide"],
        "studio:piece_overlay": [guided.pk],
        "licences:words": [licence.pk],
        "licences:wording": [licence.pk, wording.pk],
        "licences:wording_file": [licence.pk, wording.pk, "svg"],
    }
    return people, {name: reverse(name, args=values) for name, values in arguments.items()}
