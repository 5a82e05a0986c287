"""Addresses of search."""

from django.urls import URLPattern, URLResolver, path, register_converter

from oeuvre.domains.search.states import Kind
from oeuvre.interfaces.site.search import views


class KindConverter:
    """What can be found."""

    regex = "|".join(Kind.values)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(KindConverter, "kind")

app_name = "search"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.search, name="search"),
    path("why/<kind:kind>/<uuid:ref_id>/", views.why, name="why"),
    path("list.json", views.list_json, name="list_json"),
    path("list.csv", views.list_csv, name="list_csv"),
    path("save/", views.save, name="save"),
    path("saved/", views.saved, name="saved"),
    path("saved/<uuid:search_id>/notify/", views.saved_notify, name="saved_notify"),
    path("saved/<uuid:search_id>/delete/", views.saved_delete, name="saved_delete"),
    path("saved/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
