"""Writing accounts."""

from oeuvre.domains.accounts.vault import vault_decrypt, vault_destroy, vault_encrypt

__all__ = ["vault_decrypt", "vault_destroy", "vault_encrypt"]
