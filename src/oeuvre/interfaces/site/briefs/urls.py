"""Addresses of the guide, of briefs and of offers, for everybody and for buyers."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.briefs.views import briefs, files, guide, offers

app_name = "briefs"

_brief = "<uuid:brief_id>/"
_file = _brief + "files/<uuid:brief_file_id>/"
_offer = "offers/<uuid:offer_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", briefs.home, name="home"),
    path("start/", guide.start, name="start"),
    path("start/<int:number>/", guide.question, name="question"),
    path("start/fits/", guide.proposals, name="proposals"),
    path("start/brief/", guide.draft, name="draft"),
    path("start/forget/", guide.forget, name="forget"),
    path(_brief, briefs.brief, name="brief"),
    path(_brief + "edit/", briefs.edit, name="edit"),
    path(_brief + "publish/", briefs.publish, name="publish"),
    path(_brief + "freelancers/", briefs.send, name="send"),
    path(_brief + "extend/", briefs.extend, name="extend"),
    path(_brief + "withdraw/", briefs.withdraw, name="withdraw"),
    path(_brief + "copy/", briefs.copy, name="copy"),
    path(_brief + "files/", files.add, name="files_add"),
    path(_file, files.file, name="file"),
    path(_file + "remove/", files.remove, name="file_remove"),
    path(_brief + "offers/", briefs.offers, name="offers"),
    path(_offer, offers.offer, name="offer"),
    path(_offer + "decline/", offers.decline, name="decline"),
]
