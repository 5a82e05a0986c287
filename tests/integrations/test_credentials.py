"""Content credentials: what a downloaded file states, and that no byte of it can change unnoticed."""

from __future__ import annotations

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import c2pa
import pytest
from docx import Document

from oeuvre.integrations.credentials import ContentCredentials, read
from oeuvre.integrations.credentials.claims import TRAINING
from oeuvre.integrations.documents import HouseDocuments, render_text
from oeuvre.kit.provenance import CredentialError, DocumentFormat, Signed, SourceType, ValidationState
from tests.integrations.samples import CERTIFICATE, CLAIM, DOCUMENT

PDF, DOCX = DocumentFormat.PDF, DocumentFormat.DOCX
EMBEDDED = {PDF, DOCX}


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> ContentCredentials:
    return ContentCredentials(str(tmp_path_factory.mktemp("credentials")))


@pytest.fixture(scope="module")
def signed(credentials: ContentCredentials) -> dict[DocumentFormat, Signed]:
    return {fmt: credentials.sign(render_text(DOCUMENT, fmt), fmt.mime, CLAIM) for fmt in DocumentFormat}


@pytest.mark.parametrize("fmt", DocumentFormat)
def test_read__shows_creator_version_and_source_type_of_an_intact_file(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed], fmt: DocumentFormat
) -> None:
    file = signed[fmt]
    report = credentials.read(file.data, file.mime, file.sidecar)
    assert report.state is ValidationState.TRUSTED
    assert report.problems == ()
    assert (report.title, report.creator, report.version) == (CLAIM.title, CLAIM.creator, CLAIM.version)
    assert (report.licence, report.prompt_sha256, report.seed) == (CLAIM.licence, CLAIM.prompt_sha256, CLAIM.seed)
    assert report.source_type is SourceType.GENERATED
    assert report.works == CLAIM.works
    assert report.training_allowed is False
    assert report.issuer == "Oeuvre"


@pytest.mark.parametrize("fmt", DocumentFormat)
def test_sign__embeds_where_c2pa_can_and_leaves_other_files_untouched(
    signed: dict[DocumentFormat, Signed], fmt: DocumentFormat
) -> None:
    file = signed[fmt]
    assert (file.sidecar is None) == (fmt in EMBEDDED)
    if fmt not in EMBEDDED:
        assert file.data == render_text(DOCUMENT, fmt)


@pytest.mark.parametrize("fmt", DocumentFormat)
def test_sign__c2pas_own_reader_validates_the_file(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed], fmt: DocumentFormat
) -> None:
    file = signed[fmt]
    context = c2pa.Context.from_dict({"trust": {"trust_anchors": credentials.signers.trust_anchors}})
    with c2pa.Reader(file.mime, io.BytesIO(file.data), manifest_data=file.sidecar, context=context) as reader:
        assert reader.get_validation_state() == "Trusted"
        manifest = reader.get_active_manifest()
    assertions = {item["label"]: item["data"] for item in manifest["assertions"]}
    action = assertions["c2pa.actions.v2"]["actions"][0]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert action["parameters"]["ingredients"], "the action must refer to the works manifest"
    assert {label: len(assertions[label]["entries"]) for label in TRAINING} == dict.fromkeys(TRAINING, 4)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("fmt", DocumentFormat)
def test_read__one_changed_byte_of_the_file_is_noticed(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed], fmt: DocumentFormat
) -> None:
    file = signed[fmt]
    # A prime step visits every kind of byte; the last part of a DOCX holds its credentials and its directory.
    step = max(1, len(file.data) // 400) | 1
    positions = [*range(0, len(file.data), step), *range(max(0, len(file.data) - 9000), len(file.data), 23)]
    assert credentials.read(file.data, file.mime, file.sidecar).is_intact
    unnoticed = [at for at in positions if credentials.read(flipped(file.data, at), file.mime, file.sidecar).is_intact]
    assert unnoticed == []


@pytest.mark.parametrize("mask", [0x01, 0x80])
def test_read__one_changed_byte_of_the_credentials_is_noticed(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed], mask: int
) -> None:
    file = signed[DocumentFormat.TXT]
    sidecar = file.sidecar or b""
    padding = sidecar.index(b"\x00" * 64)
    # Every byte outside of the long padding, and a sample of the padding.
    positions = [*range(padding), *range(padding, padding + 900, 60), *range(len(sidecar) - 100, len(sidecar))]
    changed = (sidecar[:at] + bytes([sidecar[at] ^ mask]) + sidecar[at + 1 :] for at in positions)
    unnoticed = [
        at
        for at, manifest in zip(positions, changed, strict=True)
        if credentials.read(file.data, file.mime, manifest).is_intact
    ]
    assert unnoticed == []


def test_read__c2pa_alone_would_miss_the_padding(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed]
) -> None:
    """The reason for coverage.py, and a reminder to drop it when this fails."""
    file = signed[DocumentFormat.TXT]
    sidecar = file.sidecar or b""
    manifest = flipped(sidecar, sidecar.index(b"\x00" * 64) + 40)
    context = c2pa.Context.from_dict({"trust": {"trust_anchors": credentials.signers.trust_anchors}})
    with c2pa.Reader(file.mime, io.BytesIO(file.data), manifest_data=manifest, context=context) as reader:
        assert reader.get_validation_state() == "Trusted"
    report = credentials.read(file.data, file.mime, manifest)
    assert [problem.code for problem in report.problems] == ["oeuvre.uncovered"]


def test_read__bytes_slipped_into_or_after_a_docx_are_noticed(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed]
) -> None:
    file = signed[DOCX]
    buffer = io.BytesIO(file.data)
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr("word/extra.xml", "<slipped/>")
    assert not credentials.read(buffer.getvalue(), file.mime).is_intact
    assert not credentials.read(file.data + b"\x00", file.mime).is_intact
    assert not credentials.read(b"\x00" + file.data, file.mime).is_intact


def test_read__the_credentials_of_another_text_do_not_hold(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed]
) -> None:
    file = signed[DocumentFormat.TXT]
    report = credentials.read(b"Something else", file.mime, file.sidecar)
    assert report.state is ValidationState.INVALID
    assert "assertion.dataHash.mismatch" in {problem.code for problem in report.problems}


def test_read__an_unknown_signer_is_valid_but_not_trusted(
    signed: dict[DocumentFormat, Signed], tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = ContentCredentials(str(tmp_path_factory.mktemp("stranger")))
    report = stranger.read(signed[PDF].data, PDF.mime)
    assert report.state is ValidationState.VALID
    assert [problem.code for problem in report.problems] == ["signingCredential.untrusted"]
    assert read(signed[PDF].data, PDF.mime).state is ValidationState.VALID


@pytest.mark.parametrize("fmt", DocumentFormat)
def test_read__a_file_without_credentials_is_absent_not_invalid(
    credentials: ContentCredentials, fmt: DocumentFormat
) -> None:
    assert credentials.read(render_text(DOCUMENT, fmt), fmt.mime).state is ValidationState.ABSENT


@pytest.mark.parametrize("fmt", DocumentFormat)
@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nonsense", b"PK\x03\x04 nonsense"])
def test_read__nonsense_is_never_intact_and_never_an_error(
    credentials: ContentCredentials, fmt: DocumentFormat, data: bytes
) -> None:
    assert not credentials.read(data, fmt.mime).is_intact
    assert credentials.read(data, fmt.mime, b"nonsense").state is ValidationState.INVALID


def test_sign__the_signed_docx_still_opens(signed: dict[DocumentFormat, Signed]) -> None:
    paragraphs = [paragraph.text for paragraph in Document(io.BytesIO(signed[DOCX].data)).paragraphs]
    assert "Salt and Patience" in paragraphs


def test_sign__takes_a_docx_as_word_saves_it(credentials: ContentCredentials) -> None:
    buffer = io.BytesIO()
    word = Document()
    word.add_paragraph("Reworked by hand")
    word.save(buffer)
    file = credentials.sign(buffer.getvalue(), DOCX.mime, CLAIM)
    assert credentials.read(file.data, file.mime).state is ValidationState.TRUSTED


@pytest.mark.parametrize("draft", DocumentFormat)
def test_sign__an_edit_keeps_its_draft_as_parent_with_the_drafts_own_credentials(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed], draft: DocumentFormat
) -> None:
    claim = replace(CLAIM, title="Salt and Patience, revised", source_type=SourceType.EDITED)
    edited = credentials.sign(render_text(DOCUMENT, PDF), PDF.mime, claim, parents=[signed[draft]])
    report = credentials.read(edited.data, edited.mime)
    assert report.state is ValidationState.TRUSTED
    assert report.source_type is SourceType.EDITED
    assert report.parents == (CLAIM.title,)
    context = c2pa.Context.from_dict({"trust": {"trust_anchors": credentials.signers.trust_anchors}})
    with c2pa.Reader(PDF.mime, io.BytesIO(edited.data), context=context) as reader:
        store = json.loads(reader.json())
    deltas = store["validation_results"].get("ingredientDeltas") or []
    assert len(store["manifests"]) == 2, "the draft's manifest travels inside"
    assert not any(delta["validationDeltas"]["failure"] for delta in deltas)
    actions = next(
        item["data"]["actions"]
        for item in store["manifests"][store["active_manifest"]]["assertions"]
        if item["label"] == "c2pa.actions.v2"
    )
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.edited"]


def test_sign__an_edit_of_several_edits_keeps_them_all(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed]
) -> None:
    claim = replace(CLAIM, title="Both", source_type=SourceType.EDITED)
    first = credentials.sign(b"both", "text/plain", claim, parents=[signed[DocumentFormat.TXT], signed[PDF]])
    second = credentials.sign(b"again", "text/plain", claim, parents=[first, Signed(b"a note", "text/plain")])
    for file, parents in ((first, (CLAIM.title, CLAIM.title)), (second, ("Both", ""))):
        report = credentials.read(file.data, file.mime, file.sidecar)
        assert (report.state, report.parents) == (ValidationState.TRUSTED, parents)


@pytest.mark.parametrize(
    ("data", "mime", "is_inside"),
    [
        (b"reworked", "text/plain", False),
        (render_text(DOCUMENT, PDF), PDF.mime, True),
        (b"PK", "application/zip", False),
    ],
    ids=["text", "pdf", "zip"],
)
def test_sign__a_composite_of_a_draft_states_human_edits_of_it(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed], data: bytes, mime: str, is_inside: bool
) -> None:
    claim = replace(CLAIM, title="A blend", source_type=SourceType.COMPOSITE, works=None)
    blend = credentials.sign(data, mime, claim, parents=[signed[DocumentFormat.TXT]])
    assert (blend.sidecar is None) == is_inside
    report = credentials.read(blend.data, mime, blend.sidecar)
    assert (report.state, report.source_type, report.edited_by_hand) == (
        ValidationState.TRUSTED,
        SourceType.COMPOSITE,
        True,
    )
    assert report.parents == (CLAIM.title,)


def test_sign__what_a_person_made_states_no_model_and_no_edits(credentials: ContentCredentials) -> None:
    claim = replace(CLAIM, source_type=SourceType.CREATED, works=None, version="", seed="", prompt_sha256="")
    file = credentials.sign(b"by hand", "text/plain", claim)
    report = credentials.read(file.data, file.mime, file.sidecar)
    assert (report.source_type, report.edited_by_hand, report.parents) == (SourceType.CREATED, False, ())


@pytest.mark.parametrize("fmt", [DocumentFormat.TXT, PDF])
def test_sign__refuses_a_parent_that_was_changed(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed], fmt: DocumentFormat
) -> None:
    changed = replace(signed[fmt], data=flipped(signed[fmt].data, 40))
    claim = replace(CLAIM, source_type=SourceType.EDITED)
    with pytest.raises(CredentialError, match="changed after it was signed"):
        credentials.sign(b"edited", "text/plain", claim, parents=[changed])


def test_sign__refuses_parents_for_a_piece_that_was_not_edited(
    credentials: ContentCredentials, signed: dict[DocumentFormat, Signed]
) -> None:
    with pytest.raises(CredentialError, match="edited"):
        credentials.sign(b"text", "text/plain", CLAIM, parents=[signed[PDF]])


def test_sign__the_certificate_carries_credentials_of_the_platform(credentials: ContentCredentials) -> None:
    claim = replace(CLAIM, title="Certificate", source_type=SourceType.ISSUED, works=None, seed="", prompt_sha256="")
    file = credentials.sign(HouseDocuments().certificate(CERTIFICATE), PDF.mime, claim)
    report = credentials.read(file.data, file.mime)
    assert report.state is ValidationState.TRUSTED
    assert (report.source_type, report.works, report.seed) == (SourceType.ISSUED, None, "")
    middle = len(file.data) // 2
    assert not credentials.read(flipped(file.data, middle), file.mime).is_intact


def test_sign__a_broken_docx_is_refused_with_advice(credentials: ContentCredentials) -> None:
    with pytest.raises(CredentialError, match="Save it again"):
        credentials.sign(b"not a zip", DOCX.mime, CLAIM)


def test_sign__a_docx_that_unpacks_to_too_much_is_refused(
    credentials: ContentCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oeuvre.integrations.credentials.content._MAX_UNPACKED", 1_000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", " " * 1_001)
    with pytest.raises(CredentialError, match="unpacks to more"):
        credentials.sign(buffer.getvalue(), DOCX.mime, CLAIM)


def test_sign_and_read__work_from_several_threads(credentials: ContentCredentials) -> None:
    def round_trip(number: int) -> ValidationState:
        file = credentials.sign(f"text {number}".encode(), "text/plain", CLAIM)
        return credentials.read(file.data, file.mime, file.sidecar).state

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(round_trip, range(24))) == {ValidationState.TRUSTED}
