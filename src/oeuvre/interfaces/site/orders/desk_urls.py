"""Addresses of a freelancer's orders inside the studio."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.orders.views import dashboards

app_name = "studio_orders"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboards.studio, name="list"),
    path("earnings/", dashboards.earnings, name="earnings"),
]
