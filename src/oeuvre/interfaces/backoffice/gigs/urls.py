"""Addresses of the operator's pages of gigs: what waits for review, and every gig there is."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.backoffice.gigs import every, review

app_name = "gigs_desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("gig-review/", review.queue, name="queue"),
    path("gig-review/unread/", review.unread, name="unread"),
    path("gig-review/<uuid:waiting_id>/", review.review, name="review"),
    path("gig-review/<uuid:waiting_id>/preview/", review.preview, name="preview"),
    path("gigs/", every.gigs, name="list"),
    path("gigs/<uuid:gig_id>/", every.gig, name="gig"),
]
