"""C2PA content credentials on the files that buyers download, made and read with c2pa-python.

PDF, DOCX and every other format that c2pa can write carry them inside; for TXT and Markdown, which it cannot,
they come as a ``.c2pa`` file beside the text, bound to every byte of it.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import c2pa

from oeuvre.integrations.credentials.claims import definition, parent_label, statements
from oeuvre.integrations.credentials.coverage import ZIP_ERRORS, has_manifest
from oeuvre.integrations.credentials.coverage import problems as uncovered
from oeuvre.integrations.credentials.identity import SigningIdentity, ensure_signing_identity, load_identity
from oeuvre.integrations.credentials.signers import Signers, signers_remember
from oeuvre.integrations.credentials.signing import SignedDocument, SigningKey, verify_json
from oeuvre.kit.provenance import (
    CredentialError,
    CredentialProblem,
    CredentialReport,
    DocumentFormat,
    SignatureInvalidError,
    Signed,
    SourceType,
    ValidationState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.kit.provenance import CredentialClaim

_STATES = {
    "Trusted": ValidationState.TRUSTED,
    "Valid": ValidationState.VALID,
    "Invalid": ValidationState.INVALID,
}
_ANOTHER_SIGNER = CredentialProblem(
    "oeuvre.anotherSigner", "Its signer's authority is known here, but it is not this installation's certificate."
)
_MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes that a package may unpack to in memory; ``zipfile`` reads no more of a member than it declares."""


class ContentCredentials:
    """The platform's credentials: the keys it signs with, and the signers it takes for itself when reading."""

    def __init__(
        self,
        directory: str,
        *,
        platform: str = "Oeuvre",
        certificate: str = "",
        key: str = "",
        timestamp_url: str = "",
    ) -> None:
        """``directory`` holds the installation's own keys; ``certificate`` and ``key`` are the operator's, if any.

        Every certificate that this installation signed with is kept, so that older files go on verifying.
        ``timestamp_url`` is an RFC 3161 authority; with one, signatures outlive their certificate.
        """
        if bool(certificate) != bool(key):
            raise CredentialError("Set both OEUVRE_C2PA_CERT and OEUVRE_C2PA_KEY, or neither.")
        own = ensure_signing_identity(Path(directory), organisation=platform)
        self.identity = load_identity(Path(certificate), Path(key)) if certificate else own
        self.platform = platform
        self.timestamp_url = timestamp_url
        self.signers = signers_remember(Path(directory), own, self.identity)
        self.statement_key = SigningKey.load_or_create(Path(directory) / "statements.key")

    def sign(self, data: bytes, mime: str, claim: CredentialClaim, parents: Sequence[Signed] = ()) -> Signed:
        """The file with its credentials; see :func:`sign`."""
        return sign(
            data,
            mime,
            claim,
            identity=self.identity,
            parents=parents,
            generator=self.platform,
            timestamp_url=self.timestamp_url,
            trust_anchors=self.signers.trust_anchors,
        )

    def read(self, data: bytes, mime: str, sidecar: bytes | None = None) -> CredentialReport:
        """What the file's credentials say, read with the platform's own trust; see :func:`read`."""
        return read(data, mime, sidecar, signers=self.signers)

    def sign_statement(self, payload: dict[str, Any]) -> dict[str, Any]:
        """``payload`` beside its ``signature`` (base64) and the ``fingerprint`` of the platform's key."""
        return self.statement_key.sign_json(payload).as_json()

    def verify_statement(self, statement: dict[str, Any]) -> bool:
        """Whether this platform signed exactly this; False, not an error, for any other value."""
        try:
            verify_json(SignedDocument.from_json(statement), trusted=[self.statement_key.fingerprint])
        except SignatureInvalidError:
            return False
        return True

    def statement_fingerprint(self) -> str:
        """The fingerprint of the platform's key: what it publishes, so that others can compare."""
        return self.statement_key.fingerprint

    def statement_signer(self, statement: Any) -> str:
        """The fingerprint of the key that signed exactly this, whoever holds it; empty where nobody did.

        Whether the key is somebody's is for the reader to find out: anybody can make one.
        """
        try:
            document = SignedDocument.from_json(statement)
            verify_json(document, trusted=[document.line.fingerprint])
        except (SignatureInvalidError, ValueError, RecursionError):
            return ""
        return document.line.fingerprint


def sign(
    data: bytes,
    mime: str,
    claim: CredentialClaim,
    *,
    identity: SigningIdentity,
    parents: Sequence[Signed] = (),
    generator: str = "Oeuvre",
    timestamp_url: str = "",
    trust_anchors: str = "",
) -> Signed:
    """Embed credentials where c2pa can write them into the format, else make a sidecar.

    ``parents`` are the pieces that this one was made from by hand: the first was opened, the others placed
    into it; they keep their own credentials inside the new ones. Raises CredentialError.
    """
    if parents and claim.source_type not in (SourceType.EDITED, SourceType.COMPOSITE):
        raise CredentialError("Only an edited piece has parents; give it the source type EDITED or COMPOSITE.")
    if mime == DocumentFormat.DOCX.mime:
        data = _stored(data)
    context = _context(trust_anchors or identity.trust_anchors)
    values = definition(claim, mime, generator=generator, parents=len(parents))
    ingredients = [(_parent_ingredient(index, parent, context), parent) for index, parent in enumerate(parents)]
    values["ingredients"] += [ingredient for ingredient, parent in ingredients if parent.sidecar is not None]
    embedded = mime in c2pa.Builder.get_supported_mime_types()
    target = io.BytesIO()
    try:
        with _signer(identity, timestamp_url) as signer, c2pa.Builder(values, context=context) as builder:
            _add_parents(builder, ingredients)
            if not embedded:
                builder.set_no_embed()
            manifest = builder.sign(signer, mime, io.BytesIO(data), target)
    except c2pa.C2paError as error:
        raise CredentialError(f"The file could not be signed: {error}", mime=mime) from error
    return Signed(target.getvalue(), mime) if embedded else Signed(data, mime, manifest)


def read(data: bytes, mime: str, sidecar: bytes | None = None, signers: Signers | None = None) -> CredentialReport:
    """Validate and summarise a file's credentials; never raises for a bad file, and never uses the network.

    An intact file is TRUSTED when one of ``signers`` signed it, and else VALID, whatever authority stands behind its
    signer. One changed byte, in the content or in the credentials, makes it INVALID.
    """
    if sidecar is None and mime == DocumentFormat.DOCX.mime and not has_manifest(data):
        return CredentialReport(ValidationState.ABSENT)
    try:
        with c2pa.Reader(
            mime, io.BytesIO(data), manifest_data=sidecar, context=_context(signers.trust_anchors if signers else "")
        ) as reader:
            store = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound as error:
        if sidecar is not None:
            return _unreadable(error)
        return CredentialReport(ValidationState.ABSENT)
    except c2pa.C2paError.NotSupported as error:
        return _unreadable(error) if sidecar is not None else CredentialReport(ValidationState.ABSENT)
    except c2pa.C2paError as error:
        return _unreadable(error)
    report = _report(store)
    if report.state is ValidationState.TRUSTED and not (signers and signers.include(_signature(store))):
        report = replace(report, state=ValidationState.VALID, problems=(*report.problems, _ANOTHER_SIGNER))
    free = uncovered(data, mime, sidecar) if report.is_intact else ()
    return replace(report, state=ValidationState.INVALID, problems=report.problems + free) if free else report


def _report(store: dict[str, Any]) -> CredentialReport:
    results = store.get("validation_results", {})
    groups = [results.get("activeManifest", {})]
    groups += [delta["validationDeltas"] for delta in results.get("ingredientDeltas") or []]
    found = tuple(
        CredentialProblem(failure["code"], failure.get("explanation", ""))
        for group in groups
        for failure in group.get("failure", [])
    )
    return CredentialReport(
        state=_STATES.get(store.get("validation_state", ""), ValidationState.INVALID),
        problems=found,
        **statements(_active(store)),
    )


def _active(store: dict[str, Any]) -> dict[str, Any]:
    active: dict[str, Any] = store.get("manifests", {}).get(store.get("active_manifest"), {})
    return active


def _signature(store: dict[str, Any]) -> dict[str, Any]:
    signature: dict[str, Any] = _active(store).get("signature_info") or {}
    return signature


def _unreadable(error: c2pa.C2paError) -> CredentialReport:
    name = type(error).__name__.removeprefix("_C2pa").lower()
    return CredentialReport(ValidationState.INVALID, problems=(CredentialProblem(f"c2pa.{name}", str(error)),))


@cache
def _context(trust_anchors: str) -> c2pa.Context:
    """Settings without network, thumbnails or global state; one a set of anchors."""
    return c2pa.Context.from_dict(
        {
            "trust": {"trust_anchors": trust_anchors} if trust_anchors else {},
            "verify": {
                "verify_trust": bool(trust_anchors),
                "verify_after_sign": True,
                "ocsp_fetch": False,
                "remote_manifest_fetch": False,
            },
            "builder": {"thumbnail": {"enabled": False}},
        }
    )


def _signer(identity: SigningIdentity, timestamp_url: str) -> c2pa.Signer:
    return c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(
            alg=identity.algorithm.encode(),
            sign_cert=identity.certificates,
            private_key=identity.private_key,
            ta_url=timestamp_url.encode() or None,
        )
    )


def _parent_store(parent: Signed, context: c2pa.Context) -> dict[str, Any]:
    """The manifest store of a parent, empty for one without credentials."""
    if parent.sidecar is None and parent.mime not in c2pa.Reader.get_supported_mime_types():
        return {}
    try:
        with c2pa.Reader(parent.mime, io.BytesIO(parent.data), manifest_data=parent.sidecar, context=context) as reader:
            store: dict[str, Any] = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return {}
    except c2pa.C2paError as error:
        raise CredentialError(f"The credentials of a parent cannot be read: {error}") from error
    if not _report(store).is_intact:
        raise CredentialError("A parent was changed after it was signed. Give the file as it was downloaded.")
    return store


def _add_parents(builder: c2pa.Builder, values: list[tuple[dict[str, Any], Signed]]) -> None:
    for ingredient, parent in values:
        if parent.sidecar is None:
            builder.add_ingredient(ingredient, parent.mime, io.BytesIO(parent.data))
        else:
            builder.add_resource(ingredient["manifest_data"]["identifier"], io.BytesIO(parent.sidecar))


def _parent_ingredient(index: int, parent: Signed, context: c2pa.Context) -> dict[str, Any]:
    """A parent as an ingredient.

    c2pa reads an ingredient's credentials from its stream only. Those that lie beside it are therefore
    validated here and handed over as a resource with the result; a reader checks their hash and signatures again.
    """
    store = _parent_store(parent, context)
    active = _active(store)
    label = parent_label(index)
    values = {
        "label": label,
        "relationship": "componentOf" if index else "parentOf",
        "title": active.get("title", ""),
    }
    if parent.sidecar is None:
        return values
    return values | {
        "format": parent.mime,
        "instance_id": active.get("instance_id", ""),
        "active_manifest": store["active_manifest"],
        "manifest_data": {"format": "application/c2pa", "identifier": f"{label}.c2pa"},
        "validation_results": store["validation_results"],
    }


def _stored(package: bytes) -> bytes:
    """The package with stored members, which is all that c2pa takes, in directory entries like its own.

    A package that is that already is returned as it is.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as source:
            members = source.infolist()
            if all(member.compress_type == zipfile.ZIP_STORED and member.extract_version == 10 for member in members):
                return package
            if sum(member.file_size for member in members) > _MAX_UNPACKED:
                raise CredentialError("The DOCX unpacks to more than 256 MB. Shrink its pictures and upload it again.")
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
                for member in members:
                    stored = zipfile.ZipInfo(member.filename, member.date_time)
                    stored.extract_version, stored.external_attr = 10, member.external_attr
                    target.writestr(stored, source.read(member))
            return buffer.getvalue()
    except ZIP_ERRORS as error:
        raise CredentialError("The DOCX is not a sound ZIP package. Save it again and upload it.") from error
