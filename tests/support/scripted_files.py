"""What the studio's stand-in makes in one piece: files that follow from prompt, seed and options alone."""

from __future__ import annotations

import hashlib
import io
import json
import math
import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from oeuvre.domains.creation.errors import StudioRefusedError
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
    beside: dict[str, bytes] = field(default_factory=dict)
    design: str = ""


PAPER = {"a4": "620x877", "a5": "437x620", "card": "502x325"}
"""Paper, a quarter as large as it is."""
TOO_LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
"""Words that fit no design."""


def scripted_picture(prompt: str, seed: int, options: Mapping[str, Any]) -> ScriptedFile:
    """What is wanted and what is wanted beside it: other forms, an overlay, and of a design how to set it again."""
    asked = dict(options)
    if "design" in asked:
        asked = json.loads(asked["design"]) | {name: value for name, value in asked.items() if name != "design"}
    if TOO_LONG in str(asked.get("headline")):
        raise StudioRefusedError(
            "The headline does not fit 1080x1080 in any layout. Shorten it.", reason="copy_too_long"
        )
    also = str(asked.pop("also", "")).split(",")
    endings = {"overlay": "overlay.webp"}
    made = _drawn(prompt, seed, asked)
    beside = {endings.get(form, form): _drawn(prompt, seed, asked | {"format": form}).content for form in also if form}
    facts = dict(made.facts) | ({"tints": "#e63946,#1d82c8"} if "overlay" in also else {})
    saved = {name: value for name, value in asked.items() if name not in ("format", "guide")}
    design = json.dumps({**saved, "prompt": prompt}) if asked.get("mode") == "design" else ""
    if design:
        facts["roles"] = ",".join(name for name in ("headline", "subline", "body", "cta", "brand") if asked.get(name))
    return replace(made, beside=beside, design=design, facts=facts)


def _drawn(prompt: str, seed: int, options: Mapping[str, Any]) -> ScriptedFile:
    """Coloured shapes of the size asked for, as PNG, SVG, PDF or WebP."""
    size = str(options.get("size", "512x512"))
    width, height = (int(edge) for edge in PAPER.get(size, size).split("x"))
    salt = hashlib.sha256(options["guide"]).hexdigest() if options.get("guide") else ""
    words = f"{prompt} {seed} {options.get('mode')} {salt} {options.get('headline', '')} {options.get('works', '')}"
    chance = random.Random(hashlib.sha256(words.encode()).digest())
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
    if options.get("format") == "overlay":
        picture.convert("L").convert("RGB").save(target, "WEBP")
        return ScriptedFile(target.getvalue(), "image/webp", facts=facts)
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
