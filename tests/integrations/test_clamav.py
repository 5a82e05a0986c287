"""The scanner of files against a scripted clamd, over real sockets."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oeuvre.integrations.clamav import ClamdScanner
from oeuvre.kit.files.errors import ScannerUnavailableError

DATA = b"a file of several chunks " * 10_000


def _received(peer: socket.socket) -> bytes:
    """What INSTREAM brought, as clamd reads it."""
    stream = peer.makefile("rb")
    assert stream.read(10) == b"zINSTREAM\0"
    parts = []
    while (length := struct.unpack(">I", stream.read(4))[0]) > 0:
        parts.append(stream.read(length))
    return b"".join(parts)


@contextmanager
def clamd(server: socket.socket, answer: bytes) -> Iterator[list[bytes]]:
    got: list[bytes] = []

    def serve() -> None:
        peer, _address = server.accept()
        with peer:
            got.append(_received(peer))
            for part in (answer[:5], answer[5:]):
                peer.sendall(part)

    with server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield got
        thread.join()


@pytest.mark.parametrize(
    ("answer", "found"), [(b"stream: OK\0", ""), (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", "Win.Test.EICAR_HDB-1")]
)
def test_scan__sends_all_of_the_file_and_tells_what_was_found(answer: bytes, found: str) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    with clamd(server, answer) as got:
        assert ClamdScanner(f"127.0.0.1:{server.getsockname()[1]}").scan(DATA) == found
    assert got == [DATA]


def test_scan__reaches_a_unix_socket(tmp_path: Path) -> None:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(tmp_path / "clamd"))
    server.listen()
    with clamd(server, b"stream: OK\0"):
        assert ClamdScanner(str(tmp_path / "clamd")).scan(DATA) == ""


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b""])
def test_scan__lets_nothing_through_that_was_not_scanned(answer: bytes) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    with clamd(server, answer), pytest.raises(ScannerUnavailableError):
        ClamdScanner(f"127.0.0.1:{server.getsockname()[1]}").scan(DATA)


def test_scan__says_when_nobody_is_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for address in (f"127.0.0.1:{port}", str(tmp_path / "none")):
        with pytest.raises(ScannerUnavailableError):
            ClamdScanner(address).scan(b"x")
