"""Mail through the queue."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction

from oeuvre.domains.accounts import services
from oeuvre.domains.accounts.models import OutgoingMail
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db
MESSAGE = services.MailMessage("Hello", "A secret link", "site@example.org", ("ada@example.org",), "<p>A link</p>")


@pytest.fixture(autouse=True)
def _in_memory_mail(settings: Any) -> None:
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"


def test_mail_queue__sends_nothing_before_the_worker_comes() -> None:
    services.mail_queue(message=MESSAGE)
    assert mail.outbox == []
    assert run_tasks() == ["accounts.mail_send"]
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert (sent.subject, sent.to, sent.alternatives[0][0]) == ("Hello", ["ada@example.org"], "<p>A link</p>")


def test_mail_queue__sends_nothing_of_a_transaction_that_did_not_come_about() -> None:
    with transaction.atomic():
        services.mail_queue(message=MESSAGE)
        transaction.set_rollback(True)
    assert run_tasks() == []
    assert mail.outbox == []


def test_mail_send__sends_once_and_keeps_nothing() -> None:
    queued = services.mail_queue(message=MESSAGE)
    assert services.mail_send(mail_id=queued.pk)
    assert not services.mail_send(mail_id=queued.pk)
    assert len(mail.outbox) == 1
    queued.refresh_from_db()
    assert queued.message == {}
    assert queued.sent_at is not None


def test_mail_send__keeps_the_mail_when_the_transport_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    queued = services.mail_queue(message=MESSAGE)
    with monkeypatch.context() as broken:
        broken.setattr(EmailMultiAlternatives, "send", lambda *_a, **_k: (_ for _ in ()).throw(OSError("no server")))
        with pytest.raises(OSError, match="no server"):
            services.mail_send(mail_id=queued.pk)
    queued.refresh_from_db()
    assert queued.sent_at is None
    assert services.mail_send(mail_id=queued.pk)


def test_mail_send__names_each_mail_by_its_row() -> None:
    queued = services.mail_queue(message=MESSAGE)
    services.mail_send(mail_id=queued.pk)
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<{queued.pk}@")


def test_queued_backend__turns_django_s_mail_into_queued_mail() -> None:
    email = EmailMultiAlternatives("Hi", "Text", "site@example.org", ["a@example.org"], headers={"X-Kind": "test"})
    email.attach_alternative("<p>Text</p>", "text/html")
    backend = get_connection("oeuvre.integrations.mail.QueuedEmailBackend")
    assert backend.send_messages([email]) == 1
    stored = OutgoingMail.objects.get().message
    assert (stored["subject"], stored["html"], stored["headers"]) == ("Hi", "<p>Text</p>", {"X-Kind": "test"})
    assert backend.send_messages([EmailMultiAlternatives("Hi", "Text", to=[])]) == 0


def test_queued_backend__refuses_attachments() -> None:
    email = EmailMultiAlternatives("Hi", "Text", to=["a@example.org"])
    email.attach("a.txt", "x", "text/plain")
    with pytest.raises(ValueError, match="attachments"):
        get_connection("oeuvre.integrations.mail.QueuedEmailBackend").send_messages([email])
