"""What must be right before anything is started; each fault has one message that says what to do."""

from __future__ import annotations

import contextlib
import errno
import shutil
import socket
import sys
from typing import TYPE_CHECKING

import psutil

from oeuvre.kit.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path

MINIMUM_PYTHON = (3, 11)
SPACE_FIRST_START = 1500 * 1024**2
"""Bytes free for base models (750 MB, and at most 450 MB more while one is fetched), the database (60 MB) and room to work
in."""
SPACE_LATER = 200 * 1024**2


def check_python() -> None:
    if sys.version_info < MINIMUM_PYTHON:
        have = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(f"Oeuvre needs Python 3.11 or later; this is {have}. Install one and remove .venv.")


def check_space(home: Path) -> None:
    """Raises SetupError when the disk is too full to start safely."""
    needed = SPACE_LATER if (home / "postgres" / "PG_VERSION").exists() else SPACE_FIRST_START
    free = shutil.disk_usage(home).free
    if free < needed:
        raise SetupError(
            f"The disk of {home} has {free // 1024**2} MB left; {needed // 1024**2} MB are needed. Make room, or set "
            "OEUVRE_HOME to a folder on another disk."
        )


def check_port(host: str, port: int, setting: str) -> None:
    """Raises SetupError, naming who holds it, for a port in use; ``setting`` shows how to choose another."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        raise SetupError(f"Port {port} is for root only. Choose one from 1024: {setting}") from None
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno != errno.EADDRINUSE:
            raise SetupError(f"This machine has no address {host}: {error.strerror}. Check OEUVRE_HOST.") from None
        holder = _holder(port)
        raise SetupError(f"Port {port} is in use{holder}. Stop that program, or choose another: {setting}") from None


def _holder(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
                if connection.pid:
                    return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
                break
    return ""
