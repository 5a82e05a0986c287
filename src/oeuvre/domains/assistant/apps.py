from django.apps import AppConfig


class AssistantConfig(AppConfig):
    name = "oeuvre.domains.assistant"
    label = "assistant"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import deletion_register, export_register  # noqa: PLC0415  (models load after apps)
        from oeuvre.domains.assistant import services  # noqa: PLC0415
        from oeuvre.domains.conversations.services import message_listener_register  # noqa: PLC0415
        from oeuvre.domains.orders.services import order_ended_register  # noqa: PLC0415

        message_listener_register("assistant", services.message_heard)
        order_ended_register(services.order_ended)
        deletion_register("assistant", services.erase, services.erase_effects)
        export_register("assistant", services.export)
