"""The papers of a licence: the clean piece in every format with its credentials, certificate and receipt."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from oeuvre.domains.creation.common import seal
from oeuvre.domains.creation.consenting import synthetic_source
from oeuvre.domains.creation.contents import generation_content
from oeuvre.domains.creation.modalities.base import About, FileFormat
from oeuvre.domains.creation.models import Licence, LicenceFile
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.terms import licence_uses
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import (
    AmountRow,
    CredentialClaim,
    FileDigest,
    LicenceCertificate,
    Party,
    PaymentReceipt,
    Signed,
    SourceType,
    WorksManifest,
)
from oeuvre.kit.storage import BlobStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.creation.models import Generation
    from oeuvre.domains.creation.models_wording import LicenceWording


@dataclass(frozen=True, slots=True)
class Papers:
    """Everything that a paid licence consists of, before it is stored."""

    files: dict[FileFormat, Signed]
    certificate: dict[str, Any]
    receipt: dict[str, Any]


def title_of(generation: Generation) -> str:
    """A title for people: the prompt's first words."""
    prompt = " ".join(generation.prompt.split())
    return prompt if len(prompt) <= 70 else prompt[:70].rsplit(" ", 1)[0] + " …"


def papers_make(*, licence: Licence) -> Papers:
    """Render and sign. Has no effect that lasts."""
    generation = licence.generation
    paid_at = licence.paid_at or timezone.now()
    files = files_sign(licence=licence, content=generation_content(generation))
    certificate = certificate_of(licence, files, paid_at)
    return Papers(
        files=files,
        certificate=port("credentials", Credentials).sign_statement(certificate.payload()),
        receipt=port("credentials", Credentials).sign_statement(receipt_of(licence, paid_at).payload()),
    )


def files_sign(*, licence: Licence, content: bytes, edited_at: datetime | None = None) -> dict[FileFormat, Signed]:
    """A licensed piece in every format with its credentials; ``edited_at`` says when its buyer changed the words on it.
    Has no effect that lasts."""
    generation, modality = licence.generation, licence.generation.modality
    about = About(
        title=title_of(generation),
        creator=str(licence.freelancer),
        version=generation.version.name,
        licence=licence.number,
        created=(edited_at or licence.paid_at or timezone.now()).date(),
        language=licence.buyer.locale,
        platform=settings.SITE_NAME,
    )
    claim = replace(claim_of(generation, licence=licence.number), words_edited_at=edited_at)
    credentials = port("credentials", Credentials)
    return {
        fmt: credentials.sign(modality.render(content, fmt, about), fmt.mime, claim)
        for fmt in modality.formats_of(content)
    }


def claim_of(generation: Generation, *, licence: str = "") -> CredentialClaim:
    """What the credentials of a generation state; ``licence`` is the number of the one that it is handed out under."""
    manifest = generation.version.manifest
    return CredentialClaim(
        title=title_of(generation),
        creator=str(generation.model.owner),
        source_type=SourceType.GENERATED,
        created_at=generation.finished_at or timezone.now(),
        version=generation.version.name,
        licence=licence,
        prompt_sha256=hashlib.sha256(generation.prompt.encode()).hexdigest(),
        seed=str(generation.seed),
        voice_source=synthetic_source(generation.version),
        works=WorksManifest(title=f"Works that {generation.version.name} learned from", sha256=works_digest(manifest)),
        creator_url=settings.SITE_URL,
    )


def works_digest(manifest: dict[str, Any]) -> str:
    """SHA-256 over the sorted SHA-256 sums of the works that a version was trained on, one a line."""
    lines = sorted(row["sha256"] for row in manifest.get("works", []))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def verify_url(number: str) -> str:
    return f"{settings.SITE_URL}/verify/?q={number}"


def certificate_of(licence: Licence, files: dict[FileFormat, Signed], issued_at: datetime) -> LicenceCertificate:
    """What the certificate states, without its signature."""
    generation = licence.generation
    digests = [FileDigest(fmt.suffix, hashlib.sha256(signed.data).hexdigest()) for fmt, signed in files.items()]
    digests.append(FileDigest(generation.model.modality, generation.sha256))
    return LicenceCertificate(
        number=licence.number,
        title=title_of(generation),
        buyer=str(licence.buyer),
        freelancer=str(licence.freelancer),
        model=generation.model.name,
        version=generation.version.name,
        prompt=generation.prompt,
        seed=str(generation.seed),
        files=tuple(digests),
        terms=(licence_uses()[licence.use].label + ".", *licence.terms),
        issued_at=issued_at,
        verify_url=verify_url(licence.number),
        platform=settings.SITE_NAME,
        language=licence.buyer.locale,
    )


def receipt_of(licence: Licence, paid_at: datetime) -> PaymentReceipt:
    """The receipt with the split; the rows of the split sum to the total."""
    use = licence_uses()[licence.use]
    lines = [AmountRow(f"{use.label}: {title_of(licence.generation)}", str(licence.money("price")))]
    lines += [AmountRow("Buyer fee", str(licence.money("buyer_fee")))] if licence.buyer_fee else []
    lines += [AmountRow("Tax", str(licence.money("tax")))] if licence.tax else []
    modality = licence.generation.modality
    computed = f"{modality.units_said(licence.generation.units)} at {modality.rate}/1000 cent"
    platform = licence.money("commission") + licence.money("buyer_fee")
    split = (
        AmountRow("Freelancer", str(licence.money("freelancer_share")), str(licence.freelancer)),
        AmountRow("Platform", str(platform), "commission and buyer fee"),
        AmountRow("Compute", str(licence.money("compute")), computed),
        AmountRow("Tax", str(licence.money("tax"))),
    )
    return PaymentReceipt(
        number=licence.number.replace("LC-", "RC-"),
        date=paid_at.date(),
        parties=(
            Party("Buyer", str(licence.buyer), (licence.buyer.email,)),
            Party("Freelancer", str(licence.freelancer)),
        ),
        lines=tuple(lines),
        total=str(licence.money("total")),
        split=split,
        payment_reference=str(licence.payment_id),
        platform=settings.SITE_NAME,
        verify_url=verify_url(licence.number),
        language=licence.buyer.locale,
    )


def papers_store(*, licence: Licence, papers: Papers) -> None:
    """Seal every file with the model's key and write its record, in the caller's transaction."""
    files_store(licence=licence, files=papers.files)


def files_store(*, licence: Licence, files: Mapping[FileFormat, Signed], wording: LicenceWording | None = None) -> None:
    """The same of the files themselves, those that were bought or those in other words."""
    store = port("storage", BlobStore)
    model_id = licence.generation.model_id

    def keep(data: bytes, context: str) -> str:
        return store.put(seal(model_id=model_id, data=data, context=context))

    for fmt, signed in files.items():
        context = file_context(licence.pk, fmt.suffix, wording.pk if wording else None)
        LicenceFile.objects.create(
            licence=licence,
            wording=wording,
            format=fmt.suffix,
            sha256=hashlib.sha256(signed.data).hexdigest(),
            size=len(signed.data),
            blob_key=keep(signed.data, context),
            sidecar_key=keep(signed.sidecar, f"{context}:c2pa") if signed.sidecar else "",
        )


def file_context(licence_id: UUID, fmt: str, wording_id: UUID | None) -> str:
    """What a sealed file is bound to."""
    of_wording = f":{wording_id}" if wording_id else ""
    return f"licence:{licence_id}{of_wording}:{fmt}"
