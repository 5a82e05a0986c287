"""What a buyer finds, holds and takes away: trades, licences of a piece, papers. Part of the selectors."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import Lower
from django.utils import timezone

from oeuvre.domains.creation.errors import GenerationClosedError, GenerationNotFoundError, NotPaidError
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models import CreationModel, Generation, Licence
from oeuvre.domains.creation.opening import licence_file
from oeuvre.domains.creation.papers import verify_url
from oeuvre.domains.creation.ports import Credentials, Documents
from oeuvre.domains.creation.selectors import is_closed, licence_get
from oeuvre.domains.creation.states import GENERATION, LicenceState, ModelState
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import (
    AmountRow,
    CredentialClaim,
    DocumentFormat,
    FileDigest,
    LicenceCertificate,
    Party,
    PaymentReceipt,
    SignatureLine,
    SourceType,
)

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.creation.modalities.base import FileFormat, Label
    from oeuvre.kit.actor import Actor

_PDF = DocumentFormat.PDF.mime


@dataclass(frozen=True, slots=True)
class TradeCount:
    """A trade and how many models on offer belong to it."""

    trade: str
    count: int


@dataclass(frozen=True, slots=True)
class ModalityCount:
    """What models make, and how many on offer make it."""

    modality: str
    label: Label
    """As a shelf of the gallery: ``Pictures``."""
    count: int


def trades() -> list[TradeCount]:
    """Trades of freelancers with a model on offer, the largest first; spellings that differ in case are one."""
    rows = (
        CreationModel.objects.filter(status=ModelState.PUBLISHED, current_version__isnull=False)
        .exclude(owner__profile__trade="")
        .annotate(trade=Lower("owner__profile__trade"))
        .values("trade")
        .annotate(count=Count("pk"))
        .order_by("-count", "trade")
    )
    return [TradeCount(row["trade"], row["count"]) for row in rows if row["trade"]]


def modalities_on_offer() -> list[ModalityCount]:
    """What models on offer make, in the order of the table; those that none makes are left out."""
    rows = (
        CreationModel.objects.filter(status=ModelState.PUBLISHED, current_version__stale_at=None)
        .exclude(current_version=None)
        .values("modality")
        .annotate(count=Count("pk"))
    )
    counted = {row["modality"]: row["count"] for row in rows}
    return [
        ModalityCount(name, modality.phrases.shelf, counted[name])
        for name, modality in MODALITIES.items()
        if name in counted
    ]


def generation_ask_again(*, actor: Actor, generation_id: UUID) -> Generation:
    """The buyer's own piece, whatever became of it, to ask for another like it. Raises GenerationNotFoundError."""
    generation = Generation.objects.select_related("model").filter(pk=generation_id, buyer_id=actor.user_id).first()
    if generation is None or actor.user_id is None:
        raise GenerationNotFoundError("There is no such piece of yours.")
    return generation


@dataclass(frozen=True, slots=True)
class PreviewNow:
    """All that may be seen of a piece while it is written."""

    preview: str
    status: str

    @property
    def is_over(self) -> bool:
        return GENERATION.is_terminal(self.status)


def preview_now(*, actor: Actor, generation_id: UUID) -> PreviewNow:
    """The preview as far as it is written; asked again and again, so it loads nothing else.

    Raises GenerationNotFoundError, and GenerationClosedError from the moment the model is switched off.
    """
    generation = (
        Generation.objects.filter(Q(buyer_id=actor.user_id) | Q(model__owner_id=actor.user_id), pk=generation_id)
        .select_related("model")
        .only("preview", "status", "model__status", "model__owner_id")
        .first()
    )
    if generation is None or actor.user_id is None:
        raise GenerationNotFoundError("There is no such piece of yours.")
    if is_closed(model=generation.model, actor=actor):
        raise GenerationClosedError("The freelancer switched this model off; its pieces are closed.")
    return PreviewNow(generation.preview, generation.status)


def licences_of_piece(*, actor: Actor, generation_id: UUID) -> list[Licence]:
    """The actor's licences of one piece that are open or stand, newest first."""
    if actor.user_id is None:
        return []
    rows = Licence.objects.filter(generation_id=generation_id, buyer_id=actor.user_id)
    return list(rows.exclude(status__in=[LicenceState.UNPAID, LicenceState.REVOKED]).order_by("-created_at"))


def _standing(*, actor: Actor, licence_id: UUID) -> Licence:
    """A licence whose papers may be taken away: paid, complete and not revoked, also of a model that is off."""
    licence = licence_get(actor=actor, licence_id=licence_id)
    if licence.status != LicenceState.ACTIVE:
        raise NotPaidError("The papers are released when the payment has arrived.")
    return licence


def statement_of(*, actor: Actor, licence_id: UUID, receipt: bool = False) -> dict[str, Any]:
    """The signed statement behind the certificate or the receipt. Raises LicenceNotFoundError, NotPaidError."""
    licence = _standing(actor=actor, licence_id=licence_id)
    statement: dict[str, Any] = licence.receipt if receipt else licence.certificate
    return statement


def certificate_pdf(*, actor: Actor, licence_id: UUID) -> bytes:
    """The certificate as a page, printed from what was signed. Raises LicenceNotFoundError, NotPaidError."""
    licence = _standing(actor=actor, licence_id=licence_id)
    page = port("documents", Documents).certificate(certificate_read(licence.certificate, licence.buyer.locale))
    return _with_credentials(page, licence, f"Certificate {licence.number}")


def receipt_pdf(*, actor: Actor, licence_id: UUID) -> bytes:
    """The receipt with the split as a page, printed from what was signed. Raises LicenceNotFoundError, NotPaidError."""
    licence = _standing(actor=actor, licence_id=licence_id)
    page = port("documents", Documents).receipt(receipt_read(licence.receipt, licence.buyer.locale))
    return _with_credentials(page, licence, f"Receipt {licence.number}")


def licence_formats(*, actor: Actor, licence_id: UUID) -> tuple[FileFormat, ...]:
    """The forms in which a licensed piece is downloaded. Raises LicenceNotFoundError."""
    licence = licence_get(actor=actor, licence_id=licence_id)
    made = {file.format for file in licence.files.all()}
    return tuple(fmt for fmt in licence.generation.modality.formats if fmt.suffix in made)


def bundle_zip(*, actor: Actor, licence_id: UUID, stem: str, statement: bytes) -> bytes:
    """Everything of a licence in one ZIP: all formats with their credentials, certificate, receipt, statement.

    ``stem`` is the files' name without ending, ``statement`` the signed statement as JSON. Raises what
    ``licence_file`` and ``certificate_pdf`` raise.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for fmt in licence_formats(actor=actor, licence_id=licence_id):
            _, data, sidecar = licence_file(actor=actor, licence_id=licence_id, fmt=fmt.suffix)
            archive.writestr(f"{stem}.{fmt.suffix}", data)
            if sidecar:
                archive.writestr(f"{stem}.{fmt.suffix}.c2pa", sidecar)
        archive.writestr("certificate.pdf", certificate_pdf(actor=actor, licence_id=licence_id))
        archive.writestr("receipt.pdf", receipt_pdf(actor=actor, licence_id=licence_id))
        archive.writestr("certificate.json", statement)
    return packed.getvalue()


def certificate_read(statement: dict[str, Any], language: str) -> LicenceCertificate:
    """The reverse of ``LicenceCertificate.payload()``, with the signature that stands under it."""
    payload = statement["payload"]
    return LicenceCertificate(
        **_plain(payload, "number title buyer freelancer model version prompt seed platform"),
        files=tuple(FileDigest(**row) for row in payload["files"]),
        terms=tuple(payload["terms"]),
        issued_at=datetime.fromisoformat(payload["issued_at"]),
        verify_url=verify_url(payload["number"]),
        language=language,
        signature=_signature(statement),
    )


def receipt_read(statement: dict[str, Any], language: str) -> PaymentReceipt:
    """The reverse of ``PaymentReceipt.payload()``, with the signature that stands under it."""
    payload = statement["payload"]
    return PaymentReceipt(
        **_plain(payload, "number total payment_reference platform"),
        date=date.fromisoformat(payload["date"]),
        parties=tuple(Party(row["role"], row["name"], tuple(row["details"])) for row in payload["parties"]),
        lines=tuple(AmountRow(**row) for row in payload["lines"]),
        split=tuple(AmountRow(**row) for row in payload["split"]),
        verify_url=verify_url(payload["number"]),
        language=language,
        signature=_signature(statement),
    )


def _plain(payload: dict[str, Any], names: str) -> dict[str, Any]:
    return {name: payload[name] for name in names.split()}


def _signature(statement: dict[str, Any]) -> SignatureLine:
    return SignatureLine(statement["fingerprint"], statement["signature"])


def _with_credentials(page: bytes, licence: Licence, title: str) -> bytes:
    """Our own pages carry credentials too, so that the verify page knows them when they are uploaded."""
    claim = CredentialClaim(
        title=title,
        creator=settings.SITE_NAME,
        source_type=SourceType.ISSUED,
        created_at=licence.paid_at or timezone.now(),
        licence=licence.number,
        creator_url=settings.SITE_URL,
    )
    return port("credentials", Credentials).sign(page, _PDF, claim).data
