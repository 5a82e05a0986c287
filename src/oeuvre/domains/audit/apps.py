from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "oeuvre.domains.audit"
    label = "audit"

    def ready(self) -> None:
        from oeuvre.domains.audit.services import transition_record  # noqa: PLC0415  (models load after apps)
        from oeuvre.kit.states import on_transition  # noqa: PLC0415

        on_transition(transition_record)
