"""Whether a work may be trained on, and if not, why and what to do."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.portfolio.modalities.base import Refusal
from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.domains.portfolio.ports import DeliveryConsents
from oeuvre.domains.portfolio.states import Rights, WorkState
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from oeuvre.domains.portfolio.models import Work


def verdicts(works: Iterable[Work]) -> dict[UUID, list[Refusal]]:
    """The refusals of each work, by id; an empty list means that it can be trained on."""
    asked = list(works)
    hashes = frozenset(value for work in asked for value in (work.sha256, work.content_sha256))
    delivered = port("deliveries", DeliveryConsents).without_consent(hashes) if hashes else frozenset()
    found: dict[UUID, list[Refusal]] = defaultdict(list)
    for work in asked:
        found[work.pk] = [*_by_status(work), *_by_rights(work), *MODALITIES[work.modality].refusals(work)]
        if not delivered.isdisjoint((work.sha256, work.content_sha256)):
            found[work.pk].append(
                Refusal(
                    "delivered_without_consent",
                    _("You delivered this to a buyer here, who has not agreed to training on it."),
                    _("Ask the buyer for consent on the order's page."),
                )
            )
    return dict(found)


def _by_status(work: Work) -> list[Refusal]:
    if work.status == WorkState.IN_REVIEW:
        return [
            Refusal(
                "in_review",
                _("It resembles a work that somebody else brought, so a person looks at both."),
                _("Nothing to do; you will see the decision here."),
            )
        ]
    if work.status == WorkState.REFUSED:
        return [
            Refusal(
                "refused_as_copy",
                _("An operator found it to be a copy: %(reason)s") % {"reason": work.refusal},
                _("If that is wrong, answer the operator with proof that it is yours; else remove the work."),
            )
        ]
    if work.status == WorkState.REMOVED:
        return [Refusal("removed", _("It was removed."), _("Upload it again if you want it back."))]
    return []


def _by_rights(work: Work) -> list[Refusal]:
    if work.rights == Rights.NOT_FOR_TRAINING:
        return [
            Refusal(
                "not_for_training",
                _("You marked it as not for training."),
                _("Change its rights if you may and want to train on it."),
            )
        ]
    if work.rights == Rights.CLIENT_CONSENTED and not work.evidence:
        return [
            Refusal(
                "evidence_missing",
                _("Nothing shows yet that whoever it was made for agreed."),
                _("Edit its rights: say who agreed, when, and where that is written."),
            )
        ]
    if work.rights == Rights.LICENSED and not work.terms:
        return [
            Refusal(
                "terms_missing",
                _("The terms of its licence are not given yet."),
                _("Edit its rights: name the licence or quote its terms."),
            )
        ]
    return []
