"""Picture files as they are meant to be seen: upright, in sRGB, with transparency, 8 bits a channel."""

from __future__ import annotations

import contextlib
import io
import warnings

import numpy as np
from PIL import Image, ImageCms, ImageOps, ImageSequence, TiffImagePlugin, UnidentifiedImageError
from PIL.ImageFile import ImageFile
from PIL.MpoImagePlugin import MpoImageFile

from oeuvre_studio.image.drawings import DrawingRefusedError

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")
MAX_PIXELS = 80_000_000
"""An A3 page at 600 dpi has 70 million; opening one takes 4 bytes each."""
EDGE = 2048
"""Pixels of the longer side that are kept: models work at a quarter of that, and forty works have to fit in memory."""
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N")
_REDUCED = 1
"""TIFF's flag of a page that is only a smaller copy of another (NewSubfileType, bit 0)."""

PictureRefusedError = DrawingRefusedError
"""A picture that is not used. ``code`` as in `RefusedWork`, ``reason`` for its maker."""


def decode(data: bytes) -> tuple[ImageFile, Image.Image]:
    """Open a PNG, JPEG, WebP or TIFF.

    Returns:
        The file as it was opened, for its metadata, and the picture: RGBA, sRGB, upright, its longer side at most
        `EDGE` pixels.

    Raises:
        PictureRefusedError: it is none of these, damaged, larger than `MAX_PIXELS`, or several pictures in one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
            if opened.width * opened.height > MAX_PIXELS:
                raise _too_large()
            if _pictures(opened) > 1:
                raise PictureRefusedError(
                    "several_pictures", "The file is an animation or has several pages. Save each picture as a file."
                )
            opened.load()
        return opened, to_srgb(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise _too_large() from error
    except UnidentifiedImageError as error:
        raise PictureRefusedError(
            "not_picture", "The file is no PNG, JPEG, WebP, TIFF or SVG. Save it as one of these."
        ) from error
    except PictureRefusedError:
        raise
    except Exception as error:  # readers meet hostile bytes here and fail in many ways
        raise PictureRefusedError(
            "unreadable", "The picture is damaged or cut off. Open it in the program that made it and save it again."
        ) from error


def _too_large() -> PictureRefusedError:
    return PictureRefusedError("too_large", f"More than {MAX_PIXELS // 1_000_000} million pixels. Scale it down.")


def _pictures(opened: Image.Image) -> int:
    """How many pictures a file holds; a TIFF's smaller copies of the same one do not count."""
    if isinstance(opened, MpoImageFile):
        return 1  # a photograph, and what its camera adds: a preview, depth
    if not isinstance(opened, TiffImagePlugin.TiffImageFile):
        return int(getattr(opened, "n_frames", 1))
    pages = 0
    for page in ImageSequence.Iterator(opened):
        reduced = isinstance(page, TiffImagePlugin.TiffImageFile) and int(page.tag_v2.get(254, 0)) & _REDUCED
        pages += not reduced
        if pages > 1:
            break
    opened.seek(0)
    return pages


def to_srgb(opened: Image.Image) -> Image.Image:
    """Any opened picture as RGBA in sRGB, upright, its longer side at most `EDGE`."""
    upright = ImageOps.exif_transpose(opened)
    upright.info.setdefault("icc_profile", opened.info.get("icc_profile"))
    picture = _eight_bit(upright)
    alpha = None
    if "A" in picture.getbands():
        alpha = picture.getchannel("A")
        colours = picture.convert({"LA": "L", "La": "L"}.get(picture.mode, "RGB"))
    elif "transparency" in picture.info:
        whole = picture.convert("RGBA")
        alpha, colours = whole.getchannel("A"), whole.convert("RGB")
    else:
        colours = picture.convert("RGB") if picture.mode in ("P", "1", "HSV") else picture
    result = _managed(colours, upright.info.get("icc_profile"))
    if alpha is not None:
        result.putalpha(alpha)
    result = result.convert("RGBA")
    result.info.clear()
    # premultiplied, or the colours of what cannot be seen would bleed into what can
    premultiplied = result.convert("RGBa") if max(result.size) > EDGE else result
    premultiplied.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
    return premultiplied.convert("RGBA")


def _eight_bit(picture: Image.Image) -> Image.Image:
    if picture.mode in _SIXTEEN_BIT or picture.mode == "I":
        values = np.asarray(picture).astype(np.float64)
        deep = picture.mode != "I" or values.max(initial=0) > 255
        scaled = np.clip(values / (257.0 if deep else 1.0), 0, 255)
        return Image.fromarray(np.round(scaled).astype(np.uint8), "L")
    if picture.mode == "F":
        raise PictureRefusedError("unreadable", "Its colours are floating-point numbers. Save it with 8 or 16 bits.")
    return picture


def _managed(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB; a profile that does not fit the picture is as good as none."""
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            managed = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if managed is not None:
                return managed
    return picture.convert("RGB")
