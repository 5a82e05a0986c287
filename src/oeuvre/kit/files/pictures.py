"""Pictures that strangers bring: whether they can be opened safely, and a small copy that shows them.

The copy is drawn anew, so that nothing of the original but its pixels is in it: no position, no name of a camera, no
bytes after the end.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from oeuvre.kit.files import errors
from oeuvre.kit.files.sniffing import AVIF, GIF, JPEG, PNG, WEBP

DECODERS = {PNG: "PNG", JPEG: "JPEG", GIF: "GIF", WEBP: "WEBP", AVIF: "AVIF"}
"""What is opened here at all, and by which of Pillow's readers: the bytes do not choose it."""
MOST_PIXELS = 80_000_000
"""An A3 page at 600 dpi has 70 million; a pixel takes up to 4 bytes of memory."""
EDGE = 480
"""Pixels of a small copy's longer side."""
SMALL_TYPE = WEBP


@dataclass(frozen=True, slots=True)
class Small:
    """A small copy of a picture, as WebP, and the size of the original in pixels."""

    data: bytes
    width: int
    height: int


def small_copy(data: bytes, media_type: str, *, edge: int = EDGE) -> Small:
    """A copy of at most ``edge`` pixels a side, the right way up, without metadata; of an animation the first picture.

    Raises PictureTooLargeError, PictureUnreadableError.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[DECODERS[media_type]]) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    raise _too_large(width, height)
                picture.draft("RGB", (2 * edge, 2 * edge))
                upright = ImageOps.exif_transpose(picture)
                has_alpha = "A" in upright.getbands() or "transparency" in upright.info
                drawn = upright.convert("RGBA" if has_alpha else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise _too_large() from None
    except errors.FileRefusedError:
        raise
    except Exception:  # readers meet hostile bytes here and fail in many ways
        raise errors.PictureUnreadableError(
            _("This picture is damaged. Open it in the program that made it, and save it again.")
        ) from None
    drawn.thumbnail((edge, edge))
    target = io.BytesIO()
    Image.frombytes(drawn.mode, drawn.size, drawn.tobytes()).save(target, "WEBP", quality=80, method=4)
    return Small(target.getvalue(), width, height)


def _too_large(width: int = 0, height: int = 0) -> errors.PictureTooLargeError:
    most = MOST_PIXELS // 1_000_000
    if not width:
        return errors.PictureTooLargeError(
            _("This picture has more than %(most)d million pixels. Scale it down.") % {"most": most}
        )
    return errors.PictureTooLargeError(
        _("This picture has %(width)d by %(height)d pixels; %(most)d million are the most. Scale it down.")
        % {"width": width, "height": height, "most": most}
    )
