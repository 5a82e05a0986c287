"""Addresses of conversations."""

from django.urls import path

from oeuvre.interfaces.site.conversations import views

app_name = "conversations"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("new/<slug:handle>/", views.new, name="new"),
    path("<uuid:conversation_id>/", views.thread, name="thread"),
    path("<uuid:conversation_id>/latest/", views.latest, name="latest"),
]
