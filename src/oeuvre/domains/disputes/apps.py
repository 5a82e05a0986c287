from django.apps import AppConfig


class DisputesConfig(AppConfig):
    name = "oeuvre.domains.disputes"
    label = "disputes"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import deletion_register, export_register  # noqa: PLC0415  (models load after apps)
        from oeuvre.domains.disputes import services  # noqa: PLC0415
        from oeuvre.domains.orders.services import order_ended_register  # noqa: PLC0415

        order_ended_register(services.order_ended)
        deletion_register("disputes", services.erase, services.erase_effects)
        export_register("disputes", services.export)
