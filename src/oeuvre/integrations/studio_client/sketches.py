"""The port ``sketches``: works reduced to the keyed hashes that the studio compares outputs with."""

from __future__ import annotations

from pathlib import Path

from oeuvre.integrations.studio_client.keys import ensure_sketch_key, load_sketch_key
from oeuvre_studio import protocol


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
