"""Addresses of orders, for both sides, and of the freelancer's overview of theirs."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.orders.views import changes, checkout, dashboards, downloads, order, reviews, working

app_name = "orders"

_order = "<uuid:order_id>/"
_delivery = _order + "deliveries/<uuid:delivery_id>/"
_change = _order + "proposals/<uuid:change_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboards.home, name="home"),
    path("new/gig/<slug:url_key>/", checkout.from_gig, name="new_from_gig"),
    path("new/edit/<uuid:edit_id>/", checkout.from_edit, name="new_from_edit"),
    path("new/offer/<uuid:offer_id>/", checkout.from_offer, name="new_from_offer"),
    path(_order, order.order, name="order"),
    path(_order + "turn/", order.turn, name="turn"),
    path(_order + "conversation/", order.talk, name="talk"),
    path(_order + "confirm/", order.confirm, name="confirm"),
    path(_order + "pay/", order.pay, name="pay"),
    path(_order + "cancel/", order.cancel, name="cancel"),
    path(_order + "requirements/", working.requirements, name="requirements"),
    path(
        _order + "requirements/<uuid:given_id>/remove/",
        working.requirement_file_remove,
        name="requirement_file_remove",
    ),
    path(_order + "requirements/<uuid:given_id>/", downloads.requirement_file, name="requirement_file"),
    path(_order + "delivery/", working.delivery, name="delivery"),
    path(_order + "files/<uuid:delivered_id>/", downloads.delivery_file, name="delivery_file"),
    path(_order + "files/<uuid:delivered_id>/credentials/", downloads.delivery_sidecar, name="delivery_sidecar"),
    path(_order + "files/<uuid:delivered_id>/remove/", working.delivery_file_remove, name="delivery_file_remove"),
    path(_order + "draft/", downloads.draft, name="draft"),
    path(_order + "questions/", working.question, name="question"),
    path(_order + "questions/<uuid:question_id>/", working.answer, name="answer"),
    path(_delivery + "accept/", working.accept, name="accept"),
    path(_delivery + "revise/", working.revise, name="revise"),
    path(_order + "consent/ask/", working.consent_ask, name="consent_ask"),
    path(_order + "consent/", working.consent, name="consent"),
    path(_order + "consent.json", downloads.consent_statement, name="consent_statement"),
    path(_order + "rights.json", downloads.rights, name="rights"),
    path(_order + "dates.ics", downloads.calendar, name="calendar"),
    path(_order + "proposals/extra/", changes.extra, name="extra"),
    path(_order + "proposals/time/", changes.extension, name="extension"),
    path(_order + "proposals/end/", changes.cancellation, name="cancellation"),
    path(_order + "buyer/", reviews.of_buyer, name="buyer"),
    path(_order + "review/", reviews.review, name="review"),
    path(_order + "reviews/<uuid:review_id>/answer/", reviews.answer, name="review_answer"),
    path(_change + "accept/", changes.accept, name="change_accept"),
    path(_change + "decline/", changes.decline, name="change_decline"),
]
