"""Addresses of gigs and of the tree of services."""

from django.urls import URLPattern, URLResolver, include, path

from oeuvre.interfaces.site.catalogue.views import gig, tree

_gigs: tuple[list[URLPattern | URLResolver], str] = (
    [
        path("images/<uuid:image_id>/", gig.image, name="image"),
        path("images/<uuid:image_id>/small/", gig.image_small, name="image_small"),
        path("<slug:url_key>/", gig.gig, name="gig"),
    ],
    "gigs",
)
_services: tuple[list[URLPattern | URLResolver], str] = (
    [
        path("", tree.tree, name="tree"),
        path("<slug:key>/", tree.category, name="category"),
    ],
    "services",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("gigs/", include(_gigs)),
    path("services/", include(_services)),
]
