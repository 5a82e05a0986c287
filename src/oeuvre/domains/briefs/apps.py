from django.apps import AppConfig


class BriefsConfig(AppConfig):
    name = "oeuvre.domains.briefs"
    label = "briefs"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import (  # noqa: PLC0415  (models load after apps)
            deletion_register,
            export_register,
        )
        from oeuvre.domains.briefs.services import account  # noqa: PLC0415

        export_register("briefs", account.account_files)
        deletion_register("briefs", account.account_erase, account.account_effects)
