"""What the studio's stand-in makes in one piece: files that follow from prompt, seed and options alone."""

from __future__ import annotations

import hashlib
import io
import math
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from tests.support.sounds import encoded, recording, voice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class ScriptedFile:
    """One file, with what is told about it."""

    content: bytes
    mime: str
    units: int = 1
    facts: dict[str, float | str] = field(default_factory=dict)
    preview: bytes = b""
    preview_mime: str = ""


def scripted_picture(prompt: str, seed: int, options: Mapping[str, Any]) -> ScriptedFile:
    """Coloured shapes of the size asked for, as PNG, SVG or PDF."""
    width, height = (int(edge) for edge in str(options.get("size", "512x512")).split("x"))
    chance = random.Random(hashlib.sha256(f"{prompt} {seed} {options.get('mode')}".encode()).digest())
    facts: dict[str, float | str] = {"mode": str(options.get("mode", ""))}
    circles = [
        (chance.random() * width, chance.random() * height, (0.05 + chance.random() / 5) * min(width, height), colour)
        for colour in (f"#{chance.randrange(1 << 24):06x}" for _circle in range(24))
    ]
    if options.get("format") == "svg":
        drawn = "".join(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}" fill="{c}"/>' for x, y, r, c in circles)
        text = f'<text x="20" y="60">{options.get("headline", "")}</text>'
        box = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        source = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{drawn}{text}</svg>'
        return ScriptedFile(source.encode(), "image/svg+xml", facts=facts)
    picture = Image.new("RGB", (width, height), "#f4efe6")
    pen = ImageDraw.Draw(picture)
    for x, y, r, colour in circles:
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    target = io.BytesIO()
    if options.get("format") == "pdf":
        picture.save(target, "PDF", creationDate=time.gmtime(0), modDate=time.gmtime(0))
        return ScriptedFile(target.getvalue(), "application/pdf", facts=facts)
    picture.save(target, "PNG")
    return ScriptedFile(target.getvalue(), "image/png", facts=facts)


def scripted_speech(prompt: str, seed: int, options: Mapping[str, Any]) -> ScriptedFile:
    """A recording of a quarter of a second a word at the speed that is wanted, as WAV, and its first seconds as MP3."""
    seconds = max(2.0, 0.25 * len(prompt.split()) / float(options.get("speed", 1.0)))
    salt = sum(map(ord, prompt)) + seed
    shown = encoded(voice(salt, min(seconds, 8.0), rate=16_000), 16_000, "MP3") if options.get("preview") else b""
    return ScriptedFile(
        content=recording(salt, seconds),
        mime="audio/wav",
        units=math.ceil(seconds),
        facts={"seconds": seconds, "language": str(options.get("language", "en-us")), "loudness": -18.0},
        preview=shown,
        preview_mime="audio/mpeg" if shown else "",
    )


SCRIPTED: dict[str, Callable[[str, int, Mapping[str, Any]], ScriptedFile]] = {
    "image": scripted_picture,
    "voice": scripted_speech,
}
"""Modality → what is made of its models."""
