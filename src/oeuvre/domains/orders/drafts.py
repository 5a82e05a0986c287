"""The generation that an edit or a blend begins from: taken over from creation once, kept with the order.

It is kept under the order's own key, so that neither side loses it when the model is switched off meanwhile.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.creation import services as creation
from oeuvre.domains.orders.common import KEY_OWNER, seal, unseal
from oeuvre.domains.orders.errors import OrderInvalidError
from oeuvre.domains.orders.models import OrderDraft
from oeuvre.kit.provenance import Signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from oeuvre.domains.orders.models import Order
    from oeuvre.domains.orders.opening import Opener
    from oeuvre.domains.orders.terms import OrderTerms
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class TakenDraft:
    """A draft on its way into an order."""

    generation_id: UUID
    version: str
    seed: int
    prompt: str
    file: Signed


@dataclass(frozen=True, slots=True)
class Draft:
    """What both sides of an order see of its draft: what it is and all that made it."""

    text: str
    """Empty for a buyer before the order is completed: a draft that nobody bought does not leave before somebody pays."""
    prompt: str
    seed: int
    version: str
    media_type: str
    """Of a draft that is a picture or a recording, for who may have all of it; else empty."""

    @property
    def template(self) -> str:
        """What shows such a draft: one template for pictures, one for recordings."""
        return f"orders/draft/{self.media_type.partition('/')[0]}.html"


_TEXT = "text/"
"""The beginning of media types that can be read as they are."""


def draft_take(*, actor: Actor, terms: OrderTerms) -> TakenDraft:
    """Fetch the generation that the terms name, signed; the buyer's own, of a model of the freelancer's.

    Raises what ``creation.generation_hand_over`` raises, and OrderInvalidError for somebody else's model.
    """
    generation_id = terms.origin.generation_id
    if generation_id is None:
        raise OrderInvalidError(_("Choose the piece that the work begins from."), field="generation")
    handed = creation.generation_hand_over(actor=actor, generation_id=generation_id)
    if handed.freelancer_id != terms.freelancer_id:
        raise OrderInvalidError(
            _("This piece is by another freelancer's model. Choose one of theirs."), field="generation"
        )
    return TakenDraft(generation_id, handed.version, handed.seed, handed.prompt, handed.file)


def draft_keep(*, order: Order, draft: TakenDraft, keep: Callable[[bytes, str], str]) -> OrderDraft:
    """Seal a draft into the order, inside the caller's ``blobs_sealing``."""
    context = _context(order)
    return OrderDraft.objects.create(
        order=order,
        generation_id=draft.generation_id,
        version=draft.version,
        seed=draft.seed,
        prompt=seal(order.pk, draft.prompt, f"{context}:prompt"),
        media_type=draft.file.mime,
        sha256=hashlib.sha256(draft.file.data).hexdigest(),
        blob_key=keep(draft.file.data, context),
        sidecar_key=keep(draft.file.sidecar, f"{context}:c2pa") if draft.file.sidecar else "",
    )


def draft_of(order: Order) -> OrderDraft | None:
    return OrderDraft.objects.filter(order=order).first()


def draft_file(order: Order, draft: OrderDraft) -> Signed:
    """The draft as a file with its credentials. Raises KeyDestroyedError."""
    context = _context(order)
    sidecar = _open(order, draft.sidecar_key, f"{context}:c2pa") if draft.sidecar_key else None
    return Signed(_open(order, draft.blob_key, context), draft.media_type, sidecar)


def draft_read(order: Order, draft: OrderDraft, opener: Opener, *, whole: bool) -> Draft:
    """The draft as people read it, its text only where it is ``whole``. Callers have checked who asks.

    Raises KeyDestroyedError.
    """
    context = _context(order)
    is_text = draft.media_type.startswith(_TEXT)
    text = opener.blob(draft.blob_key, context).decode() if whole and is_text else ""
    media_type = draft.media_type if whole and not is_text else ""
    return Draft(text, opener.text(draft.prompt, f"{context}:prompt"), draft.seed, draft.version, media_type)


def draft_prompt(order: Order, draft: OrderDraft) -> str:
    return unseal(order.pk, draft.prompt, f"{_context(order)}:prompt")


def _context(order: Order) -> str:
    return f"order:{order.pk}:draft"


def _open(order: Order, key: str, context: str) -> bytes:
    return accounts.blob_open(owner_type=KEY_OWNER, owner_id=order.pk, key=key, context=context)
