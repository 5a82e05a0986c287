"""Addresses of a freelancer's works."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.works import views

app_name = "works"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.works_list, name="list"),
    path("upload/", views.works_upload, name="upload"),
    path("paste/", views.work_paste, name="paste"),
    path("export/", views.works_export, name="export"),
    path("<uuid:work_id>/", views.work_detail, name="detail"),
    path("<uuid:work_id>/row/", views.work_row, name="row"),
    path("<uuid:work_id>/rights/", views.work_rights, name="rights"),
    path("<uuid:work_id>/shown/", views.work_shown, name="shown"),
    path("<uuid:work_id>/file/", views.work_file, name="file"),
    path("<uuid:work_id>/remove/", views.work_remove, name="remove"),
]
