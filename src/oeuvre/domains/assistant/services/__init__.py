"""Writing assistants: one module a use case, one name space for callers."""

from oeuvre.domains.assistant.account import erase, erase_effects, export
from oeuvre.domains.assistant.content import Note, SettingsContent
from oeuvre.domains.assistant.services.bank import (
    answer_accept,
    answer_add,
    answer_delete,
    answer_edit,
    answer_reject,
    bank_draft_build,
    bank_draft_fail,
    bank_draft_start,
)
from oeuvre.domains.assistant.services.drafts import draft_discard, draft_send, reply_correct
from oeuvre.domains.assistant.services.learning import learning_set
from oeuvre.domains.assistant.services.rehearsing import (
    case_add,
    case_delete,
    case_mark,
    case_must_pass,
    rehearsal_cancel,
    rehearsal_execute,
    rehearsal_fail,
    rehearsal_start,
)
from oeuvre.domains.assistant.services.replying import reply_execute
from oeuvre.domains.assistant.services.setup import (
    assistant_create,
    assistant_go_live,
    assistant_pause,
    assistant_resume,
    away_set,
    settings_save,
)
from oeuvre.domains.assistant.services.tending import (
    assistant_prepare,
    assistants_prepare,
    assistants_tend,
    exchanges_tend,
    order_ended,
    reminders_send,
    thanks_send,
)
from oeuvre.domains.assistant.services.threads import (
    human_ask,
    message_heard,
    thread_give_back,
    thread_take_over,
)

__all__ = [
    "Note",
    "SettingsContent",
    "answer_accept",
    "answer_add",
    "answer_delete",
    "answer_edit",
    "answer_reject",
    "assistant_create",
    "assistant_go_live",
    "assistant_pause",
    "assistant_prepare",
    "assistant_resume",
    "assistants_prepare",
    "assistants_tend",
    "away_set",
    "bank_draft_build",
    "bank_draft_fail",
    "bank_draft_start",
    "case_add",
    "case_delete",
    "case_mark",
    "case_must_pass",
    "draft_discard",
    "draft_send",
    "erase",
    "erase_effects",
    "exchanges_tend",
    "export",
    "human_ask",
    "learning_set",
    "message_heard",
    "order_ended",
    "rehearsal_cancel",
    "rehearsal_execute",
    "rehearsal_fail",
    "rehearsal_start",
    "reminders_send",
    "reply_correct",
    "reply_execute",
    "settings_save",
    "thanks_send",
    "thread_give_back",
    "thread_take_over",
]
