"""ClamAV as the scanner of files (port ``Scanner``): speaks to a running clamd, keeps nothing and starts nothing."""

from __future__ import annotations

import socket
import struct

from django.utils.translation import gettext as _

from oeuvre.kit.files.errors import ScannerUnavailableError

_CHUNK = 1 << 16
_LONGEST_ANSWER = 4096
_FOUND = " FOUND"


class ClamdScanner:
    """``address`` is ``host:port`` or the path of a Unix socket; ``seconds`` bounds each step of the conversation.

    The command is INSTREAM (clamd(8)): chunks with their length in front, an empty one at the end. clamd's
    StreamMaxLength must be at least the largest attachment; a file beyond it is refused, never let through.
    """

    def __init__(self, address: str, seconds: float = 30) -> None:
        self._address = address
        self._seconds = seconds

    def scan(self, data: bytes) -> str:
        try:
            with self._connected() as clamd:
                clamd.sendall(b"zINSTREAM\0")
                for start in range(0, len(data), _CHUNK):
                    part = data[start : start + _CHUNK]
                    clamd.sendall(struct.pack(">I", len(part)) + part)
                clamd.sendall(struct.pack(">I", 0))
                answer = self._answer(clamd)
        except OSError:
            raise _unavailable() from None
        verdict = answer.removeprefix("stream: ")
        if verdict == "OK":
            return ""
        if verdict.endswith(_FOUND):
            return verdict.removesuffix(_FOUND)
        raise _unavailable()

    def _connected(self) -> socket.socket:
        if "/" not in self._address:
            host, _colon, port = self._address.rpartition(":")
            return socket.create_connection((host.strip("[]"), int(port)), self._seconds)
        clamd = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            clamd.settimeout(self._seconds)
            clamd.connect(self._address)
        except OSError:
            clamd.close()
            raise
        return clamd

    @staticmethod
    def _answer(clamd: socket.socket) -> str:
        said = b""
        while b"\0" not in said and len(said) < _LONGEST_ANSWER:
            part = clamd.recv(_LONGEST_ANSWER)
            if not part:
                break
            said += part
        return said.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _unavailable() -> ScannerUnavailableError:
    return ScannerUnavailableError(
        _("The scanner for files does not answer, so no file is taken now. Try again in a few minutes.")
    )
