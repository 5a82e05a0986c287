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
    "work.accepted": _("Work accepted"),
    "work.in_review": _("It resembles somebody else's work; an operator looks at both"),
    "work.refused": _("Refused as a copy"),
    "work.updated": _("Details changed"),
    "work.compared": _("An operator looked at what it shares with another work"),
    "work.removed": _("Work removed"),
    "work.rights_set": _("Rights changed from %(from)s to %(to)s"),
    "works.exported": _("%(works)s works downloaded"),
    "duplicate_match.not_a_copy": _("Found not to be a copy"),
    "duplicate_match.same_author_ok": _("Found to be by the same author"),
    "duplicate_match.copy": _("The newer work was found to be a copy"),
    "duplicate_match.other_is_copy": _("The older work was found to be the copy"),
    "duplicate_match.withdrawn": _("Withdrawn, nothing left to decide"),
    "training_run.queued": _("Training queued"),
    "training_run.preparing": _("Preparing the works for training"),
    "training_run.training": _("Training started"),
    "training_run.evaluating": _("Evaluation started"),
    "training_run.ready": _("Training finished; the report is ready"),
    "training_run.rejected": _("Training finished; the version did not pass"),
    "training_run.failed": _("Training failed"),
    "training_run.cancelled": _("Training cancelled"),
    "application.submitted": _("Application sent"),
    "application.approved": _("Application approved by an operator"),
    "application.refused": _("Application refused by an operator, with reasons"),
    "model.created": _("Model created as a draft"),
    "model.updated": _("Page or rules changed"),
    "model.priced": _("Price changed: %(use)s"),
    "model.published": _("Model published"),
    "model.disabled": _("Model switched off"),
    "model.deleted": _("Model deleted, its key destroyed"),
    "training_run.cancel_requested": _("Cancelling asked for"),
    "version.approved": _("Version approved"),
    "version.declined": _("Version declined"),
    "version.retired": _("Version retired: a later one took over"),
    "version.stale": _("A buyer took back consent to what this version learned from; nothing of it is sold"),
    "version.fresh": _("The buyer agrees again; the version may be sold"),
    "version.exported": _("Version exported"),
    "version.imported": _("Version imported and verified"),
    "version.sample_judged": _("Sample of the report judged"),
    "generation.queued": _("Preview asked for"),
    "generation.writing": _("Writing began"),
    "generation.ready": _("Text complete and sealed"),
    "generation.handed_over": _("Handed over as the draft of an order"),
    "generation.stopped": _("Writing stopped: the model was switched off"),
    "generation.failed": _("Writing failed"),
    "conversation.started": _("Conversation started"),
    "conversation.read": _("%(messages)s messages read"),
    "conversation.exported": _("Conversation downloaded"),
    "conversation.erased": _("Words and files removed with an account"),
    "message.sent": _("Message sent"),
    "message.notified": _("Mail about a message sent"),
    "digest.sent": _("Daily mail about messages sent"),
    "message_preferences.set": _("Settings for messages changed"),
    "message_template.saved": _("Template saved"),
    "message_template.deleted": _("Template deleted"),
    "person.blocked": _("Somebody blocked"),
    "person.unblocked": _("Somebody unblocked"),
    "learning.agreed": _("Agreed that an assistant may learn from a conversation"),
    "learning.ended": _("Taken back that an assistant may learn from a conversation"),
    "report.created": _("Messages reported"),
    "report.opened": _("An operator looked at the reported messages"),
    "report.file_opened": _("An operator opened a reported file"),
    "report.breach": _("Found to be against the rules"),
    "report.no_breach": _("Found to be within the rules"),
    "report.purged": _("What was reported was destroyed"),
    "edit.requested": _("Edit asked for, at %(price)s"),
    "edit.accepted": _("Edit accepted"),
    "edit.declined": _("Edit declined"),
    "edit.withdrawn": _("Edit withdrawn by the buyer"),
    "subscription.started": _("Plan chosen"),
    "subscription.cancel_requested": _("Plan cancelled for the end of the period"),
    "subscription.resumed": _("Cancellation taken back"),
    "subscription.method_changed": _("Card changed"),
    "subscription.switched": _("Plan switched"),
    "subscription.switch_scheduled": _("Switch of plan noted for the next period"),
    "payment.created": _("Payment started"),
    "payment.processing": _("Provider asked"),
    "payment.needs_confirmation": _("The bank asks for a confirmation"),
    "payment.partially_refunded": _("Part of the payment given back"),
    "payment.refunded": _("Payment given back"),
    "payment.charged_back": _("Payment taken back by the bank"),
    "payment.expired": _("Payment not confirmed in time"),
    "subscription.active": _("Subscription active"),
    "subscription.past_due": _("Subscription payment overdue"),
    "subscription.cancelled": _("Subscription cancelled"),
    "payment.succeeded": _("Payment received"),
    "payment.failed": _("Payment failed"),
    "licence.awaiting_payment": _("Licence ordered for %(total)s"),
    "licence.preparing": _("Payment received; the files are being prepared"),
    "licence.active": _("Licence active; files, certificate and receipt issued"),
    "licence.unpaid": _("Not paid; the order lapsed"),
    "licence.revoked": _("Licence revoked: the payment was taken back"),
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
