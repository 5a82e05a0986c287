"""What a buyer or an operator has to mend before a design can be made."""

from __future__ import annotations

from oeuvre_studio.errors import StudioError


class CopyTooLongError(StudioError):
    """A text that does not fit a size legibly. ``role`` is the text's name, ``size`` the format's."""

    code = "copy_too_long"

    def __init__(self, role: str, size: str, message: str) -> None:
        super().__init__(message)
        self.role = role
        self.size = size


class CopyUnusableError(StudioError):
    """A request without a headline, or with characters that are no text."""

    code = "copy_unusable"


class MissingGlyphError(StudioError):
    """Characters that no bundled font can draw. ``characters`` holds them."""

    code = "missing_glyph"

    def __init__(self, characters: str) -> None:
        named = ", ".join(f"{char!r} (U+{ord(char):04X})" for char in characters)
        super().__init__(f"No font of the studio can draw {named}. Write the text without it.")
        self.characters = characters


class SizeUnknownError(StudioError):
    """A size that is neither in the table nor ``WIDTHxHEIGHT`` within the limits."""

    code = "size_unknown"


class DesignUnreadableError(StudioError):
    """A saved design that is not what `Design.to_json` writes."""

    code = "design_unreadable"
