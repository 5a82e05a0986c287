"""Grants: the platform's permission for one request to the studio, signed by one end and checked by the
other.
"""

from __future__ import annotations

import dataclasses
import time
import uuid
from typing import Annotated, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from oeuvre_studio.errors import GrantRefusedError
from oeuvre_studio.protocol.wire import dump, parse

GRANT_LIFETIME = 5.0
"""Seconds a grant may live: what disabling a model takes to become effective."""

Scope = Literal["generate", "host", "embed"]


@dataclasses.dataclass(frozen=True)
class Grant:
    """The platform's permission for one request, a JWT signed with EdDSA. Times are seconds since the epoch."""

    sub: str
    """The version's name; ``*`` for scopes that are not about one version."""
    scope: Scope
    exp: float
    iat: float
    max_tokens: int = 0
    """The most tokens the request may generate, all its texts together; 0: the server's own limit."""
    tenant: Annotated[str, Field(max_length=64)] = ""
    """Who asks, as a name that says nothing of them; one tenant's requests wait for each other. Empty: not told."""
    jti: str = dataclasses.field(default_factory=lambda: uuid.uuid4().hex)
    iss: Literal["oeuvre"] = "oeuvre"


def mint_grant(
    *,
    key: Ed25519PrivateKey,
    subject: str,
    scope: Scope,
    max_tokens: int = 0,
    tenant: str = "",
    lifetime: float = GRANT_LIFETIME,
    now: float | None = None,
) -> str:
    """A grant ready for ``Authorization: Bearer …``."""
    issued = time.time() if now is None else now
    grant = Grant(sub=subject, scope=scope, iat=issued, exp=issued + lifetime, max_tokens=max_tokens, tenant=tenant)
    return jwt.encode(dump(grant), key, algorithm="EdDSA")


def read_grant(token: str, *, key: Ed25519PublicKey, now: float | None = None) -> Grant:
    """The grant in ``token``, its signature, issuer and times checked.

    Raises:
        GrantRefusedError: not signed by ``key``, expired, not yet valid, malformed, or living longer than
            allowed.
    """
    moment = time.time() if now is None else now
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            options={"verify_exp": False, "verify_iat": False, "verify_sub": False},
        )
        grant = parse(Grant, claims)
    except (jwt.PyJWTError, ValueError) as error:
        raise GrantRefusedError("The grant is not one this platform signed.") from error
    if grant.exp - grant.iat > GRANT_LIFETIME + 0.001:
        raise GrantRefusedError(f"The grant lives longer than {GRANT_LIFETIME:.0f} seconds.")
    if grant.exp <= moment:
        raise GrantRefusedError("The grant has expired. Ask the platform for a new one.")
    if grant.iat > moment + 1.0:  # two machines' clocks may differ a little
        raise GrantRefusedError("The grant is dated in the future. Set the machines' clocks.")
    return grant
