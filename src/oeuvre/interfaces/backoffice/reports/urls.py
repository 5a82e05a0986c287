"""Addresses of the operator's queue of reported messages."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.backoffice.reports import views

app_name = "reports"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.reports_list, name="list"),
    path("<uuid:report_id>/", views.report, name="report"),
    path("<uuid:report_id>/files/<uuid:file_id>/", views.file, name="file"),
]
