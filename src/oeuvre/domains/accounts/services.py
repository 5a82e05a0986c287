"""Writing accounts."""

from oeuvre.domains.accounts.membership import account_locale_set, account_open, account_rename, account_role_add
from oeuvre.domains.accounts.operators import operator_create
from oeuvre.domains.accounts.profiles import profile_update
from oeuvre.domains.accounts.vault import vault_decrypt, vault_destroy, vault_encrypt, vault_fingerprint

__all__ = [
    "account_locale_set",
    "account_open",
    "account_rename",
    "account_role_add",
    "operator_create",
    "profile_update",
    "vault_decrypt",
    "vault_destroy",
    "vault_encrypt",
    "vault_fingerprint",
]
