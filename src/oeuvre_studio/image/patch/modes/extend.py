"""More canvas round a work that stays as large as it is, pixel for pixel."""

from __future__ import annotations

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.patch.modes.aspect import PLACES, carry_on, stand
from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.repeats import continued
from oeuvre_studio.image.patch.wish import Mode, Wish, always


def make(wish: Wish) -> Picture:
    """The leading piece at its own size in a larger picture.

    Raises:
        UsageError: the picture asked for is smaller than the work.
    """
    at = PLACES[EXTEND.layout_of(wish)]
    height, width = wish.lead.size
    if wish.height < height or wish.width < width:
        raise UsageError(
            f"{wish.lead.title or 'The work'} is drawn {width}x{height} pixels large: ask for a larger canvas,"
            " or for the mode aspect, which makes it smaller."
        )
    if wish.lead.repeats:
        return continued(wish.lead, wish.height, wish.width, at=at)
    return carry_on(wish, (height, width), at) if wish.lead.scene else stand(wish, 1.0, at)


EXTEND = Mode(make, tuple(PLACES), always)
