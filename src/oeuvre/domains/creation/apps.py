from django.apps import AppConfig


class CreationConfig(AppConfig):
    name = "oeuvre.domains.creation"
    label = "creation"

    def ready(self) -> None:
        from oeuvre.domains.billing.services import payment_purpose_register  # noqa: PLC0415  (models load after apps)
        from oeuvre.domains.creation.services import licences  # noqa: PLC0415

        payment_purpose_register(
            licences.PURPOSE,
            succeeded=licences.payment_succeeded,
            failed=licences.payment_failed,
            refunded=licences.payment_reversed,
            charged_back=licences.payment_reversed,
        )
