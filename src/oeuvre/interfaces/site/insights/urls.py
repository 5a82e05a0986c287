"""Addresses of a freelancer's insights in the studio."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.insights import views

app_name = "insights"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.overview, name="overview"),
    path("market/", views.market, name="market"),
    path("earnings/", views.earnings, name="earnings"),
    path("questions/<uuid:exchange_id>/settle/", views.settle, name="settle"),
    path("mail/", views.mail, name="mail"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
