"""Addresses of people: settings and public profiles."""

from django.urls import URLPattern, URLResolver, include, path

from oeuvre.interfaces.site.people import views

settings_urls = (
    [
        path("", views.settings_home, name="home"),
    ],
    "settings",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/", include(settings_urls)),
]
