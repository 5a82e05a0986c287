from django.apps import AppConfig


class CreationConfig(AppConfig):
    name = "oeuvre.domains.creation"
    label = "creation"

    def ready(self) -> None:
        from oeuvre.domains.accounts.services import (  # noqa: PLC0415  (models load after apps)
            deletion_register,
            export_register,
            profile_follow,
        )
        from oeuvre.domains.billing.services import payment_purpose_register  # noqa: PLC0415
        from oeuvre.domains.catalog.services import gig_document_part_register, reference_register  # noqa: PLC0415
        from oeuvre.domains.creation import documents, references  # noqa: PLC0415
        from oeuvre.domains.creation.services import account, licences  # noqa: PLC0415

        reference_register("work", references.works)
        reference_register("generation", references.generations)
        gig_document_part_register(documents.GIG_PART, documents.gig_part)
        profile_follow(documents.models_documents_sync)
        payment_purpose_register(
            licences.PURPOSE,
            succeeded=licences.payment_succeeded,
            failed=licences.payment_failed,
            refunded=licences.payment_refunded,
            charged_back=licences.payment_reversed,
        )
        export_register("creation", account.account_files)
        deletion_register("creation", account.account_erase, account.account_effects)
