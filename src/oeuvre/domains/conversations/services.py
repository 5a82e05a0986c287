"""Writing conversations."""

from oeuvre.domains.conversations.account import files_export, messages_erase, messages_export
from oeuvre.domains.conversations.attachments import Upload
from oeuvre.domains.conversations.digests import digest_build, digests_start, message_notify
from oeuvre.domains.conversations.history import conversation_take
from oeuvre.domains.conversations.learning import learning_agree, learning_end
from oeuvre.domains.conversations.limits import BODY_CHARACTERS
from oeuvre.domains.conversations.listening import message_listener_register
from oeuvre.domains.conversations.people import person_block, person_unblock, preferences_set
from oeuvre.domains.conversations.reports import report_create, report_decide, reports_purge
from oeuvre.domains.conversations.subjects import under_way_register
from oeuvre.domains.conversations.templates import template_delete, template_save
from oeuvre.domains.conversations.threads import Card
from oeuvre.domains.conversations.waking import wake
from oeuvre.domains.conversations.writing import (
    conversation_open,
    conversation_start,
    event_post,
    message_send,
    messages_read,
    reply_post,
)

__all__ = [
    "BODY_CHARACTERS",
    "Card",
    "Upload",
    "conversation_open",
    "conversation_start",
    "conversation_take",
    "digest_build",
    "digests_start",
    "event_post",
    "files_export",
    "learning_agree",
    "learning_end",
    "message_listener_register",
    "message_notify",
    "message_send",
    "messages_erase",
    "messages_export",
    "messages_read",
    "person_block",
    "person_unblock",
    "preferences_set",
    "reply_post",
    "report_create",
    "report_decide",
    "reports_purge",
    "template_delete",
    "template_save",
    "under_way_register",
    "wake",
]
