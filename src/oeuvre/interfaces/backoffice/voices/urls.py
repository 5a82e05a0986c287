"""Addresses of the operator's queue of readings."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.backoffice.voices import views

app_name = "voices_desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.readings, name="list"),
    path("<uuid:consent_id>/", views.reading, name="reading"),
    path("<uuid:consent_id>/recording/", views.recording, name="recording"),
    path("<uuid:consent_id>/recordings/<int:compared_number>/", views.compared, name="compared"),
]
