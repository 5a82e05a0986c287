"""A version's adapter: the pack, and the tone over it."""

from __future__ import annotations

import numpy as np

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import VersionDamagedError
from oeuvre_studio.voice.kokoro import TONE_SIZE, Pack, Tone
from oeuvre_studio.voice.phonemes import LIMIT
from oeuvre_studio.voice.voices import STYLE


def voice_of(version: LoadedVersion) -> tuple[Pack, Tone | None]:
    """A version's pack and its tone; ``None`` where it has none.

    Raises:
        VersionDamagedError: it holds no pack, or something that is none, or a tone that is none.
    """
    pack, tone = version.adapter.get("pack"), version.adapter.get("tone")
    if pack is None or tuple(pack.shape) != (LIMIT, STYLE) or not bool(pack.isfinite().all()):
        raise VersionDamagedError(
            f"{version.name} holds no pack of {LIMIT} styles. Export it again from where it was made."
        )
    if tone is not None and (tuple(tone.shape) != (TONE_SIZE,) or not bool(tone.isfinite().all())):
        raise VersionDamagedError(
            f"{version.name} holds a tone of another shape than {TONE_SIZE}. Export it again from where it was made."
        )
    heard = np.ascontiguousarray(pack.float().numpy())
    return heard, None if tone is None else np.ascontiguousarray(tone.float().numpy())
