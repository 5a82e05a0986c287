"""Writing about insights: what was dealt with, who wants the weekly mail, and the mail itself."""

from oeuvre.domains.insights.mailing import weekly_mail_set, weekly_mail_unsubscribe
from oeuvre.domains.insights.mails import weekly_mail_send, weekly_mails_start
from oeuvre.domains.insights.settling import question_settle

__all__ = ["question_settle", "weekly_mail_send", "weekly_mail_set", "weekly_mail_unsubscribe", "weekly_mails_start"]
