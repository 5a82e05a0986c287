"""Addresses of the studio, the freelancer's workspace."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.studio.views import (
    consent,
    earnings,
    home,
    models,
    pieces,
    plan,
    receipts,
    requests,
    training,
    versions,
    vetting,
)

app_name = "studio"

_models = "models/<uuid:model_id>/"
_run = _models + "runs/<uuid:run_id>/"
_version = "versions/<uuid:version_id>/"
_consent = "consents/<uuid:consent_id>/"
_receipt = "receipts/<uuid:receipt_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("vetting/", vetting.vetting, name="vetting"),
    path("plan/", plan.plan, name="plan"),
    path("plan/start/<slug:code>/", plan.start, name="plan_start"),
    path("plan/switch/<slug:code>/", plan.switch, name="plan_switch"),
    path("plan/card/", plan.card, name="plan_card"),
    path("plan/cancel/", plan.cancel, name="plan_cancel"),
    path("plan/resume/", plan.resume, name="plan_resume"),
    path("plan/payments/<uuid:payment_id>/", plan.payment, name="payment"),
    path("plan/payments/<uuid:payment_id>/receipt.pdf", plan.payment_pdf, name="payment_pdf"),
    path("models/", models.models, name="models"),
    path("models/new/", models.model_new, name="model_new"),
    path("models/<uuid:model_id>/split/<slug:use>/", models.split, name="split"),
    path(_models, models.model, name="model"),
    path(_models + "page/", models.model_page, name="model_page"),
    path(_models + "prices/", models.prices, name="prices"),
    path(_models + "publish/", models.publish, name="publish"),
    path(_models + "disable/", models.disable, name="disable"),
    path(_models + "delete/", models.delete, name="delete"),
    path(_models + "training/", training.training, name="training"),
    path(_models + "consent/", consent.consent, name="consent"),
    path(_models + "consent/begin/", consent.begin, name="consent_begin"),
    path(_models + "consent/declare/", consent.declare, name="consent_declare"),
    path(_models + "words/", consent.words, name="words"),
    path(_consent + "send/", consent.send, name="consent_send"),
    path(_consent + "progress/", consent.progress, name="consent_progress"),
    path(_consent + "review/", consent.review, name="consent_review"),
    path(_consent + "withdraw/", consent.withdraw, name="consent_withdraw"),
    path(_consent + "recording/", consent.recording, name="consent_recording"),
    path(_run, training.run, name="run"),
    path(_run + "progress/", training.run_progress, name="run_progress"),
    path(_run + "bar/", training.run_bar, name="run_bar"),
    path(_run + "curve/", training.run_curve, name="run_curve"),
    path(_run + "cancel/", training.run_cancel, name="run_cancel"),
    path(_run + "retry/", training.run_retry, name="run_retry"),
    path(_models + "versions/", versions.versions, name="versions"),
    path(_version, versions.version, name="version"),
    path(_version + "samples/<int:index>/", versions.sample, name="sample"),
    path(_version + "samples/<int:sample_number>/file/", versions.sample_file, name="sample_file"),
    path(_version + "approve/", versions.approve, name="version_approve"),
    path(_version + "decline/", versions.decline, name="version_decline"),
    path(_version + "export.tar", versions.export, name="version_export"),
    path(_version + "signature/", versions.signature, name="version_signature"),
    path(_models + "pieces/", pieces.pieces, name="pieces"),
    path("pieces/<uuid:generation_id>/", pieces.piece, name="piece"),
    path("pieces/<uuid:generation_id>/overlay/", pieces.overlay, name="piece_overlay"),
    path("edits/", requests.edits, name="edits"),
    path("edits/<uuid:edit_id>/", requests.edit, name="edit"),
    path("refusals/", requests.refusals, name="refusals"),
    path("refusals/<uuid:refusal_id>/", requests.refusal, name="refusal"),
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/sales.csv", earnings.earnings_csv, name="earnings_csv"),
    path("statement/", earnings.statement, name="statement"),
    path("statement/lines.csv", earnings.statement_csv, name="statement_csv"),
    path("receipts/", receipts.receipts, name="receipts"),
    path(_receipt, receipts.receipt, name="receipt"),
    path(_receipt + "receipt.pdf", receipts.receipt_pdf, name="receipt_pdf"),
    path(_receipt + "receipt.json", receipts.receipt_json, name="receipt_json"),
]
