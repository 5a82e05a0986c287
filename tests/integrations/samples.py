"""Plain values that the tests of documents and credentials share."""

from __future__ import annotations

from datetime import UTC, date, datetime

from oeuvre.kit.provenance import (
    AmountRow,
    CredentialClaim,
    EventReceipt,
    FileDigest,
    LicenceCertificate,
    ModelEvent,
    Party,
    PaymentReceipt,
    SignatureLine,
    SourceType,
    TextDocument,
    WorksManifest,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SIGNATURE = SignatureLine("9f" * 32, "u8Zt" * 22)

DOCUMENT = TextDocument(
    title="Salt and Patience",
    text=(
        "The kettle knows *one* song.\n\n## What it sings\n\n- of **salt**\n- of rain\n\n"
        "3. third\n4. fourth\n\n> and again\n\n```\nboil(water)\n```\n"
    ),
    creator="Imogen Hale",
    version="hale-copy@3fa94be0127c",
    licence="2026·0042",
    created=date(2026, 11, 21),
)

CERTIFICATE = LicenceCertificate(
    number="2026·0042",
    title="Salt and Patience",
    buyer="Northwind Roasters",
    freelancer="Imogen Hale",
    model="Hale Copy",
    version="hale-copy@3fa94be0127c",
    prompt="Two lines about a kettle",
    seed="9007199254740993",
    files=(FileDigest("pdf", "3f" * 32), FileDigest("txt", "b1" * 32)),
    terms=("You may publish it anywhere.", "You may not train a model on it."),
    issued_at=NOON,
    verify_url="https://oeuvre.example/verify/0042",
    signature=SIGNATURE,
)

RECEIPT = PaymentReceipt(
    number="R 107",
    date=date(2026, 11, 21),
    parties=(Party("Buyer", "Northwind Roasters", ("14 Quay Street",)), Party("Freelancer", "Imogen Hale")),
    lines=(AmountRow("Salt and Patience", "$12.00"),),
    total="$12.00",
    split=(
        AmountRow("Compute", "$0.04"),
        AmountRow("Platform", "$1.16"),
        AmountRow("Tax", "$0.00"),
        AmountRow("Freelancer", "$10.80"),
    ),
    payment_reference="pay_8f3e21c0",
    verify_url="https://oeuvre.example/verify/r107",
    signature=SIGNATURE,
)

DELETION = EventReceipt(
    number="E 3",
    event=ModelEvent.DELETED,
    model="Hale Copy",
    freelancer="Imogen Hale",
    versions=("hale-copy@3fa94be0127c",),
    occurred_at=NOON,
    effects=(AmountRow("Hosted generations closed", "41"),),
    key_fingerprint="ab12" * 16,
    verify_url="https://oeuvre.example/verify/e3",
    signature=SIGNATURE,
)

CLAIM = CredentialClaim(
    title="Salt and Patience",
    creator="Imogen Hale",
    source_type=SourceType.GENERATED,
    created_at=NOON,
    version="hale-copy@3fa94be0127c",
    licence="2026·0042",
    prompt_sha256="ab" * 32,
    seed="9007199254740993",
    works=WorksManifest("Works of Hale Copy", "cd" * 32),
)
