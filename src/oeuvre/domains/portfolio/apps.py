from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "oeuvre.domains.portfolio"
    label = "portfolio"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import (  # noqa: PLC0415  (models load after apps)
            deletion_register,
            export_register,
        )
        from oeuvre.domains.portfolio import services_exports as works  # noqa: PLC0415

        export_register("works", works.works_account_files)
        deletion_register("works", works.works_account_erase, works.works_account_effects)
