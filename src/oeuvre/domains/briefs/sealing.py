"""Words of briefs and offers: sealed with the key of whoever wrote them, opened for several at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder

from oeuvre.domains.accounts.services import vault_decrypt_groups, vault_encrypt
from oeuvre.domains.briefs.content import (
    Answered,
    BriefContent,
    OfferContent,
    brief_words_json,
    criteria_of,
    offer_json,
    offer_of,
)
from oeuvre.domains.briefs.states import AiWish

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from oeuvre.domains.briefs.models import Brief, Offer

OWNER_TYPE = "account"


def brief_seal(brief: Brief, content: BriefContent) -> bytes:
    """The words of a brief, sealed. Raises KeyDestroyedError."""
    return _seal(brief.buyer_id, f"brief:{brief.pk}", brief_words_json(content))


def offer_seal(offer: Offer, content: OfferContent) -> bytes:
    """An offer, sealed. Raises KeyDestroyedError."""
    return _seal(offer.freelancer_id, f"offer:{offer.pk}", offer_json(content))


def _seal(owner_id: UUID, context: str, value: Any) -> bytes:
    data = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).encode()
    return vault_encrypt(owner_type=OWNER_TYPE, owner_id=owner_id, data=data, context=context)


def briefs_open(briefs: Iterable[Brief]) -> dict[UUID, BriefContent | None]:
    """What briefs say, by id, with one look at all keys; None for words that were erased or whose key is gone."""
    return both_open(briefs, ())[0]


def offers_open(offers: Iterable[Offer]) -> dict[UUID, OfferContent | None]:
    """What offers say, by id; as ``briefs_open``."""
    return both_open((), offers)[1]


def both_open(
    briefs: Iterable[Brief], offers: Iterable[Offer]
) -> tuple[dict[UUID, BriefContent | None], dict[UUID, OfferContent | None]]:
    """What ``briefs_open`` and ``offers_open`` answer, with one look at the keys of all."""
    asked, given = list(briefs), list(offers)
    words = _open(
        [
            *((row.buyer_id, row.pk, f"brief:{row.pk}", bytes(row.sealed)) for row in asked),
            *((row.freelancer_id, row.pk, f"offer:{row.pk}", bytes(row.sealed)) for row in given),
        ]
    )
    return (
        {row.pk: _brief(row, words[row.pk]) if row.pk in words else None for row in asked},
        {row.pk: offer_of(words[row.pk]) if row.pk in words else None for row in given},
    )


def _open(rows: Iterable[tuple[UUID, UUID, str, bytes]]) -> dict[UUID, dict[str, Any]]:
    kept = [row for row in rows if row[3]]
    groups: dict[UUID, list[tuple[bytes, str]]] = {}
    for owner_id, _pk, context, sealed in kept:
        groups.setdefault(owner_id, []).append((sealed, context))
    opened = vault_decrypt_groups(owner_type=OWNER_TYPE, groups=groups) if groups else {}
    texts = {owner_id: iter(found) for owner_id, found in opened.items() if found is not None}
    return {pk: json.loads(next(texts[owner_id])) for owner_id, pk, _context, _sealed in kept if owner_id in texts}


def _brief(row: Brief, words: Mapping[str, Any]) -> BriefContent:
    return BriefContent(
        title=words["title"],
        goal=words["goal"],
        deliverables=tuple(words["deliverables"]),
        category=row.category,
        use_case=row.use_case,
        attributes={key: tuple(value) if isinstance(value, list) else value for key, value in row.attributes.items()},
        criteria=criteria_of(words["criteria"]),
        answers=tuple(Answered(**one) for one in words["answers"]),
        languages=tuple(row.languages),
        budget_low=row.budget_from,
        budget_high=row.budget_to,
        due=row.due,
        ai_wish=AiWish(row.ai_wish),
        privacy_level=row.privacy_level,
        licence=row.licence,
        open_days=row.open_days,
    )
