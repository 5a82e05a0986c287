"""A person takes everything of theirs away. Imported through ``accounts.services``."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import ExportNotFoundError, ExportNotReadyError
from oeuvre.domains.accounts.membership import own_account
from oeuvre.domains.accounts.models import AccountExport, FreelancerProfile
from oeuvre.domains.accounts.states import EXPORT, ExportState
from oeuvre.domains.accounts.vault import vault_decrypt, vault_encrypt
from oeuvre.domains.audit import selectors as audit_selectors
from oeuvre.domains.audit import services as audit
from oeuvre.kit.actor import Actor
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.accounts.models import User

ExportPart = Callable[[Actor], Iterable[tuple[str, bytes | Iterable[bytes]]]]
"""Given the person as actor, yields file names (inside the part's folder) with their bytes, whole or in pieces."""

KEPT_DAYS = 7
_parts: dict[str, ExportPart] = {}


def export_register(name: str, part: ExportPart) -> None:
    """Let a domain add what it keeps of a person, under the folder ``name``; called once, from ``AppConfig.ready``."""
    _parts[name] = part


def account_export_request(*, actor: Actor) -> AccountExport:
    """Ask for the copy; a second request while one is being made returns that one."""
    with transaction.atomic():
        user = own_account(actor)
        waiting = AccountExport.objects.filter(user=user, status=ExportState.REQUESTED).first()
        if waiting is not None:
            return waiting
        export = AccountExport.objects.create(user=user)
        audit.record(actor=actor, code="account.export_requested", subject=user, export=str(export.pk))
        defer("accounts.export_build", export_id=str(export.pk))
    return export


def _account_file(user: User) -> dict[str, Any]:
    profile = FreelancerProfile.objects.filter(user=user).first()
    return {
        "id": str(user.pk),
        "email": user.email,
        "name": user.display_name,
        "roles": sorted(user.roles),
        "language": user.locale,
        "joined": user.date_joined.isoformat(),
        "profile": profile
        and {
            "handle": profile.handle,
            "headline": profile.headline,
            "bio": profile.bio,
            "trade": profile.trade,
            "location": profile.location,
            "languages": profile.languages,
        },
        "log": [
            {"at": entry.at.isoformat(), "code": entry.code, "object": str(entry), "data": entry.data}
            for entry in audit_selectors.log(actor=Actor(user.pk, frozenset())).order_by("at")
        ],
    }


def _zip(user: User) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("account.json", json.dumps(_account_file(user), ensure_ascii=False, indent=1))
        for name, part in _parts.items():
            for path, content in part(user.actor):
                with archive.open(f"{name}/{path}", "w", force_zip64=True) as member:
                    for piece in (content,) if isinstance(content, bytes) else content:
                        member.write(piece)
    return target.getvalue()


def account_export_build(*, export_id: UUID) -> None:
    """What the worker does: make the ZIP file, seal it with the account's key, keep it for KEPT_DAYS. Safe to repeat."""
    export = AccountExport.objects.select_related("user").filter(pk=export_id, status=ExportState.REQUESTED).first()
    if export is None:
        return
    data = _zip(export.user)
    sealed = vault_encrypt(owner_type="account", owner_id=export.user_id, data=data, context=f"export:{export.pk}")
    store = port("storage", BlobStore)
    key = store.put(sealed)
    try:
        with transaction.atomic():
            EXPORT.transition(export, ExportState.READY, actor=Actor.system(), blob=key, size=len(data))
            defer("accounts.export_expire", schedule_in={"days": KEPT_DAYS}, export_id=str(export.pk))
    except BaseException:
        store.delete(key)
        raise


def account_export_fail(*, export_id: UUID) -> None:
    """The worker gave up; the person may ask again."""
    export = AccountExport.objects.filter(pk=export_id, status=ExportState.REQUESTED).first()
    if export is not None:
        EXPORT.transition(export, ExportState.FAILED, actor=Actor.system())


def account_export_expire(*, export_id: UUID) -> None:
    """Delete the copy when its days are over. Safe to repeat."""
    export = AccountExport.objects.filter(pk=export_id, status=ExportState.READY).first()
    if export is not None:
        key = export.blob
        EXPORT.transition(export, ExportState.EXPIRED, actor=Actor.system(), blob="")
        port("storage", BlobStore).delete(key)


def account_export_content(*, actor: Actor, export_id: UUID) -> bytes:
    """The ZIP file. Raises ExportNotFoundError for anybody else's, ExportNotReadyError before it is made or after its days."""
    export = AccountExport.objects.filter(pk=export_id).first()
    if export is None or actor.user_id != export.user_id:
        raise ExportNotFoundError(_("There is no such export in your account."))
    if export.status != ExportState.READY:
        raise ExportNotReadyError(_("This export is not ready, or its days are over. Ask for a new one."))
    sealed = port("storage", BlobStore).get(export.blob)
    return vault_decrypt(owner_type="account", owner_id=export.user_id, data=sealed, context=f"export:{export.pk}")
