"""Writing accounts."""

from oeuvre.domains.accounts.blobs import blob_open, blob_sealed, blobs_delete, blobs_delete_later, blobs_sealing
from oeuvre.domains.accounts.deletion import DeletionEffect, account_delete, deletion_effects, deletion_register
from oeuvre.domains.accounts.exports import (
    account_export_build,
    account_export_content,
    account_export_expire,
    account_export_fail,
    account_export_request,
    export_register,
)
from oeuvre.domains.accounts.mail import MailMessage, mail_queue, mail_send
from oeuvre.domains.accounts.membership import account_locale_set, account_open, account_rename, account_role_add
from oeuvre.domains.accounts.operators import operator_create
from oeuvre.domains.accounts.profiles import profile_follow, profile_update
from oeuvre.domains.accounts.vault import (
    vault_decrypt,
    vault_decrypt_groups,
    vault_decrypt_many,
    vault_destroy,
    vault_encrypt,
    vault_fingerprint,
    vault_opener,
)

__all__ = [
    "DeletionEffect",
    "MailMessage",
    "account_delete",
    "account_export_build",
    "account_export_content",
    "account_export_expire",
    "account_export_fail",
    "account_export_request",
    "account_locale_set",
    "account_open",
    "account_rename",
    "account_role_add",
    "blob_open",
    "blob_sealed",
    "blobs_delete",
    "blobs_delete_later",
    "blobs_sealing",
    "deletion_effects",
    "deletion_register",
    "export_register",
    "mail_queue",
    "mail_send",
    "operator_create",
    "profile_follow",
    "profile_update",
    "vault_decrypt",
    "vault_decrypt_groups",
    "vault_decrypt_many",
    "vault_destroy",
    "vault_encrypt",
    "vault_fingerprint",
    "vault_opener",
]
