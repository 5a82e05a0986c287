"""What creation needs from outside: somebody who trains, somebody who generates, somebody who signs and renders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from oeuvre.kit.provenance import (
        CredentialClaim,
        CredentialReport,
        DocumentFormat,
        EventReceipt,
        LicenceCertificate,
        PaymentReceipt,
        Signed,
        TextDocument,
    )


@dataclass(frozen=True, slots=True)
class TrainingWork:
    """One work on its way to the trainer; ``work_id`` is the file name that reports call it by.

    It goes as its ``text``, or as its ``content``: the file as it came, where its modality is not made of text.
    """

    work_id: str
    title: str
    kind: str
    keywords: tuple[str, ...]
    rights: str
    sha256: str
    text: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class OtherWork:
    """A work of somebody else, by its sketch: the trainer compares outputs with it and cannot read it."""

    work_id: str
    sketch: bytes


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """What a training run says of itself while it goes on. ``eta`` is in seconds; not every modality has losses."""

    phase: str
    step: int
    steps: int
    loss: float | None = None
    held_out_loss: float | None = None
    eta: float | None = None


@dataclass(frozen=True, slots=True)
class TrainedVersion:
    """What came out. ``passed`` is the gate's verdict; the archive holds the signed version either way."""

    name: str
    passed: bool
    archive: bytes
    report: dict[str, Any]
    manifest: dict[str, Any]


class Trainer(Protocol):
    """Trains versions. A run that was interrupted goes on from its checkpoint when called again with its id."""

    def train(
        self,
        *,
        run_id: UUID,
        modality: str,
        model_name: str,
        works: Sequence[TrainingWork],
        others: Iterable[OtherWork],
        seed: int,
        max_minutes: int,
        consents: Sequence[dict[str, Any]] = (),
        on_progress: Callable[[TrainingProgress], None],
        is_cancelled: Callable[[], bool],
    ) -> TrainedVersion:
        """Works travel through a pipe and never touch the disk in clear. A version whose outputs repeat one of
        ``others`` does not pass.

        The result is kept until ``forget`` is called, so that a crash before it was recorded costs no second
        training: calling again returns it at once.

        ``consents`` are those that `Consents.sign` made; they go into the version's manifest.

        Raises TrainingFailedError (with the studio's code and message) or TrainingCancelledError.
        """
        ...

    def forget(self, *, run_id: UUID) -> None:
        """Remove all that the trainer keeps of a run; one that it does not know is no error."""
        ...

    def verify(self, *, archive: bytes) -> TrainedVersion:
        """Read a packed version. Raises VersionDamagedError; WrongBaseError is left to the studio's hosting."""
        ...


class Consents(Protocol):
    """Signs what a person agreed to, so that it can travel with the version that needed it."""

    def sign(
        self, *, kind: str, statement: str, given_at: datetime, checks: Mapping[str, float | str | bool]
    ) -> dict[str, Any]:
        """The consent as manifests hold it, with the platform's public key and signature."""
        ...


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """The end of a stream: the whole text with what the studio tells about it."""

    text: str
    tokens: int
    seed: int
    finish_reason: str
    credit: tuple[tuple[str, float], ...]
    """``(sha256 of the work, estimated share)``; shares sum to 1."""


@dataclass(frozen=True, slots=True)
class MadeContent:
    """What a version made in one piece: a file, with what the studio tells about it."""

    content: bytes
    mime: str
    units: int
    """What the making is paid by: whole units of the modality, at least 1."""
    seed: int
    credit: tuple[tuple[str, float], ...]
    """``(sha256 of the work, estimated share)``; shares sum to 1."""
    facts: dict[str, float | str] = field(default_factory=dict)
    """What can be said of it in numbers: ``seconds``, ``width`` …"""
    preview: bytes = b""
    """What may be shown before payment, where the studio makes it: asked for by the option ``preview``."""
    preview_mime: str = ""
    beside: dict[str, bytes] = field(default_factory=dict)
    """What else came of it, by file ending: other forms of a design (``svg``), ``overlay.webp``; asked for by ``also``."""
    design: str = ""
    """A design as it can be set in other words later, in the studio's own form: goes back as the option ``design``."""


class Studio(Protocol):
    """Serves versions over the OpenAI wire format; asks with a grant that lives five seconds."""

    def generate(
        self, *, version: str, prompt: str, seed: int, max_tokens: int, asked_by: UUID, on_text: Callable[[str], bool]
    ) -> GeneratedText:
        """Stream a text; ``on_text`` gets all that is written so far and says whether to go on.

        ``asked_by`` is the person whose requests take turns with each other's; the studio learns an opaque name of it.

        Raises VersionNotLoadedError, StudioUnavailableError or StudioRefusedError. When ``on_text`` says no, the
        request is cancelled and the finish reason is ``cancelled``.
        """
        ...

    def make(
        self,
        *,
        version: str,
        modality: str,
        prompt: str,
        seed: int,
        options: Mapping[str, Any],
        asked_by: UUID,
        is_wanted: Callable[[], bool],
    ) -> MadeContent | None:
        """Make a recording, a picture or whatever else comes in one piece; texts are streamed by ``generate``.

        ``options`` are the modality's own, as the studio takes them. ``is_wanted`` is asked at least once a second while
        the studio works; when it says no, the request is cancelled and nothing comes back. Raises what ``generate`` raises.
        """
        ...

    def host(self, *, version: str, archive: bytes) -> None:
        """Give the studio a version to hold in memory. Raises WrongBaseError, VersionDamagedError."""
        ...

    def evict(self, *, version: str) -> None:
        """Make the studio forget a version and end its running streams; one that it does not hold is no error."""
        ...

    def embed(self, *, texts: Sequence[str]) -> list[list[float]]:
        """Unit vectors of the texts' meanings. Raises StudioUnavailableError."""
        ...


@dataclass(frozen=True, slots=True)
class VoiceCheck:
    """Whether a reading is of this voice and this phrase, made just now; what was measured; why not, in sentences."""

    passed: bool
    scores: dict[str, float | str | bool]
    reasons: tuple[str, ...]


class VoiceChecker(Protocol):
    """Holds a reading against recordings of the same person."""

    def check(
        self,
        *,
        recording: bytes,
        phrase: str,
        language: str,
        references: Sequence[bytes],
        earlier: Sequence[bytes] = (),
    ) -> VoiceCheck:
        """``references`` are works, ``earlier`` former readings that this must not repeat; all are files as they came.

        Raises StudioUnavailableError, or StudioRefusedError where it cannot be checked at all.
        """
        ...


class Pronouncer(Protocol):
    """Knows how words can be written for a voice."""

    def problem(self, *, word: str, said: str) -> str:
        """What is wrong with an entry of a pronunciation list, in a sentence for people; empty where nothing is."""
        ...


class Documents(Protocol):
    """Renders what people download."""

    def text(self, document: TextDocument, fmt: DocumentFormat) -> bytes: ...

    def certificate(self, certificate: LicenceCertificate) -> bytes: ...

    def receipt(self, receipt: PaymentReceipt) -> bytes: ...

    def event_receipt(self, receipt: EventReceipt) -> bytes: ...


class Credentials(Protocol):
    """C2PA credentials for files, Ed25519 signatures for statements."""

    def sign(self, data: bytes, mime: str, claim: CredentialClaim) -> Signed: ...

    def read(self, data: bytes, mime: str, sidecar: bytes | None = None) -> CredentialReport: ...

    def sign_statement(self, payload: dict[str, Any]) -> dict[str, Any]:
        """``payload`` beside its ``signature`` (base64) and the ``fingerprint`` of the platform's key."""
        ...

    def verify_statement(self, statement: dict[str, Any]) -> bool: ...
