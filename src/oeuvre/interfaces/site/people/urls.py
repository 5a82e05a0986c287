"""Addresses of people: settings and public profiles."""

from django.urls import URLPattern, URLResolver, include, path

from oeuvre.interfaces.site.people import views

settings_urls = (
    [
        path("", views.settings_home, name="home"),
        path("profile/", views.profile, name="profile"),
        path("roles/", views.roles, name="roles"),
        path("activity/", views.activity, name="activity"),
        path("export/", views.exports, name="exports"),
        path("export/request/", views.export_request, name="export_request"),
        path("export/<uuid:export_id>/", views.export_download, name="export_download"),
        path("delete/", views.delete, name="delete"),
    ],
    "settings",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/", include(settings_urls)),
    path("goodbye/", views.deleted, name="account_deleted"),
    path("freelancers/<slug:handle>/", views.freelancer, name="freelancer"),
]
