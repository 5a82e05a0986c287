"""Addresses of the back office."""

from django.urls import URLPattern, URLResolver, include, path

from oeuvre.interfaces.backoffice import money, refunds, vetting, views

_pages: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("vetting/", vetting.applications, name="vetting"),
    path("vetting/<uuid:application_id>/", vetting.application, name="application"),
    path("training/", views.training, name="training"),
    path("ledger/", money.books, name="ledger"),
    path("ledger/verdict/", views.verdict, name="verdict"),
    path("ledger/<uuid:payment_id>/refund/", money.refund, name="refund"),
    path("refunds/", refunds.refunds, name="refunds"),
    path("refunds/<uuid:refund_id>/retry/", refunds.refund_retry, name="refund_retry"),
    path("refunds/<uuid:refund_id>/outside/", refunds.refund_outside, name="refund_outside"),
    path("prices/", money.prices, name="prices"),
    path("people/", views.people, name="people"),
    path("audit/", views.audit_log, name="audit"),
    path("health/", views.health, name="health"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((_pages, "operator"))),
    path("", include("oeuvre.interfaces.backoffice.gigs.urls")),
    path("catalogue/", include("oeuvre.interfaces.backoffice.catalogue.urls")),
    path("duplicates/", include("oeuvre.interfaces.backoffice.duplicates.urls")),
    path("disputes/", include("oeuvre.interfaces.backoffice.disputes.urls")),
    path("reviews/", include("oeuvre.interfaces.backoffice.reviews.urls")),
    path("voices/", include("oeuvre.interfaces.backoffice.voices.urls")),
    path("reports/", include("oeuvre.interfaces.backoffice.reports.urls")),
]
