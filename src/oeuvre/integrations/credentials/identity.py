"""Who signs: the installation's own certificate authority, or a certificate that the operator bought."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from oeuvre.kit.provenance import CredentialError

if TYPE_CHECKING:
    from collections.abc import Iterator

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
"""c2pa-kp-claimSigning, C2PA 2.x §14.5.1; e-mail protection is what older readers look for."""
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_PURPOSES = {CLAIM_SIGNING, DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION}

# Without a time-stamping authority a signature holds as long as its certificate, hence the long lives.
_ROOT_LIFE, _LEAF_LIFE = timedelta(days=365 * 25), timedelta(days=365 * 10)
_RENEW_BEFORE = timedelta(days=365)
_CLOCK_SKEW = timedelta(hours=1)
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_MIN_RSA_BITS = 2048


@dataclass(frozen=True, slots=True, repr=False)
class SigningIdentity:
    """A private key with its certificates, all PEM, and the name of its algorithm in C2PA (``es256``)."""

    certificates: bytes
    """The signing certificate first, then what leads from it to the root, without the root."""
    private_key: bytes
    algorithm: str
    trust_anchors: str
    """The certificates that a reader of ours trusts for this identity."""


def ensure_signing_identity(directory: Path, *, organisation: str = "Oeuvre") -> SigningIdentity:
    """The installation's identity in ``directory``, made on first use and renewed a year before it ends.

    ``root.pem`` may be given to anybody who wants to trust this installation; ``*.key`` may not leave it.
    Safe to call from several processes at once.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusive(directory):
        if not (directory / "root.key").exists():
            _make_root(directory, organisation)
        if _needs_leaf(directory / "signing.pem"):
            _make_leaf(directory, organisation)
        return _identity(
            (directory / "signing.pem").read_bytes(),
            (directory / "signing.key").read_bytes(),
            (directory / "root.pem").read_text(),
        )


def load_identity(certificate: Path, key: Path) -> SigningIdentity:
    """The operator's own certificate chain (its own first, the root last) and key, both PEM.

    Raises CredentialError when the certificate does not meet the C2PA profile or does not belong to the key.
    """
    try:
        chain, secret = x509.load_pem_x509_certificates(certificate.read_bytes()), key.read_bytes()
    except OSError as error:
        raise CredentialError(
            f"{error.filename} cannot be read. Correct OEUVRE_C2PA_CERT and OEUVRE_C2PA_KEY."
        ) from error
    except ValueError as error:
        raise CredentialError(f"{certificate} is not a PEM certificate chain.") from error
    _check_profile(chain[0], _private_key(secret))
    # The root is what readers must have from elsewhere; it does not travel in the credentials.
    sent = chain[:-1] if len(chain) > 1 and _is_self_signed(chain[-1]) else chain
    return _identity(b"".join(map(certificate_pem, sent)), secret, certificate_pem(chain[-1]).decode())


def _identity(chain: bytes, key: bytes, anchors: str) -> SigningIdentity:
    return SigningIdentity(chain, key, _algorithm(_private_key(key)), anchors)


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """As PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private_key(pem: bytes) -> PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise CredentialError(
            "The signing key is not an unencrypted PEM private key. Convert it with `openssl pkcs8 -topk8 -nocrypt`."
        ) from error
    if not isinstance(key, PrivateKey):
        raise CredentialError("The signing key must be an elliptic-curve, Ed25519 or RSA key.")
    return key


def _algorithm(key: PrivateKey) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < _MIN_RSA_BITS:
            raise CredentialError(f"An RSA signing key needs {_MIN_RSA_BITS} bits or more.")
        return "ps256"
    try:
        return _CURVES[key.curve.name]
    except KeyError:
        raise CredentialError(f"C2PA does not sign on {key.curve.name}. Use P-256, P-384 or P-521.") from None


def _check_profile(leaf: x509.Certificate, key: PrivateKey) -> None:
    """The parts of the certificate profile (C2PA 2.x §14.5) that an operator gets wrong in practice."""
    encoding, layout = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if leaf.public_key().public_bytes(encoding, layout) != key.public_key().public_bytes(encoding, layout):
        raise CredentialError("OEUVRE_C2PA_CERT and OEUVRE_C2PA_KEY do not belong together.")
    if _is_self_signed(leaf):
        raise CredentialError("The signing certificate is self-signed; C2PA wants one issued by an authority.")
    now = datetime.now(UTC)
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise CredentialError("The signing certificate is not valid today. Renew it.")
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound as error:
        raise CredentialError("The signing certificate lacks key usage or extended key usage.") from error
    if not usage.digital_signature or not purposes & _PURPOSES:
        raise CredentialError(
            "The signing certificate is for another purpose: it needs digitalSignature, and C2PA claim signing, "
            "document signing or e-mail protection."
        )


def _is_self_signed(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Alone in the keys' folder, among all processes, until the block ends."""
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _needs_leaf(path: Path) -> bool:
    if not path.exists():
        return True
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc < datetime.now(UTC) + _RENEW_BEFORE


def _name(organisation: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=not signs,
        encipher_only=False,
        decipher_only=False,
    )


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _make_root(directory: Path, organisation: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, f"{organisation[:40]} content credentials root")
    certificate = (
        _unsigned(name, name, key.public_key(), _ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .sign(key, hashes.SHA256())
    )
    # The key comes last: it is what tells the next start that the root is complete.
    write_whole(directory / "root.pem", certificate_pem(certificate))
    (directory / "signing.pem").unlink(missing_ok=True)
    write_whole(directory / "root.key", _pem(key))


def _make_leaf(directory: Path, organisation: str) -> None:
    root = x509.load_pem_x509_certificate((directory / "root.pem").read_bytes())
    root_key = _private_key((directory / "root.key").read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    life = min(_LEAF_LIFE, root.not_valid_after_utc - datetime.now(UTC))
    subject = _name(organisation, f"{organisation[:40]} content credentials")
    issuer_key = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _unsigned(subject, root.subject, key.public_key(), life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    write_whole(directory / "signing.key", _pem(key))
    write_whole(directory / "signing.pem", certificate_pem(certificate))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write_whole(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by the owner only from its first byte on."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
