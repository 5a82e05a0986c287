"""Django's mail goes to the queue, inside the transaction that caused it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.mail.backends.base import BaseEmailBackend

from oeuvre.domains.accounts import services as accounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.mail import EmailMessage


class QueuedEmailBackend(BaseEmailBackend):
    """Set as EMAIL_BACKEND. A worker then sends through the backend that the setting MAIL_TRANSPORT names.

    Text with at most one HTML form; raises ValueError for attachments, which the site never mails.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = 0
        for email in email_messages:
            if not email.recipients():
                continue
            if email.attachments:
                raise ValueError("Mails of this site carry no attachments.")
            alternatives = getattr(email, "alternatives", [])
            message = accounts.MailMessage(
                subject=str(email.subject),
                text=str(email.body),
                sender=email.from_email,
                to=tuple(email.recipients()),
                html=next((str(content) for content, mime in alternatives if mime == "text/html"), ""),
                headers={key: str(value) for key, value in email.extra_headers.items()},
            )
            accounts.mail_queue(message=message)
            sent += 1
        return sent
