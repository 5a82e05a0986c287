from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "oeuvre.domains.conversations"
    label = "conversations"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import deletion_register, export_register  # noqa: PLC0415  (models load after apps)
        from oeuvre.domains.conversations import leaving  # noqa: PLC0415

        deletion_register("conversations", leaving.erase, leaving.effects)
        export_register("conversations", leaving.export)
