"""Writing about insights: only who wants the weekly mail, and the mail itself."""

from oeuvre.domains.insights.mailing import weekly_mail_set, weekly_mail_unsubscribe
from oeuvre.domains.insights.mails import weekly_mail_send, weekly_mails_start

__all__ = ["weekly_mail_send", "weekly_mail_set", "weekly_mail_unsubscribe", "weekly_mails_start"]
