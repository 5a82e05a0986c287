"""Every address of the web process."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("", include("oeuvre.interfaces.site.urls")),
    path("operator/", include("oeuvre.interfaces.backoffice.urls")),
    path("api/", include("oeuvre.interfaces.api.urls")),
]
