from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "oeuvre.domains.billing"
    label = "billing"

    def ready(self) -> None:
        from oeuvre.domains.billing import subscription_charges as plans  # noqa: PLC0415  (models load after apps)
        from oeuvre.domains.billing.purposes import payment_purpose_register  # noqa: PLC0415

        payment_purpose_register(
            plans.PURPOSE,
            succeeded=plans.plan_paid,
            failed=plans.plan_payment_failed,
            refunded=plans.plan_refunded,
            charged_back=plans.plan_charged_back,
        )
