"""The ports ``sketches`` and ``picture_sketches``: works reduced to the keyed hashes that the studio compares outputs with."""

from __future__ import annotations

from pathlib import Path

from oeuvre.integrations.studio_client.http import HttpStudio
from oeuvre.integrations.studio_client.keys import ensure_sketch_key, load_sketch_key
from oeuvre_studio import protocol
from oeuvre_studio.protocol.picture_sketches import picture_sketch


class StudioSketches:
    """Sketches in the studio's own terms, under the key that lies in ``home``."""

    def __init__(self, *, home: str) -> None:
        self._home = Path(home)

    def key_id(self) -> str:
        """See the port. Raises SetupError for a key file that cannot be read."""
        return protocol.key_id(self._key())

    def sketch(self, text: str) -> bytes:
        """See the port."""
        return protocol.sketch(text, self._key())

    def _key(self) -> bytes:
        return load_sketch_key(ensure_sketch_key(self._home))


class StudioPictureSketches:
    """Sketches of pictures: the studio describes them, the key that lies in ``home`` veils what it says."""

    def __init__(self, *, home: str, url: str, grant_key_path: str) -> None:
        self._home = Path(home)
        self._studio = HttpStudio(url=url, grant_key_path=grant_key_path)

    def key_id(self) -> str:
        """See the port. Raises SetupError for a key file that cannot be read."""
        return protocol.key_id(self._key())

    def sketch(self, picture: bytes) -> bytes:
        """See the port; the picture is a PNG, JPEG or WebP. Raises what ``Studio.embed`` raises."""
        vector, perceptual_hash = self._studio.describe_picture(picture)
        return picture_sketch(vector, perceptual_hash, self._key())

    def _key(self) -> bytes:
        return load_sketch_key(ensure_sketch_key(self._home))
