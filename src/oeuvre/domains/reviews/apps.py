from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "oeuvre.domains.reviews"
    label = "reviews"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import deletion_register, export_register  # noqa: PLC0415  (models load after apps)
        from oeuvre.domains.orders.services import order_ended_register  # noqa: PLC0415
        from oeuvre.domains.reviews import services  # noqa: PLC0415

        order_ended_register(services.order_ended)
        deletion_register("reviews", services.erase, services.erase_effects)
        export_register("reviews", services.export)
