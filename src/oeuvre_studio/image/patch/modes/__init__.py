"""The ways to make a picture: a module each, with a `Mode`."""

from __future__ import annotations

from oeuvre_studio.image.patch.modes.aspect import ASPECT
from oeuvre_studio.image.patch.modes.compose import COMPOSE
from oeuvre_studio.image.patch.modes.extend import EXTEND
from oeuvre_studio.image.patch.modes.guide import GUIDE
from oeuvre_studio.image.patch.modes.palette import PALETTE
from oeuvre_studio.image.patch.modes.tile import TILE
from oeuvre_studio.image.patch.modes.variation import VARIATION
from oeuvre_studio.image.patch.wish import Mode

MODES: dict[str, Mode] = {
    "variation": VARIATION,
    "aspect": ASPECT,
    "extend": EXTEND,
    "tile": TILE,
    "palette": PALETTE,
    "compose": COMPOSE,
    "guide": GUIDE,
}
"""By the name under which they are asked for; the first is the usual one."""
