"""Addresses of conversations."""

from django.urls import path

from oeuvre.interfaces.site.conversations import live
from oeuvre.interfaces.site.conversations.views import manage, search, templates, threads

app_name = "conversations"
urlpatterns = [
    path("", threads.inbox, name="inbox"),
    path("live/", live.live, name="live"),
    path("search/", search.search, name="search"),
    path("preferences/", manage.preferences, name="preferences"),
    path("preferences/unblock/<uuid:person_id>/", manage.unblock, name="unblock"),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/", templates.template, name="template_new"),
    path("templates/<uuid:template_id>/", templates.template, name="template"),
    path("templates/<uuid:template_id>/delete/", templates.template_delete, name="template_delete"),
    path("new/<slug:handle>/", threads.new, name="new"),
    path("<uuid:conversation_id>/", threads.thread, name="thread"),
    path("<uuid:conversation_id>/latest/", threads.latest, name="latest"),
    path("<uuid:conversation_id>/assistant/", threads.assistant_turn, name="assistant"),
    path("<uuid:conversation_id>/templates/", templates.choose, name="choose"),
    path("<uuid:conversation_id>/about/", manage.about, name="about"),
    path("<uuid:conversation_id>/learning/", manage.learning, name="learning"),
    path("<uuid:conversation_id>/block/", manage.block, name="block"),
    path("<uuid:conversation_id>/report/", manage.report, name="report"),
    path("<uuid:conversation_id>/export/", manage.export, name="export"),
    path("<uuid:conversation_id>/files/<uuid:attachment_id>/", manage.file, name="file"),
    path("<uuid:conversation_id>/files/<uuid:attachment_id>/small/", manage.small, name="small"),
]
