"""Addresses of a freelancer's orders and level inside the studio."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.orders.views import dashboards, level, reputation

app_name = "studio_orders"

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/", dashboards.studio, name="list"),
    path("orders/earnings/", dashboards.earnings, name="earnings"),
    path("level/", level.level, name="level"),
    path("level/appeal/", level.appeal, name="level_appeal"),
    path("reputation/", reputation.reputation, name="reputation"),
    path("reputation/export/", reputation.export, name="reputation_export"),
    path("reputation/import/", reputation.bring, name="reputation_import"),
    path("reputation/<uuid:import_id>/remove/", reputation.remove, name="reputation_remove"),
]
