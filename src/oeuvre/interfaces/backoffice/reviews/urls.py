"""Addresses of the operator's desk for reviews, levels and reputations from elsewhere."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.backoffice.reviews import views

app_name = "reviews_desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.desk, name="list"),
    path("reports/<uuid:review_report_id>/", views.report, name="report"),
    path("reports/<uuid:review_report_id>/restore/", views.restore, name="restore"),
    path("appeals/<uuid:demotion_id>/", views.appeal, name="appeal"),
    path("installations/<uuid:installation_id>/", views.installation, name="installation"),
]
