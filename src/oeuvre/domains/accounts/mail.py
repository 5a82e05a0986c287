"""Mail leaves through the queue: written down with what caused it, sent once. Imported through ``accounts.services``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.utils import DNS_NAME
from django.db import transaction
from django.utils import timezone

from oeuvre.domains.accounts.models import OutgoingMail
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class MailMessage:
    """One mail as plain values."""

    subject: str
    text: str
    sender: str
    to: tuple[str, ...]
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def mail_queue(*, message: MailMessage) -> OutgoingMail:
    """Send ``message`` if, and only if, the present transaction comes about."""
    with transaction.atomic():
        mail = OutgoingMail.objects.create(message=asdict(message))
        defer("accounts.mail_send", mail_id=str(mail.pk))
    return mail


def mail_send(*, mail_id: UUID) -> bool:
    """Hand a queued mail to the transport of the setting MAIL_TRANSPORT; False when that was done before.

    The row stays locked meanwhile, so two workers cannot both send. The message id is the row's own: should the
    machine die between the transport's yes and the commit, the second copy bears the same id. Whatever the
    transport raises goes through, and the mail stays queued.
    """
    with transaction.atomic():
        mail = OutgoingMail.objects.select_for_update().filter(pk=mail_id, sent_at=None).first()
        if mail is None:
            return False
        body = mail.message
        email = EmailMultiAlternatives(
            body["subject"],
            body["text"],
            body["sender"],
            body["to"],
            headers={**body["headers"], "Message-ID": f"<{mail.pk}@{DNS_NAME}>"},
            connection=get_connection(settings.MAIL_TRANSPORT),
        )
        if body["html"]:
            email.attach_alternative(body["html"], "text/html")
        email.send()
        mail.message = {}
        mail.sent_at = timezone.now()
        mail.save(update_fields=["message", "sent_at", "updated_at"])
    return True
