"""Addresses of disputes, for their two sides."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.disputes import views

app_name = "disputes"

_dispute = "<uuid:dispute_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("open/<uuid:order_id>/", views.open_dispute, name="open"),
    path(_dispute, views.dispute, name="dispute"),
    path(_dispute + "answer/", views.answer, name="answer"),
    path(_dispute + "propose/", views.propose, name="propose"),
    path(_dispute + "proposals/<uuid:proposal_id>/", views.proposal, name="proposal"),
    path(_dispute + "statement/", views.statement, name="statement"),
    path(_dispute + "act/", views.act, name="act"),
    path(_dispute + "appeal/", views.appeal, name="appeal"),
    path(_dispute + "evidence/<int:number>.zip", views.evidence, name="evidence"),
]
