"""Names and sizes of files, as people read them."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

KB = 1024
MB = 1024 * KB
_LONGEST = 120


def in_words(size: int) -> str:
    """``2 MB``, ``340 KB``."""
    return f"{size / MB:g} MB" if size >= MB else f"{size // KB} KB"


def suffix_of(filename: str) -> str:
    """``.pdf`` of ``C:\\letters\\One.PDF``; empty where there is none."""
    return PurePosixPath(filename.replace("\\", "/")).suffix.lower()


def printable(text: str) -> str:
    """Without control, format and unassigned characters (text direction marks among them); NFC."""
    return "".join(
        character if unicodedata.category(character)[0] != "C" else " "
        for character in unicodedata.normalize("NFC", text)
    )


def base_name(filename: str) -> str:
    """The name alone, fit to be written to any disk: no folders, no characters that Windows reserves, at most 120 long.

    Empty where nothing is left of it.
    """
    name = printable(filename.replace("\\", "/").rsplit("/", 1)[-1])
    name = " ".join("".join(" " if character in '<>:"|?*' else character for character in name).split()).strip(". ")
    suffix = suffix_of(name)
    return name if len(name) <= _LONGEST else name[: _LONGEST - len(suffix)] + suffix
