"""Who signs: the installation's own authority, or the operator's certificate."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from oeuvre.integrations.credentials import ContentCredentials, ensure_signing_identity, load_identity
from oeuvre.kit.provenance import CredentialError, ValidationState
from tests.integrations.samples import CLAIM


def operator_files(
    folder: Path,
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey,
    *,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    days: int = 30,
    authority: ec.EllipticCurvePrivateKey | None = None,
) -> tuple[Path, Path]:
    """A certificate for ``key`` from a made-up authority, with that authority's root last in the chain."""
    now = datetime.now(UTC)
    root_key = authority or ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Trust Co")])
    leaf_name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Atelier Ltd"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Atelier signing"),
        ]
    )
    off = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )

    def builder(subject: x509.Name, public: object) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root_name)
            .public_key(public)  # type: ignore[arg-type]  # one of three kinds of key
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)  # type: ignore[arg-type]
        )

    root = (
        builder(root_name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **off), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        builder(leaf_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **off), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    certificate, secret = folder / "operator.pem", folder / "operator.key"
    certificate.write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    secret.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return certificate, secret


def test_ensure_signing_identity__is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first, second = ensure_signing_identity(folder), ensure_signing_identity(folder)
    assert (first.certificates, first.private_key) == (second.certificates, second.private_key)
    assert {file.stat().st_mode & 0o777 for file in folder.glob("*.*") if file.suffix in (".pem", ".key")} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "PRIVATE" not in repr(first)


def test_ensure_signing_identity__the_leaf_meets_the_c2pa_profile(tmp_path: Path) -> None:
    identity = ensure_signing_identity(tmp_path)
    (leaf,) = x509.load_pem_x509_certificates(identity.certificates)
    root = x509.load_pem_x509_certificate(identity.trust_anchors.encode())
    leaf.verify_directly_issued_by(root)
    find = leaf.extensions.get_extension_for_class
    assert find(x509.BasicConstraints).value.ca is False
    assert find(x509.KeyUsage).critical
    assert find(x509.KeyUsage).value.digital_signature
    assert ExtendedKeyUsageOID.EMAIL_PROTECTION in find(x509.ExtendedKeyUsage).value
    root_id = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.key_identifier
    assert find(x509.AuthorityKeyIdentifier).value.key_identifier == root_id
    assert identity.algorithm == "es256"


def test_ensure_signing_identity__a_half_finished_start_is_finished(tmp_path: Path) -> None:
    before = ensure_signing_identity(tmp_path)
    (tmp_path / "signing.pem").unlink()
    after = ensure_signing_identity(tmp_path)
    assert after.trust_anchors == before.trust_anchors
    assert after.private_key != before.private_key


def test_ensure_signing_identity__processes_that_start_at_once_agree(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, hashlib; from oeuvre.integrations.credentials import ensure_signing_identity as e;"
        "print(hashlib.sha256(e(pathlib.Path(sys.argv[1])).private_key).hexdigest())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "k")], stdout=subprocess.PIPE) for _ in range(3)
    ]
    assert len({process.communicate()[0] for process in running}) == 1


def test_credentials__need_no_django(tmp_path: Path) -> None:
    program = (
        "import sys; import oeuvre.integrations.credentials, oeuvre.integrations.documents, oeuvre.kit.provenance;"
        "sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False).returncode == 0


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["es256", "es384", "ed25519", "ps256"],
)
def test_content_credentials__sign_with_the_operators_certificate_and_go_on_trusting_older_files(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey
) -> None:
    older = ContentCredentials(str(tmp_path / "own")).sign(b"older", "text/plain", CLAIM)
    certificate, secret = operator_files(tmp_path, key)
    credentials = ContentCredentials(str(tmp_path / "own"), certificate=str(certificate), key=str(secret))
    newer = credentials.sign(b"newer", "text/plain", CLAIM)
    report = credentials.read(newer.data, newer.mime, newer.sidecar)
    assert (report.state, report.issuer) == (ValidationState.TRUSTED, "Atelier Ltd")
    assert report.problems == ()
    assert credentials.read(older.data, older.mime, older.sidecar).state is ValidationState.TRUSTED


def test_content_credentials__take_nobody_else_under_the_operators_authority_for_this_installation(
    tmp_path: Path,
) -> None:
    """Whoever pays the same authority gets a certificate that leads to the same root, even in the same name."""
    authority = ec.generate_private_key(ec.SECP256R1())
    made = []
    for name in ("ours", "theirs"):
        folder = tmp_path / name
        folder.mkdir()
        files = operator_files(folder, ec.generate_private_key(ec.SECP256R1()), authority=authority)
        made.append(ContentCredentials(str(folder / "keys"), certificate=str(files[0]), key=str(files[1])))
    ours, theirs = made
    assert x509.load_pem_x509_certificate(ours.identity.certificates) in ours.signers.certificates
    file = theirs.sign(b"Signed next door.", "text/plain", CLAIM)
    report = ours.read(file.data, file.mime, file.sidecar)
    assert (report.state, report.issuer) == (ValidationState.VALID, "Atelier Ltd")
    assert [problem.code for problem in report.problems] == ["oeuvre.anotherSigner"]
    assert theirs.read(file.data, file.mime, file.sidecar).state is ValidationState.TRUSTED


def test_content_credentials__know_files_of_every_certificate_that_was_kept_until_it_is_taken_away(
    tmp_path: Path,
) -> None:
    signed = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        certificate, secret = operator_files(folder, ec.generate_private_key(ec.SECP256R1()))
        credentials = ContentCredentials(str(tmp_path / "keys"), certificate=str(certificate), key=str(secret))
        signed.append(credentials.sign(name.encode(), "text/plain", CLAIM))
    plain = ContentCredentials(str(tmp_path / "keys"))
    for file in signed:
        assert plain.read(file.data, file.mime, file.sidecar).state is ValidationState.TRUSTED
    assert len(list((tmp_path / "keys" / "signers").glob("*.pem"))) == 3
    for kept in (tmp_path / "keys" / "signers").glob("*.pem"):
        kept.unlink()
    again = ContentCredentials(str(tmp_path / "keys"))
    assert {again.read(file.data, file.mime, file.sidecar).state for file in signed} == {ValidationState.VALID}


def test_content_credentials__go_on_knowing_files_of_a_signing_key_that_was_lost(tmp_path: Path) -> None:
    older = ContentCredentials(str(tmp_path)).sign(b"older", "text/plain", CLAIM)
    for name in ("signing.pem", "signing.key"):
        (tmp_path / name).unlink()
    newer = ContentCredentials(str(tmp_path))
    assert newer.read(older.data, older.mime, older.sidecar).state is ValidationState.TRUSTED


def test_content_credentials__name_the_kept_chain_that_cannot_be_read(tmp_path: Path) -> None:
    ContentCredentials(str(tmp_path))
    (tmp_path / "signers" / "broken.pem").write_text("nothing")
    with pytest.raises(CredentialError, match=r"broken\.pem is not a PEM"):
        ContentCredentials(str(tmp_path))


def test_load_identity__refuses_what_c2pa_would_not_take(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    other = tmp_path / "other"
    other.mkdir()
    certificate, secret = operator_files(tmp_path, key)
    _, foreign = operator_files(other, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(CredentialError, match="belong together"):
        load_identity(certificate, foreign)
    with pytest.raises(CredentialError, match="cannot be read"):
        load_identity(tmp_path / "nowhere.pem", secret)
    with pytest.raises(CredentialError, match="not a PEM"):
        load_identity(secret, secret)
    own = tmp_path / "own"
    ensure_signing_identity(own)
    with pytest.raises(CredentialError, match="self-signed"):
        load_identity(own / "root.pem", own / "root.key")
    with pytest.raises(CredentialError, match="another purpose"):
        load_identity(*operator_files(tmp_path, key, purpose=ExtendedKeyUsageOID.SERVER_AUTH))
    with pytest.raises(CredentialError, match="Renew"):
        load_identity(*operator_files(tmp_path, key, days=-1))
    with pytest.raises(CredentialError, match="P-256"):
        load_identity(*operator_files(tmp_path, ec.generate_private_key(ec.SECP256K1())))


def test_content_credentials__want_both_files_or_neither(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="both"):
        ContentCredentials(str(tmp_path), certificate="a.pem")
