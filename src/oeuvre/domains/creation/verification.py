"""Public verification: of a file, a number or a hash. Works for models that are off or gone. Part of the selectors."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models import Generation, Licence, LicenceFile, ModelReceipt
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.states import LicenceState
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import ValidationState

if TYPE_CHECKING:
    from typing import Any

    from oeuvre.kit.provenance import CredentialReport

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Verification:
    """What this installation can say about a file, hash or number.

    ``statement`` is the signed certificate or receipt; personal data in it is shown to nobody but whoever holds it.
    """

    query: str
    licence: Licence | None = None
    receipt: ModelReceipt | None = None
    statement: dict[str, Any] | None = None
    signature_valid: bool = False
    file_format: str = ""
    """A format's ending, or a modality's name for a piece itself; empty where a number was looked up."""
    credentials: CredentialReport | None = None

    @property
    def found(self) -> bool:
        return self.licence is not None or self.receipt is not None

    @property
    def file_said(self) -> str:
        """What was looked up, for people: ``PDF``, or ``the text itself``; empty for a number."""
        modality = MODALITIES.get(self.file_format)
        return str(modality.phrases.itself) if modality else self.file_format.upper()

    @property
    def licence_stands(self) -> bool:
        return self.licence is not None and self.licence.status == LicenceState.ACTIVE


def _of_licence(query: str, licence: Licence, **more: Any) -> Verification:
    valid = bool(licence.certificate) and port("credentials", Credentials).verify_statement(licence.certificate)
    return Verification(
        query=query, licence=licence, statement=licence.certificate or None, signature_valid=valid, **more
    )


def verify_query(*, query: str) -> Verification:
    """Look up a licence or receipt number, or the SHA-256 of a file or of a piece itself."""
    query = query.strip()
    rows = Licence.objects.select_related("generation__model", "generation__version", "freelancer").exclude(
        status__in=[LicenceState.AWAITING_PAYMENT, LicenceState.UNPAID]
    )
    if _HASH.fullmatch(query.lower()):
        file = LicenceFile.objects.filter(sha256=query.lower()).first()
        if file:
            return _of_licence(query, rows.get(pk=file.licence_id), file_format=file.format)
        generation = Generation.objects.select_related("model").filter(sha256=query.lower()).first()
        licence = rows.filter(generation=generation).first() if generation else None
        if generation and licence:
            return _of_licence(query, licence, file_format=generation.model.modality)
        return Verification(query)
    number = query.upper().replace("RC-", "LC-")
    licence = rows.filter(number=number).first()
    if licence:
        return _of_licence(query, licence)
    receipt = ModelReceipt.objects.select_related("model").filter(number=number).first()
    if receipt:
        valid = port("credentials", Credentials).verify_statement(receipt.statement)
        return Verification(query, receipt=receipt, statement=receipt.statement, signature_valid=valid)
    return Verification(query)


def verify_file(*, data: bytes, mime: str, sidecar: bytes | None = None) -> Verification:
    """Look an uploaded file up by its hash and read its content credentials. The file is not kept.

    A licence that they name counts only under our own signature: anybody can sign a file that names one.
    """
    found = verify_query(query=hashlib.sha256(data).hexdigest())
    report = port("credentials", Credentials).read(data, mime, sidecar)
    if not found.found and report.licence and report.state is ValidationState.TRUSTED:
        found = verify_query(query=report.licence)
    return Verification(
        query=found.query,
        licence=found.licence,
        receipt=found.receipt,
        statement=found.statement,
        signature_valid=found.signature_valid,
        file_format=found.file_format,
        credentials=report,
    )
