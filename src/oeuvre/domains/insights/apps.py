from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "oeuvre.domains.insights"
    label = "insights"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import deletion_register, export_register  # noqa: PLC0415  (models load after apps)
        from oeuvre.domains.insights import leaving  # noqa: PLC0415

        deletion_register("insights", leaving.erase, leaving.effects)
        export_register("insights", leaving.export)
