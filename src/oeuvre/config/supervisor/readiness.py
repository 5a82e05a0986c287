"""Questions that tell whether a process does its work yet. None of them raises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import psutil
import psycopg

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

_SECONDS = 2.0


def http_answers(url: str) -> Callable[[int], Awaitable[bool]]:
    """Ready when the address answers 200."""

    async def ask(_: int) -> bool:
        try:
            async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
                return (await client.get(url)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return ask


def listens(port: int) -> Callable[[int], Awaitable[bool]]:
    """Ready when this very process takes connections on the port, which others may share with it."""

    async def ask(pid: int) -> bool:
        try:
            connections = psutil.Process(pid).net_connections("tcp")
        except psutil.Error:
            return False
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in connections)

    return ask


def database_answers(url: str) -> Callable[[int], Awaitable[bool]]:
    """Ready when the server takes a connection."""

    async def ask(_: int) -> bool:
        try:
            connection = await psycopg.AsyncConnection.connect(url, connect_timeout=2)
        except psycopg.Error:
            return False
        await connection.close()
        return True

    return ask


def note_written(path: Path) -> Callable[[int], Awaitable[bool]]:
    """Ready when the process has written its own id (``{"pid": …}``) to the file."""

    async def ask(pid: int) -> bool:
        try:
            return bool(json.loads(path.read_text())["pid"] == pid)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    return ask
