"""Addresses of a freelancer's briefs and offers inside the studio."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.briefs.views import studio

app_name = "studio_briefs"

_brief = "briefs/<uuid:brief_id>/"
_offer = "offers/<uuid:offer_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("briefs/", studio.briefs, name="list"),
    path(_brief + "offer/", studio.offer_new, name="offer_new"),
    path(_brief + "ask/", studio.ask, name="ask"),
    path(_brief + "decline/", studio.invitation_decline, name="invitation_decline"),
    path("offers/", studio.offers, name="offers"),
    path("offers/sum/", studio.total, name="sum"),
    path("offers/in/<uuid:conversation_id>/", studio.offer_custom, name="offer_custom"),
    path(_offer, studio.offer_edit, name="offer_edit"),
    path(_offer + "withdraw/", studio.offer_withdraw, name="offer_withdraw"),
]
