"""Addresses of the operator's queue of disputes."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.backoffice.disputes import views

app_name = "disputes_desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.queue, name="list"),
    path("<uuid:dispute_id>/", views.dispute, name="dispute"),
    path("<uuid:dispute_id>/evidence/<int:number>.zip", views.evidence, name="evidence"),
]
