from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "oeuvre.domains.search"
    label = "search"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import deletion_register, export_register  # noqa: PLC0415  (models load after apps)
        from oeuvre.domains.search import leaving  # noqa: PLC0415

        deletion_register("search", leaving.erase, leaving.effects)
        export_register("search", leaving.export)
