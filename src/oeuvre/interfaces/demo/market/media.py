"""Recordings and films that hold nothing, and are what they say: silence, and one picture that stands still."""

from __future__ import annotations

import io
import struct
import wave

from PIL import Image

RATE = 8000
"""Samples a second of a WAV, 8 bits each."""
_MP3_HEAD = b"\xff\xfb\x90\xc4"
"""MPEG-1 layer III, 128 kbit/s, 44.1 kHz, one channel (ISO 11172-3)."""
_MP3_FRAME = 417
"""Bytes: 144 x 128,000 / 44,100."""
_MP3_FRAMES = 44_100 / 1152
"""Frames a second."""
_UNIT = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
"""A film's picture as it is: neither turned nor scaled (ISO 14496-12)."""
_TICKS = 1000
"""A second of a film."""


def wav_silent(seconds: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(RATE)
        recording.writeframes(b"\x80" * RATE * seconds)
    return out.getvalue()


def mp3_silent(seconds: int) -> bytes:
    """Frames whose side information names no samples."""
    frame = _MP3_HEAD.ljust(_MP3_FRAME, b"\0")
    return frame * round(seconds * _MP3_FRAMES)


def film_still(seconds: int, pixels: tuple[int, int], *, brand: bytes) -> bytes:
    """One JPEG picture shown for so long, in a container of the brand (``isom``, or ``qt  `` for QuickTime)."""
    picture = io.BytesIO()
    Image.new("RGB", pixels, (60, 80, 110)).save(picture, "JPEG", quality=70)
    data = picture.getvalue()
    kind = _box(b"ftyp", brand, struct.pack(">I", 512), brand)
    length = seconds * _TICKS
    table = _samples(len(data), length, pixels, offset=len(kind) + 8)
    media = _box(
        b"mdia",
        _box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, _TICKS, length, 0x55C4, 0)),
        _box(b"hdlr", struct.pack(">II4s12x", 0, 0, b"vide"), b"picture\0"),
        _box(
            b"minf",
            _box(b"vmhd", struct.pack(">I8x", 1)),
            _box(b"dinf", _box(b"dref", struct.pack(">II", 0, 1), _box(b"url ", struct.pack(">I", 1)))),
            table,
        ),
    )
    track = _box(
        b"trak",
        _box(b"tkhd", struct.pack(">IIIIII8xHHHH", 7, 0, 0, 1, 0, length, 0, 0, 0, 0), _UNIT, _size(pixels)),
        media,
    )
    movie = struct.pack(">IIIIIIH10x", 0, 0, 0, _TICKS, length, 1 << 16, 1 << 8)
    return (
        kind + _box(b"mdat", data) + _box(b"moov", _box(b"mvhd", movie, _UNIT, bytes(24), struct.pack(">I", 2)), track)
    )


def _size(pixels: tuple[int, int]) -> bytes:
    return struct.pack(">II", pixels[0] << 16, pixels[1] << 16)


def _samples(size: int, length: int, pixels: tuple[int, int], *, offset: int) -> bytes:
    """The table that finds the one sample."""
    entry = struct.pack(">6xH16xHHIIIH32sHh", 1, *pixels, 72 << 16, 72 << 16, 0, 1, b"\x04JPEG", 24, -1)
    return _box(
        b"stbl",
        _box(b"stsd", struct.pack(">II", 0, 1), _box(b"jpeg", entry)),
        _box(b"stts", struct.pack(">IIII", 0, 1, 1, length)),
        _box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        _box(b"stsz", struct.pack(">III", 0, size, 1)),
        _box(b"stco", struct.pack(">III", 0, 1, offset)),
    )


def _box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + name + body
