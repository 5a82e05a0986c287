"""A motif's pictures as they are embedded: the cut-out, its paper rim, its silhouette; encoded once each."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io

import numpy as np
from PIL import Image
from scipy import ndimage

from oeuvre_studio.image.designs.colour import Rgb, to_hex
from oeuvre_studio.image.designs.cutout import Motif, Pixels
from oeuvre_studio.image.designs.scene import Asset, Design, Picture
from oeuvre_studio.image.designs.sizes import format_named
from oeuvre_studio.image.drawings import DrawingRefusedError, read_drawing


def png(pixels: Pixels) -> bytes:
    """Losslessly, and always the same bytes."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


_LARGEST_DRAWING = 400_000
"""Characters of a drawing that is embedded as it is."""


class Assets:
    """The encoded pictures of one request, by name; designs take those they show."""

    def __init__(self) -> None:
        self._made: dict[str, Asset] = {}

    def __getitem__(self, name: str) -> Asset:
        return self._made[name]

    def cutout(self, motif: Motif) -> str:
        """The motif itself: its vector source where that is cut as the pixels are, else the pixels."""
        name = f"work-{motif.work.sha256[:16]}"
        if name not in self._made:
            self._made[name] = self._picture(motif)
        return name

    def _picture(self, motif: Motif) -> Asset:
        drawn = _drawn(motif) if motif.vector else None
        if drawn is not None:
            return Asset("image/svg+xml", base64.b64encode(drawn).decode(), motif.work.sha256, motif.work.title)
        content = base64.b64encode(png(motif.pixels)).decode()
        return Asset("image/png", content, motif.work.sha256, motif.work.title)

    def rim(self, motif: Motif, colour: Rgb, width: float) -> str:
        """The motif's silhouette grown by ``width`` (a share of its longer side) in one colour. It is larger than
        the motif by that much on every side.
        """
        name = f"rim-{motif.work.sha256[:16]}-{to_hex(colour)[1:]}-{width:.3f}"
        if name not in self._made:
            pixels = grown(motif, width)
            content = base64.b64encode(png(np.dstack([_filled(pixels, colour), pixels]))).decode()
            self._made[name] = Asset("image/png", content)
        return name

    def silhouette(self, motif: Motif, colour: Rgb) -> str:
        """The motif's shape in one colour: still that work's drawing, so it is credited."""
        name = f"shape-{motif.work.sha256[:16]}-{to_hex(colour)[1:]}"
        if name not in self._made:
            alpha = motif.pixels[:, :, 3]
            content = base64.b64encode(png(np.dstack([_filled(alpha, colour), alpha]))).decode()
            self._made[name] = Asset("image/png", content, motif.work.sha256, motif.work.title)
        return name

    def logo(self, mime: str, content: bytes) -> str:
        """A buyer's logo, checked and encoded by the caller."""
        name = f"logo-{hashlib.sha256(content).hexdigest()[:16]}"
        self._made[name] = Asset(mime, base64.b64encode(content).decode())
        return name


_SHARPNESS = 2.0
"""Pixels of a picture for each that is shown: what a dense screen can use."""


def lightened(design: Design) -> Design:
    """The design with no picture larger than it is shown, so that a small banner is a small file."""
    made = format_named(design.size)
    scale = made.pixels[0] / made.width * (1.0 if made.print else _SHARPNESS)
    shown: dict[str, float] = {}
    for node in design.nodes:
        if isinstance(node, Picture):
            shown[node.asset] = max(shown.get(node.asset, 0.0), node.box.w * scale)
    assets = {name: _lighter(asset, shown.get(name, 0.0)) for name, asset in design.assets.items()}
    return dataclasses.replace(design, assets=assets)


def _lighter(asset: Asset, width: float) -> Asset:
    if asset.mime != "image/png":
        return asset
    with Image.open(io.BytesIO(base64.b64decode(asset.content))) as opened:
        image = opened.convert("RGBA")
    if width <= 0 or image.width <= width * 1.25:
        return asset
    size = (max(1, round(width)), max(1, round(width * image.height / image.width)))
    smaller = image.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")
    content = base64.b64encode(png(np.asarray(smaller, dtype=np.uint8))).decode()
    return dataclasses.replace(asset, content=content) if len(content) < len(asset.content) else asset


def _drawn(motif: Motif) -> bytes | None:
    """The part of a drawing that is the motif, as a drawing; ``None`` where pixels are the better copy: letters that
    would need their own fonts, and drawings larger than their picture.
    """
    source = motif.work.source or ""
    if len(source) > _LARGEST_DRAWING or "<text" in source:
        return None
    try:
        inner, width, height = read_drawing(source).scaled(1000)
    except DrawingRefusedError:
        return None
    left, top, right, bottom = motif.box
    crop = f"{left * width:.3f} {top * height:.3f} {(right - left) * width:.3f} {(bottom - top) * height:.3f}"
    across, down = motif.pixels.shape[1], motif.pixels.shape[0]
    outer = f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}" height="{down}" viewBox="{crop}">'
    return f"{outer}{inner}</svg>".encode()


def _filled(alpha: Pixels, colour: Rgb) -> Pixels:
    return np.broadcast_to(np.array(colour, dtype=np.uint8), (*alpha.shape, 3)).copy()


def grown(motif: Motif, width: float) -> Pixels:
    """Coverage of the motif grown by ``width`` (share of the longer side), holes closed, ``uint8``; larger than the
    motif by the rim on every side.
    """
    reach = rim_pixels(motif, width)
    solid = np.pad(motif.pixels[:, :, 3] > 140, reach + 1)
    closed = ndimage.binary_fill_holes(ndimage.binary_closing(solid, iterations=max(1, reach // 2)) | solid)
    outside = ndimage.distance_transform_edt(~closed)
    coverage = np.clip(reach - outside + 0.5, 0, 1)[1:-1, 1:-1]
    return np.asarray(np.rint(coverage * 255), dtype=np.uint8)


def rim_pixels(motif: Motif, width: float) -> int:
    """A rim's width in the motif's own pixels."""
    return max(2, round(width * float(max(motif.pixels.shape[:2]))))
