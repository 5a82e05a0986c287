"""Addresses of the buyer's pages."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from oeuvre.domains.creation.modalities.table import file_formats
from oeuvre.domains.creation.terms import licence_uses
from oeuvre.interfaces.site.market.views import (
    checkout,
    downloads,
    edits,
    events,
    gallery,
    library,
    licences,
    models,
    pieces,
    verify,
    words,
)
from oeuvre.interfaces.site.orders.views import level, reputation, reviews


class FormatConverter:
    """The ending of a file's name."""

    regex = "[a-z0-9]{2,5}"

    def to_python(self, value: str) -> str:
        """Raises ValueError, which makes the address unknown, for the ending of nothing that is sold here."""
        if value not in file_formats():
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        return value


class UseConverter:
    """A use that can be licensed."""

    regex = "|".join(licence_uses())

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FormatConverter, "format")
register_converter(UseConverter, "use")

_models = (
    [
        path("", gallery.gallery, name="gallery"),
        path("<slug:handle>/<slug:slug>/", models.model, name="model"),
        path("<slug:handle>/<slug:slug>/samples/<int:sample_number>/", models.sample, name="sample"),
        path("<slug:handle>/<slug:slug>/works/<uuid:work_id>/", models.work, name="work"),
    ],
    "models",
)
_pieces = (
    [
        path("<uuid:generation_id>/", pieces.piece, name="piece"),
        path("<uuid:generation_id>/events", events.events, name="events"),
        path("<uuid:generation_id>/preview", pieces.preview, name="preview"),
        path("<uuid:generation_id>/whole", pieces.whole, name="whole"),
        path("<uuid:generation_id>/brought/<slug:name>/", pieces.brought, name="brought"),
        path("<uuid:generation_id>/again/", pieces.again, name="again"),
        path("<uuid:generation_id>/edit/", edits.ask, name="edit"),
        path("<uuid:generation_id>/buy/<use:use>/", checkout.checkout, name="buy"),
    ],
    "pieces",
)
_licences = (
    [
        path("<uuid:licence_id>/", licences.licence, name="licence"),
        path("<uuid:licence_id>/payment/", licences.payment, name="payment"),
        path("<uuid:licence_id>/piece.<format:fmt>", downloads.file, name="file"),
        path("<uuid:licence_id>/piece.<format:fmt>.c2pa", downloads.sidecar, name="sidecar"),
        path("<uuid:licence_id>/words/", words.words, name="words"),
        path("<uuid:licence_id>/words/<uuid:wording_id>/", words.shown, name="wording"),
        path("<uuid:licence_id>/words/<uuid:wording_id>/piece.<format:fmt>", words.file, name="wording_file"),
        path("<uuid:licence_id>/everything.zip", downloads.bundle, name="bundle"),
        path("<uuid:licence_id>/certificate.pdf", downloads.certificate, name="certificate"),
        path("<uuid:licence_id>/certificate.json", downloads.statement, name="statement"),
        path("<uuid:licence_id>/receipt.pdf", downloads.receipt, name="receipt"),
    ],
    "licences",
)
_library = (
    [
        path("", library.pieces, name="home"),
        path("licences/", library.licences, name="licences"),
    ],
    "library",
)
_edits = (
    [
        path("", edits.edits, name="list"),
        path("<uuid:edit_id>/", edits.edit, name="edit"),
        path("<uuid:edit_id>/withdraw/", edits.withdraw, name="withdraw"),
    ],
    "edits",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("models/", include(_models)),
    path("refusals/<uuid:refusal_id>/", models.refusal, name="refusal"),
    path("pieces/", include(_pieces)),
    path("licences/", include(_licences)),
    path("library/", include(_library)),
    path("edits/", include(_edits)),
    path("payments/", library.payments, name="payments"),
    path("verify/", verify.verify, name="verify"),
    path("verify/reputation/", reputation.verify, name="verify_reputation"),
    path("freelancers/<slug:handle>/level/", level.public, name="level"),
    path("reviews/<uuid:review_id>/report/", reviews.report, name="review_report"),
    path("reputations/<uuid:import_id>.json", reputation.statement, name="reputation_statement"),
    path("verify/<str:query>.json", verify.verify_json, name="verify_json"),
]
