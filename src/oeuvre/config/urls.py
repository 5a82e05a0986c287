"""Every address of the web process."""

from django.urls import include, path

from oeuvre.interfaces.api import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("account/", include("allauth.urls")),
    path("", include("oeuvre.interfaces.site.urls")),
    path("operator/", include("oeuvre.interfaces.backoffice.urls")),
    path("api/", include("oeuvre.interfaces.api.urls")),
]
