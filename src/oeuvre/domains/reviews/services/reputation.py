"""A freelancer's reputation leaves, signed; those of other installations come in, verified. Imported through ``services``."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.reviews import notices
from oeuvre.domains.reviews.common import words
from oeuvre.domains.reviews.errors import (
    ImportNotFoundError,
    InstallationNotFoundError,
    InstallationRefusedError,
    NothingToExportError,
    RecipientInvalidError,
    ReportInvalidError,
    ReputationInvalidError,
)
from oeuvre.domains.reviews.limits import LIMITS
from oeuvre.domains.reviews.models import ImportedReputation, Installation
from oeuvre.domains.reviews.ports import Statements
from oeuvre.domains.reviews.reputation import payload as document
from oeuvre.domains.reviews.reputation.building import profile_address, reputation_of
from oeuvre.domains.reviews.states import INSTALLATION, InstallationState
from oeuvre.kit.actor import Role
from oeuvre.kit.locks import lock_names, lock_rows
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.reviews.reputation.payload import Reputation
    from oeuvre.kit.actor import Actor

_ADDRESS = re.compile(r"https?://[^\s<>\"]{3,190}")
_CLOCKS = timedelta(hours=24)
"""How far the clock of another installation may be ahead."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a statement is worth. Nothing is sent anywhere to find out."""

    reputation: Reputation
    fingerprint: str
    """Of the key that signed it. Compare it with the one that the issuing installation publishes."""
    is_own: bool
    """Whether this installation issued it."""
    installation: Installation | None
    """What the operator said of the key; None for one that was never seen."""

    @property
    def is_known(self) -> bool:
        """Whether the operator of this installation vouches for the key."""
        return self.is_own or (self.installation is not None and self.installation.status == InstallationState.KNOWN)


def reputation_export(*, actor: Actor, recipient: str = "") -> dict[str, Any]:
    """The actor's reputation, signed by this installation: to keep, to show, or to take along.

    ``recipient`` is the address of their profile on another installation: only there it can be brought in, so that nobody
    else passes as them. Raises ProfileNotFoundError, RecipientInvalidError, NothingToExportError.
    """
    profile = accounts.profile_own(actor=actor)
    recipient = recipient.strip()
    if recipient and not _ADDRESS.fullmatch(recipient):
        raise RecipientInvalidError(
            _("Enter the whole address of your profile there, with https://."), field="recipient"
        )
    reputation = reputation_of(profile, recipient)
    if reputation is None:
        raise NothingToExportError(_("There is nothing to take along yet: it begins with your first completed order."))
    statement = port("credentials", Statements).sign_statement(reputation.as_payload())
    digest = hashlib.sha256(json.dumps(statement, sort_keys=True).encode()).hexdigest()
    audit.record(actor=actor, code="reputation.exported", subject=profile, reputation=reputation.id, sha256=digest)
    return statement


def reputation_verify(*, statement: dict[str, Any] | bytes) -> Verification:
    """What a reputation says and who signed it, for everybody who has the file. Nothing is kept.

    Raises ReputationInvalidError: ``problem`` is ``size``, ``json``, ``signature`` (changed, or signed by nobody), ``form`` or
    ``time`` (issued in the future).
    """
    if isinstance(statement, bytes):
        statement = document.statement_read(statement)
    statements = port("credentials", Statements)
    fingerprint = statements.statement_signer(statement)
    if not fingerprint:
        raise ReputationInvalidError(
            _("The signature does not fit: this was changed after it was signed. Ask its issuer for the original."),
            problem="signature",
        )
    found = document.payload_read(statement.get("payload"))
    if found.issued_at > timezone.now() + _CLOCKS:
        raise ReputationInvalidError(
            _("This was signed in the future. Ask its issuer for one with the right date."), problem="time"
        )
    installation = Installation.objects.filter(fingerprint=fingerprint).first()
    return Verification(found, fingerprint, statements.verify_statement(statement), installation)


def reputation_import(*, actor: Actor, statement: dict[str, Any] | bytes) -> ImportedReputation:
    """Bring along what another installation says of oneself, to be shown apart from the numbers of this one.

    It must be made out to the actor's own profile here. A newer one of the same installation takes the older one's place.
    While the operator has not said that the key is known, it is kept and not shown. Raises ProfileNotFoundError,
    ReputationInvalidError, RecipientInvalidError, InstallationRefusedError.
    """
    profile = accounts.profile_own(actor=actor)
    if isinstance(statement, bytes):
        statement = document.statement_read(statement)
    found = reputation_verify(statement=statement)
    if found.is_own:
        raise RecipientInvalidError(_("This is from here; your profile has these numbers already."), field="statement")
    if found.reputation.recipient.rstrip("/") != profile_address(profile.handle).rstrip("/"):
        raise RecipientInvalidError(
            _("This is not made out to your profile here. Export it again there, for %(address)s.")
            % {"address": profile_address(profile.handle)},
            field="statement",
        )
    with transaction.atomic():
        lock_names([f"reviews.installation:{found.fingerprint}", f"reviews.imports:{profile.user_id}"])
        installation = _installation(actor, found)
        return _keep(actor, installation, statement, found.reputation)


def _installation(actor: Actor, found: Verification) -> Installation:
    issuer = found.reputation.issuer
    installation, created = Installation.objects.get_or_create(
        fingerprint=found.fingerprint, defaults={"name": issuer.name[:120], "address": issuer.address}
    )
    if created:
        audit.record(actor=actor, code="installation.seen", subject=installation, fingerprint=found.fingerprint)
    if installation.status == InstallationState.REFUSED:
        raise InstallationRefusedError(
            _("Statements of %(name)s are not taken here: %(reasons)s")
            % {"name": installation.name, "reasons": installation.reasons},
            reasons=installation.reasons,
        )
    return installation


def _keep(actor: Actor, installation: Installation, statement: dict[str, Any], found: Reputation) -> ImportedReputation:
    mine = ImportedReputation.objects.filter(freelancer_id=actor.person_id)
    row = mine.filter(installation=installation).first()
    if row is None and mine.count() >= LIMITS.imports:
        raise RecipientInvalidError(
            _("Your profile shows %(most)d other installations at most. Remove one first.") % {"most": LIMITS.imports},
            field="statement",
        )
    row = row or ImportedReputation(freelancer_id=actor.person_id, installation=installation)
    if row.issued_at and row.issued_at > found.issued_at:
        raise RecipientInvalidError(_("Your profile has a newer one of this installation already."), field="statement")
    row.statement, row.issued_at = statement, found.issued_at
    row.issuer_name, row.issuer_address = found.issuer.name, found.issuer.address
    row.completed, row.rating_count = found.orders.completed, found.ratings.count
    row.save()
    audit.record(actor=actor, code="reputation.imported", subject=row, installation=installation.fingerprint)
    return row


def reputation_remove(*, actor: Actor, import_id: UUID) -> None:
    """Take back what one brought along. Raises ImportNotFoundError for anybody else's.

    A key that nobody else brought and no operator decided about is forgotten with it.
    """
    mine = ImportedReputation.objects.filter(pk=import_id, freelancer_id=actor.person_id)
    with transaction.atomic():
        if not imports_take_back(actor=actor, imports=mine):
            raise ImportNotFoundError(_("There is no such import of yours."), import_id=import_id)


def imports_take_back(*, actor: Actor, imports: QuerySet[ImportedReputation]) -> int:
    """Delete imports, and the keys that only they kept waiting for an operator; returns how many imports there were.

    Anybody can make keys without end. Only those that somebody's profile would show stay in the operator's list.
    """
    lock_names(f"reviews.installation:{key}" for key in imports.values_list("installation__fingerprint", flat=True))
    rows = lock_rows(imports.select_related("installation").defer("statement"))
    for row in rows:
        audit.record(actor=actor, code="reputation.removed", subject=row)
        row.delete()
    for installation in {row.installation for row in rows}:
        waiting = lock_rows(Installation.objects.filter(pk=installation.pk, status=InstallationState.WAITING))
        if waiting and not installation.imports.exists():
            audit.record(actor=actor, code="installation.forgotten", subject=installation)
            installation.delete()
    return len(rows)


def installation_decide(
    *, actor: Actor, installation_id: UUID, known: bool, reasons: str, name: str = ""
) -> Installation:
    """Say whether a key is the one that the other installation publishes; then what it signed is shown, or is not.

    Operators only. Raises PermissionDeniedError, InstallationNotFoundError, ReportInvalidError, IllegalTransitionError.
    """
    actor.require(Role.OPERATOR)
    reasons = words(reasons, most=LIMITS.reasons, field="reasons", error=ReportInvalidError)
    with transaction.atomic():
        found = lock_rows(Installation.objects.filter(pk=installation_id))
        if not found:
            raise InstallationNotFoundError(_("There is no such installation."), installation_id=installation_id)
        installation = found[0]
        INSTALLATION.transition(
            installation,
            InstallationState.KNOWN if known else InstallationState.REFUSED,
            actor=actor,
            reasons=reasons,
            name=" ".join(name.split())[:120] or installation.name,
        )
        for row in installation.imports.select_related("freelancer").defer("statement"):
            notices.installation_decided(row.freelancer, installation.name, known=known)
    return installation
