from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "oeuvre.domains.orders"
    label = "orders"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import (  # noqa: PLC0415  (models load after apps)
            deletion_register,
            export_register,
        )
        from oeuvre.domains.billing.services import payment_purpose_register  # noqa: PLC0415
        from oeuvre.domains.catalog.services import criterion_check_register, reference_register  # noqa: PLC0415
        from oeuvre.domains.conversations.services import under_way_register  # noqa: PLC0415
        from oeuvre.domains.orders import account, checks, references  # noqa: PLC0415
        from oeuvre.domains.orders.services import payments, talking  # noqa: PLC0415

        payment_purpose_register(
            payments.PURPOSE,
            succeeded=payments.payment_succeeded,
            failed=payments.payment_failed,
            refunded=payments.payment_refunded,
            refund_failed=payments.payment_refund_failed,
            charged_back=payments.payment_charged_back,
            in_parts=True,
        )
        under_way_register("orders", talking.is_under_way)
        criterion_check_register(checks.criterion_clean)
        reference_register("order", references.orders)
        export_register("orders", account.account_files)
        deletion_register("orders", account.account_erase, account.account_effects)
