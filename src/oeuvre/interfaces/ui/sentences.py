"""Audit codes as sentences that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise

SENTENCES: dict[str, StrOrPromise] = {
    "account.created": _("Account opened"),
    "account.role_added": _("Role added: %(role)s"),
    "account.locale_set": _("Language changed to %(locale)s"),
    "account.renamed": _("Name changed"),
    "account.export_requested": _("Export of the account asked for"),
    "account.export_ready": _("Export of the account ready to download"),
    "account.export_failed": _("Export of the account failed"),
    "account.deleted": _("Account deleted"),
    "profile.created": _("Profile opened"),
    "profile.updated": _("Profile changed"),
    "data_key.destroyed": _("Encryption key destroyed for good"),
    "work.added": _("Work added"),
    "work.removed": _("Work removed"),
    "work.rights_set": _("Rights stated"),
    "training_run.queued": _("Training queued"),
    "training_run.preparing": _("Preparing the works for training"),
    "training_run.training": _("Training started"),
    "training_run.evaluating": _("Evaluation started"),
    "training_run.ready": _("Training finished; the report is ready"),
    "training_run.rejected": _("Training finished; the version did not pass"),
    "training_run.failed": _("Training failed"),
    "training_run.cancelled": _("Training cancelled"),
    "creation_model.published": _("Model published"),
    "creation_model.disabled": _("Model disabled"),
    "creation_model.deleted": _("Model deleted"),
    "subscription.active": _("Subscription active"),
    "subscription.past_due": _("Subscription payment overdue"),
    "subscription.cancelled": _("Subscription cancelled"),
    "payment.succeeded": _("Payment received"),
    "payment.failed": _("Payment failed"),
    "licence.bought": _("Licence bought"),
}


class _Facts(dict[str, Any]):
    """A sentence never fails for want of a fact; the place stays empty."""

    def __missing__(self, _key: str) -> str:
        return ""


def sentence(code: str, data: Mapping[str, Any] | None = None) -> str:
    """What happened, in words; a code without a sentence becomes ``Entity: past tense``."""
    words = SENTENCES.get(code)
    if words is None:
        entity, _dot, event = code.partition(".")
        return f"{entity.replace('_', ' ').capitalize()}: {event.replace('_', ' ')}" if event else code
    return (str(words) % _Facts(data or {})).strip()
