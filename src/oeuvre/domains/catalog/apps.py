from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "oeuvre.domains.catalog"
    label = "catalog"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import (  # noqa: PLC0415  (models load after apps)
            deletion_register,
            export_register,
        )
        from oeuvre.domains.catalog.services import account  # noqa: PLC0415

        export_register("gigs", account.account_files)
        deletion_register("gigs", account.account_erase, account.account_effects)
