"""Addresses of the assistant in the studio."""

from django.urls import path

from oeuvre.interfaces.site.assistant.views import bank, home, learning, log, rehearsal, rules

app_name = "assistant"

urlpatterns = [
    path("", home.overview, name="overview"),
    path("begin/", home.begin, name="begin"),
    path("switch/", home.switch, name="switch"),
    path("away/", home.away, name="away"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<slug:section_key>/", rules.section, name="rules_section"),
    path("learning/", learning.learning, name="learning"),
    path("learning/<uuid:conversation_id>/", learning.decide, name="learning_decide"),
    path("bank/", bank.bank, name="bank"),
    path("bank/draft/", bank.draft, name="bank_draft"),
    path("bank/new/", bank.new, name="answer_new"),
    path("bank/<uuid:answer_id>/", bank.answer, name="answer"),
    path("bank/<uuid:answer_id>/decide/", bank.decide, name="answer_decide"),
    path("rehearsal/", rehearsal.rehearsal, name="rehearsal"),
    path("rehearsal/start/", rehearsal.start, name="rehearsal_start"),
    path("rehearsal/progress/", rehearsal.progress, name="rehearsal_progress"),
    path("rehearsal/cancel/", rehearsal.cancel, name="rehearsal_cancel"),
    path("rehearsal/add/", rehearsal.add, name="case_add"),
    path("rehearsal/cases/<uuid:rehearsal_case_id>/", rehearsal.case, name="case"),
    path("log/", log.log, name="log"),
    path("log/<uuid:exchange_id>/", log.exchange, name="exchange"),
    path("log/<uuid:exchange_id>/draft/", log.draft, name="exchange_draft"),
    path("log/<uuid:exchange_id>/correct/", log.correct, name="exchange_correct"),
]
