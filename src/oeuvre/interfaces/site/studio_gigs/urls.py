"""Addresses of a freelancer's gigs in the studio."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.studio_gigs.views import editor, found, gig, joined, new, running, versions

app_name = "studio_gigs"

_gig = "<uuid:gig_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", gig.gigs, name="list"),
    path("new/", new.new, name="new"),
    path("keeps/", editor.keeps, name="keeps"),
    path(_gig, gig.gig, name="gig"),
    path(_gig + "draft/", gig.draft_open, name="draft_open"),
    path(_gig + "discard/", gig.discard, name="discard"),
    path(_gig + "submit/", gig.submit, name="submit"),
    path(_gig + "withdraw/", gig.withdraw, name="withdraw"),
    path(_gig + "category/", new.category, name="category"),
    path(_gig + "edit/<slug:section>/", editor.section, name="section"),
    path(_gig + "preview/", versions.preview, name="preview"),
    path(_gig + "versions/", versions.versions, name="versions"),
    path(_gig + "versions/<int:number>/", versions.version, name="version"),
    path(_gig + "model/", joined.model, name="model"),
    path(_gig + "found/", found.found, name="found"),
    path(_gig + "availability/", running.availability, name="availability"),
    path(_gig + "pause/", running.pause, name="pause"),
    path(_gig + "resume/", running.resume, name="resume"),
    path(_gig + "close/", running.close, name="close"),
]
