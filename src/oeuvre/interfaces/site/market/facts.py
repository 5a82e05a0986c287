"""What the public verify page says: never who bought a piece, nor the prompt, nor any of its text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from oeuvre.domains.creation.consenting import synthetic_source
from oeuvre.domains.creation.modalities.table import file_formats
from oeuvre.domains.creation.papers import works_digest
from oeuvre.domains.creation.terms import licence_uses
from oeuvre.domains.orders.verification import RightsState
from oeuvre.kit.provenance import DocumentFormat, SourceType, ValidationState

if TYPE_CHECKING:
    from datetime import datetime

    from oeuvre.domains.creation.models import Licence
    from oeuvre.domains.creation.verification import Verification
    from oeuvre.domains.orders.verification import OrderVerification

_ENDINGS = {f".{ending}": fmt.mime for ending, fmt in file_formats().items()} | {
    ".markdown": DocumentFormat.MARKDOWN.mime,
    ".text": DocumentFormat.TXT.mime,
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
}


def mime_of(name: str) -> str:
    """The type that a file's name promises; bytes of no known kind for any other."""
    return _ENDINGS.get(PurePath(name).suffix.lower(), "application/octet-stream")


@dataclass(frozen=True, slots=True)
class LicenceFacts:
    """What everybody may know of a licence."""

    number: str
    status: str
    stands: bool
    use: str
    issued_at: datetime | None
    creator: str
    model: str
    version: str
    works: int
    works_sha256: str
    modality: str
    content_sha256: str
    """Of the piece itself, without a file format around it."""
    content_label: str
    fingerprint: str
    voice_source: str = ""
    """What a synthetic voice was made from; empty for everything else."""
    source_type: str = SourceType.GENERATED.uri
    training_allowed: bool = False


def licence_facts(licence: Licence) -> LicenceFacts:
    """The public facts of a licence that was paid for."""
    generation = licence.generation
    manifest = generation.version.manifest
    return LicenceFacts(
        number=licence.number,
        status=licence.status,
        stands=licence.status == "active",
        use=licence_uses()[licence.use].label,
        issued_at=licence.paid_at,
        creator=licence.freelancer.public_name,
        model=generation.model.name,
        version=generation.version.name,
        works=len(manifest.get("works", [])),
        works_sha256=works_digest(manifest),
        modality=generation.model.modality,
        content_sha256=generation.sha256,
        content_label=str(generation.modality.phrases.digest_heading),
        fingerprint=licence.certificate.get("fingerprint", ""),
        voice_source=synthetic_source(generation.version),
    )


def verdict_of(found: Verification, *, uploaded: bool) -> str:
    """The answer in one word, which the template puts into sentences.

    ``genuine``, ``revoked``, ``unsigned`` (a signature that does not hold), ``receipt``; for uploads that are none of
    these also ``papers`` (ours and intact, but not the piece itself), ``changed`` and ``foreign``; else ``unknown``.
    """
    report = found.credentials
    if report is not None and report.state == ValidationState.INVALID and not found.file_format:
        return "changed"
    if found.receipt is not None:
        return "receipt" if found.signature_valid else "unsigned"
    if found.licence is not None:
        if not found.licence_stands:
            return "revoked"
        if not found.signature_valid:
            return "unsigned"
        return "papers" if uploaded and not found.file_format else "genuine"
    return "foreign" if report is not None and report.is_intact else "unknown"


def as_json(found: Verification) -> dict[str, Any]:
    """The same facts for programs."""
    answer: dict[str, Any] = {"query": found.query, "found": found.found, "signature_valid": found.signature_valid}
    if found.licence is not None:
        facts = licence_facts(found.licence)
        answer["licence"] = {
            "number": facts.number,
            "status": facts.status,
            "stands": facts.stands,
            "use": found.licence.use,
            "issued_at": facts.issued_at,
        }
        answer["piece"] = {
            "creator": facts.creator,
            "model": facts.model,
            "version": facts.version,
            "works": facts.works,
            "works_manifest_sha256": facts.works_sha256,
            f"{facts.modality}_sha256": facts.content_sha256,
            "digital_source_type": facts.source_type,
            "training_allowed": facts.training_allowed,
        }
        if facts.voice_source:
            answer["piece"]["synthetic_voice"] = facts.voice_source
        answer["signed_by"] = facts.fingerprint
    if found.receipt is not None:
        answer["receipt"] = {
            "number": found.receipt.number,
            "event": found.receipt.event,
            "model": found.receipt.model.name,
            "at": found.receipt.created_at,
        }
    return answer


def order_verdict(found: OrderVerification, *, uploaded: bool) -> str:
    """The answer about an order in one word: ``delivered``, ``order_papers`` (ours and intact, but not a delivered file),
    ``pending``, ``returned``, or ``unsigned``."""
    if found.state is RightsState.ASSIGNED:
        if not found.signature_valid:
            return "unsigned"
        return "order_papers" if uploaded and not found.is_file else "delivered"
    return found.state.value


def order_json(query: str, found: OrderVerification) -> dict[str, Any]:
    """The same facts about an order, for programs."""
    return {
        "query": query,
        "found": True,
        "signature_valid": found.signature_valid,
        "order": {
            "number": found.number,
            "rights": found.state.value,
            "terms": list(found.rights),
            "creator": found.creator,
            "ai_use": [use.value for use in found.ai_use],
            "handed_over_at": found.handed_over_at,
            "is_file": found.is_file,
        },
        "signed_by": found.fingerprint,
    }
