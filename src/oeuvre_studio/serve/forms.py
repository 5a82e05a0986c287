"""Multipart forms, read in memory: what people send never touches the disk."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from oeuvre_studio.serve.errors import RequestError

MAX_FIELDS = 40


class _InMemory(MultiPartParser):
    """Starlette's parser moves large files to the disk; the body is bounded before it gets here."""

    spool_max_size = 2**40


async def read_parts(headers: Headers, body: bytes, *, files: int) -> list[tuple[str, UploadFile | str]]:
    """The parts of a form, in order.

    Raises:
        RequestError: it is no form, or has more files or fields than allowed.
    """

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await _InMemory(headers, stream(), max_files=files, max_fields=MAX_FIELDS).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise RequestError("The body is not a multipart form that could be read.") from error
    return form.multi_items()
