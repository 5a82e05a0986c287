"""Envelope encryption of what freelancers bring."""

from __future__ import annotations

import uuid

import pytest

from oeuvre.domains.accounts import errors, services
from oeuvre.domains.accounts.models import DataKey
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.kit.actor import Actor

pytestmark = pytest.mark.django_db
OWNER = uuid.UUID("00000000-0000-4000-8000-000000000001")


def test_vault_encrypt__opens_with_the_same_owner_and_context_only() -> None:
    sealed = services.vault_encrypt(owner_type="account", owner_id=OWNER, data=b"a poem", context="work:1")
    assert b"poem" not in sealed
    assert services.vault_decrypt(owner_type="account", owner_id=OWNER, data=sealed, context="work:1") == b"a poem"
    with pytest.raises(errors.CiphertextError):
        services.vault_decrypt(owner_type="account", owner_id=OWNER, data=sealed, context="work:2")
    with pytest.raises(errors.CiphertextError):
        services.vault_decrypt(owner_type="account", owner_id=uuid.uuid4(), data=sealed, context="work:1")


def test_vault_decrypt__detects_any_changed_byte() -> None:
    sealed = bytearray(services.vault_encrypt(owner_type="account", owner_id=OWNER, data=b"ab", context="c"))
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(errors.CiphertextError):
            services.vault_decrypt(owner_type="account", owner_id=OWNER, data=bytes(changed), context="c")


def test_vault_destroy__makes_everything_unreadable_for_good_and_is_audited() -> None:
    sealed = services.vault_encrypt(owner_type="model", owner_id=OWNER, data=b"x", context="c")
    services.vault_destroy(actor=Actor.system(), owner_type="model", owner_id=OWNER)
    services.vault_destroy(actor=Actor.system(), owner_type="model", owner_id=OWNER)
    with pytest.raises(errors.KeyDestroyedError):
        services.vault_decrypt(owner_type="model", owner_id=OWNER, data=sealed, context="c")
    with pytest.raises(errors.KeyDestroyedError):
        services.vault_encrypt(owner_type="model", owner_id=OWNER, data=b"y", context="c")
    assert DataKey.objects.get().wrapped is None
    assert AuditRecord.objects.filter(code="data_key.destroyed").count() == 2
