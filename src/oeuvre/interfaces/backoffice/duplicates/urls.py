"""Addresses of the operator's queue of possible duplicates."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.backoffice.duplicates import views

app_name = "duplicates"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.duplicates_list, name="list"),
    path("<uuid:match_id>/", views.duplicate_resolve, name="match"),
    path("<uuid:pair_id>/<uuid:side_id>/", views.duplicate_shown, name="shown"),
]
