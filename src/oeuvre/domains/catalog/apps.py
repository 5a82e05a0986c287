from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "oeuvre.domains.catalog"
    label = "catalog"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import (  # noqa: PLC0415  (models load after apps)
            deletion_register,
            export_register,
            profile_follow,
        )
        from oeuvre.domains.catalog.services import account, index  # noqa: PLC0415

        profile_follow(lambda user_id: index.freelancer_document_refresh(owner_id=user_id))
        export_register("gigs", account.account_files)
        deletion_register("gigs", account.account_erase, account.account_effects)
