"""What a document or a credential says, as plain values: no framework, no library, no database.

The domains fill these in, the integrations render and sign them, so neither side knows the other.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any

from oeuvre.kit.errors import DomainError


class DocumentError(DomainError):
    """A document could not be rendered from what was given."""

    code = "document_invalid"
    status = 422


class CredentialError(DomainError):
    """Credentials could not be made, or the signing certificate does not do."""

    code = "credential_invalid"
    status = 500


class SignatureInvalidError(DomainError):
    """A signed JSON document was changed, or was not signed by a key that we trust."""

    code = "signature_invalid"
    status = 422


class DocumentFormat(StrEnum):
    """The formats in which a text is downloaded; the value is the file name's ending."""

    TXT = "txt"
    MARKDOWN = "md"
    DOCX = "docx"
    PDF = "pdf"

    @property
    def mime(self) -> str:
        return _MIMES[self]


_MIMES = {
    DocumentFormat.TXT: "text/plain",
    DocumentFormat.MARKDOWN: "text/markdown",
    DocumentFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentFormat.PDF: "application/pdf",
}


class SourceType(StrEnum):
    """How a piece came to be, in the terms of https://cv.iptc.org/newscodes/digitalsourcetype/."""

    GENERATED = "trainedAlgorithmicMedia"
    """Made by a model version."""

    EDITED = "humanEdits"
    """A generation that the freelancer reworked by hand; it has parents."""

    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
    """Made by a person with parts that a model made. With parents, these parts are named and the rest are human edits."""

    CREATED = "digitalCreation"
    """Made by a person, without generative tools."""

    ISSUED = "dataDrivenMedia"
    """Set by the platform from its records: a certificate, a receipt."""

    @property
    def uri(self) -> str:
        return f"http://cv.iptc.org/newscodes/digitalsourcetype/{self.value}"


@dataclass(frozen=True, slots=True)
class TextDocument:
    """A text that somebody paid for, ready to be rendered."""

    title: str
    text: str
    """Plain text or light Markdown: headings, paragraphs, emphasis, lists, quotations, code."""
    creator: str
    version: str
    """The model version's immutable name, ``<model>@<12 hex>``."""
    licence: str
    created: date
    language: str = "en"
    """BCP 47; the labels around the text exist in English and Portuguese."""
    platform: str = "Oeuvre"


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The SHA-256 of one file, lower-case hex."""

    format: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """What is printed of the Ed25519 signature over ``payload()``."""

    fingerprint: str
    """SHA-256 of the raw public key, lower-case hex."""
    value: str
    """The signature in base64."""


def _plain(value: Any) -> Any:
    """JSON's own types only: dates as ISO 8601, enum members as their value."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value


class _Payload:
    """Adds ``payload()``: the statement itself, without what only decorates the page."""

    __slots__ = ()

    def payload(self) -> dict[str, Any]:
        """The JSON object that is signed and that the verify page shows; stable for equal values."""
        values = asdict(self)  # type: ignore[call-overload]  # every subclass is a dataclass
        statement = {key: value for key, value in values.items() if key not in ("signature", "verify_url", "language")}
        return {"type": type(self).__name__, **_plain(statement)}


@dataclass(frozen=True, slots=True)
class LicenceCertificate(_Payload):
    """The page that says who may use which piece, and on what terms."""

    number: str
    title: str
    buyer: str
    freelancer: str
    model: str
    version: str
    prompt: str
    seed: str
    """Decimal digits: seeds go past 2⁵³, which JSON numbers do not carry everywhere."""
    files: tuple[FileDigest, ...]
    terms: tuple[str, ...]
    """The licence in plain words, one sentence or short paragraph each."""
    issued_at: datetime
    verify_url: str
    platform: str = "Oeuvre"
    language: str = "en"
    signature: SignatureLine | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a payment as it is printed: a name, and lines under it (address, tax number)."""

    role: str
    name: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AmountRow:
    """A label and an amount that is already formatted (``$12.50``), with a remark if need be."""

    label: str
    amount: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PaymentReceipt(_Payload):
    """What was bought, what it cost, and who got how much of it."""

    number: str
    date: date
    parties: tuple[Party, ...]
    lines: tuple[AmountRow, ...]
    total: str
    split: tuple[AmountRow, ...]
    """Compute, platform, tax, freelancer: the rows sum to the total."""
    payment_reference: str
    platform: str = "Oeuvre"
    verify_url: str = ""
    language: str = "en"
    signature: SignatureLine | None = None


@dataclass(frozen=True, slots=True)
class RightsAssignment(_Payload):
    """The statement that a completed order gives its buyer: which files, and what may be done with them."""

    number: str
    title: str
    buyer: str
    freelancer: str
    rights: str
    """The licence's key."""
    terms: tuple[str, ...]
    """The licence in plain words, one sentence or short paragraph each."""
    files: tuple[FileDigest, ...]
    """Each as it was handed over and as it left with credentials, under its name."""
    ai_use: tuple[str, ...]
    """What the freelancer declared about AI, delivery by delivery: ``none``, ``assisted`` or ``generated``."""
    issued_at: datetime
    verify_url: str
    platform: str = "Oeuvre"
    language: str = "en"
    signature: SignatureLine | None = None


@dataclass(frozen=True, slots=True)
class ConsentStatement(_Payload):
    """A buyer's word on whether the freelancer may train models on what an order delivered."""

    number: str
    title: str
    buyer: str
    freelancer: str
    decision: str
    """``granted``, ``refused`` or ``revoked``."""
    files: tuple[FileDigest, ...]
    decided_at: datetime
    platform: str = "Oeuvre"
    verify_url: str = ""
    language: str = "en"
    signature: SignatureLine | None = None


class ModelEvent(StrEnum):
    """What happened to a creation model."""

    DISABLED = "disabled"
    """Stopped for everybody; its files are kept for the freelancer."""

    DELETED = "deleted"
    """Its data key was destroyed: nobody can read its files any more, the operator included."""


@dataclass(frozen=True, slots=True)
class EventReceipt(_Payload):
    """The signed page that a freelancer keeps after disabling or deleting a creation model."""

    number: str
    event: ModelEvent
    model: str
    freelancer: str
    versions: tuple[str, ...]
    occurred_at: datetime
    effects: tuple[AmountRow, ...]
    """What was stopped, closed or destroyed, with its count or fingerprint as the amount."""
    key_fingerprint: str = ""
    """SHA-256 of the destroyed data key's identifier, for a deletion."""
    platform: str = "Oeuvre"
    verify_url: str = ""
    language: str = "en"
    signature: SignatureLine | None = None


@dataclass(frozen=True, slots=True)
class WorksManifest:
    """The list of works that a version was trained on, known here by its hash only."""

    title: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CredentialClaim:
    """What the credentials of one file state."""

    title: str
    creator: str
    """The freelancer's public name."""
    source_type: SourceType
    created_at: datetime
    """With a time zone."""
    version: str = ""
    licence: str = ""
    prompt_sha256: str = ""
    seed: str = ""
    works: WorksManifest | None = None
    voice_source: str = ""
    """What a synthetic voice was made from; empty for a person's, and for what nobody speaks."""
    words_edited_at: datetime | None = None
    """When its buyer changed the words on it, where they did; with a time zone."""
    creator_url: str = ""
    software_agent: str = "Oeuvre studio"
    software_version: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A file with its credentials: inside ``data``, or beside it in ``sidecar`` (a ``.c2pa`` file)."""

    data: bytes
    mime: str
    sidecar: bytes | None = None


class ValidationState(StrEnum):
    """What a reader of credentials may say of a file."""

    TRUSTED = "trusted"
    """Intact, and signed by whom the reader was told to take for itself."""

    VALID = "valid"
    """Intact, but signed by somebody else."""

    INVALID = "invalid"
    """The file or its credentials were changed, or the signature does not hold."""

    ABSENT = "absent"
    """The file carries no credentials and none came with it."""


@dataclass(frozen=True, slots=True)
class CredentialProblem:
    """One reason why credentials do not hold: a C2PA status code, or one of ours, and its explanation."""

    code: str
    explanation: str


@dataclass(frozen=True, slots=True)
class CredentialReport:
    """What the credentials of a file say, and whether they may be believed."""

    state: ValidationState
    title: str = ""
    creator: str = ""
    version: str = ""
    licence: str = ""
    prompt_sha256: str = ""
    seed: str = ""
    source_type: SourceType | None = None
    works: WorksManifest | None = None
    voice_source: str = ""
    """What a synthetic voice was made from."""
    words_edited: str = ""
    """The day on which its buyer changed the words on it (ISO 8601); empty where nobody did."""
    parents: tuple[str, ...] = ()
    """Titles of the pieces that this one was made from by hand."""
    edited_by_hand: bool = False
    """Whether it states human edits of what it was made from."""
    training_allowed: bool | None = None
    """False where the credentials refuse every kind of training and mining; None where they say nothing."""
    issuer: str = ""
    signed_by: str = ""
    problems: tuple[CredentialProblem, ...] = field(default_factory=tuple)

    @property
    def is_intact(self) -> bool:
        return self.state in (ValidationState.TRUSTED, ValidationState.VALID)
