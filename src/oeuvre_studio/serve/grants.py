"""Checking that the platform permitted a request."""

from __future__ import annotations

import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from oeuvre_studio.errors import GrantRefusedError, UsageError
from oeuvre_studio.protocol import GRANT_LIFETIME, Grant, Scope, read_grant
from oeuvre_studio.serve.errors import ForbiddenError, NotLoadedError, ReplayedError, UnauthorisedError


def public_key(pem_or_file: str) -> Ed25519PublicKey:
    """The platform's public key, given as PEM or as a file with it.

    Raises:
        UsageError: it is not an Ed25519 public key.
    """
    try:
        pem = pem_or_file if pem_or_file.startswith("-----BEGIN") else Path(pem_or_file).read_text()
        key = serialization.load_pem_public_key(pem.encode())
    except (OSError, ValueError) as error:
        raise UsageError(f"--grant-key is not a public key in PEM form: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError("--grant-key is another kind of key; grants are signed with Ed25519.")
    return key


class GrantChecker:
    """Checks grants against one key; without a key, everybody may do everything (local use)."""

    def __init__(self, key: Ed25519PublicKey | None) -> None:
        self._key = key
        self._used: dict[str, float] = {}
        self._withdrawn: dict[str, float] = {}

    def check(self, authorization: str, *, scope: Scope | None, subject: str | None = None) -> Grant | None:
        """The request's grant; ``None`` where none is needed. Without ``scope``, any valid grant will do.

        Raises:
            UnauthorisedError: there is no valid grant.
            ForbiddenError: it is for another scope or another version.
            NotLoadedError: the version was taken away since the grant was minted.
        """
        if self._key is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthorisedError("A grant is needed: Authorization: Bearer <grant>.")
        try:
            grant = read_grant(token.strip(), key=self._key)
        except GrantRefusedError as error:
            raise UnauthorisedError(error.message) from error
        if scope is not None and grant.scope != scope:
            raise ForbiddenError(f"The grant is for {grant.scope}, not for {scope}.")
        if subject is not None and grant.sub != subject:
            raise ForbiddenError(f"The grant is for {grant.sub}, not for {subject}.")
        if grant.iat <= self._withdrawn.get(grant.sub, 0.0):
            raise NotLoadedError(f"{grant.sub} was taken away since this grant was minted.", param="model")
        return grant

    def withdraw(self, subject: str, grant: Grant | None) -> None:
        """Refuse every grant for a version that was minted before ``grant``, which takes the version away.

        Both times are the platform's, so that the two machines' clocks need not agree.
        """
        if grant is None:
            return
        oldest = time.time() - 2 * GRANT_LIFETIME  # what was minted before has expired, whatever the clocks
        self._withdrawn = {name: moment for name, moment in self._withdrawn.items() if moment > oldest}
        self._withdrawn[subject] = max(grant.iat, self._withdrawn.get(subject, 0.0))

    def spend(self, grant: Grant | None) -> None:
        """Note that a grant was used. Call it when the work begins, so that a refused request spends nothing.

        Raises:
            ReplayedError: it was used before.
        """
        if grant is None:
            return
        now = time.time()
        self._used = {jti: end for jti, end in self._used.items() if end > now}  # expired ones are refused anyway
        if grant.jti in self._used:
            raise ReplayedError("The grant was used already. Every request needs its own.")
        self._used[grant.jti] = grant.exp
