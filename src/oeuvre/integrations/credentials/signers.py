"""Whose signatures are this installation's: its certificates, those of today and all earlier ones.

An authority vouches for many: under the operator's one, others get certificates too. So trusting the authority is not
enough to say that a file was made here; the certificate itself must be one that this installation signed with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from oeuvre.integrations.credentials.identity import certificate_pem, exclusive, write_whole
from oeuvre.kit.provenance import CredentialError

if TYPE_CHECKING:
    from pathlib import Path

    from oeuvre.integrations.credentials.identity import SigningIdentity

_FOLDER = "signers"


@dataclass(frozen=True, slots=True)
class Signers:
    """The certificates that this installation signed with, and the authorities that they lead to."""

    certificates: tuple[x509.Certificate, ...]
    trust_anchors: str
    """PEM; c2pa follows a signature to one of them before :meth:`include` is asked."""

    def include(self, signature: dict[str, Any]) -> bool:
        """Whether ``signature`` (c2pa's ``signature_info``, of a signature that led to an anchor) is one of ours.

        An authority gives each serial number once (RFC 5280 §4.1.2.2). The name beside it keeps two authorities apart
        that both count from one.
        """
        serial, name = str(signature.get("cert_serial_number", "")), signature.get("common_name") or ""
        return any(
            str(certificate.serial_number) == serial and name in _common_names(certificate)
            for certificate in self.certificates
        )


def signers_remember(directory: Path, *identities: SigningIdentity) -> Signers:
    """Keep the certificates of ``identities`` beside the keys, and read all that were ever kept.

    A chain is a file of its own in ``signers``, named by its certificate's SHA-256, with the root last. Whoever takes
    one away says that what it signed is not to be believed any more. Raises CredentialError for a file that is none.
    """
    folder = directory / _FOLDER
    with exclusive(directory):
        folder.mkdir(mode=0o700, exist_ok=True)
        for identity in identities:
            leaf = x509.load_pem_x509_certificate(identity.certificates)
            path = folder / f"{leaf.fingerprint(hashes.SHA256()).hex()}.pem"
            if not path.exists():
                write_whole(path, identity.certificates + identity.trust_anchors.encode())
    chains = [_chain(path) for path in sorted(folder.glob("*.pem"))]
    anchors = dict.fromkeys(certificate_pem(chain[-1]).decode() for chain in chains)
    return Signers(tuple(chain[0] for chain in chains), "\n".join(anchors))


def _chain(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as error:
        raise CredentialError(
            f"{path} is not a PEM certificate chain. Restore it from a backup, or move it away."
        ) from error


def _common_names(certificate: x509.Certificate) -> list[str]:
    return [str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] or [""]
