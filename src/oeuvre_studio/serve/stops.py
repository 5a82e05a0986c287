"""Stop strings in a stream: text is held back as long as it could still become one."""

from __future__ import annotations

from collections.abc import Sequence


class StopFilter:
    """Passes text through until one of ``stops`` appears; the stop string itself is never shown."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.text = ""
        """Everything passed on so far."""
        self.stopped = False

    def push(self, piece: str) -> str:
        """The text that can safely be passed on after ``piece``."""
        if self.stopped:
            return ""
        self._held += piece
        places = [at for at in (self._held.find(stop) for stop in self._stops) if at >= 0]
        if places:
            self.stopped = True
            return self._pass(min(places))
        keep = max((self._overlap(stop) for stop in self._stops), default=0)
        return self._pass(len(self._held) - keep)

    def flush(self) -> str:
        """What was held back, when nothing more will come."""
        return self._pass(len(self._held))

    def _overlap(self, stop: str) -> int:
        """How much of the end of the text is the beginning of ``stop``."""
        longest = min(len(stop) - 1, len(self._held))
        return next((n for n in range(longest, 0, -1) if self._held.endswith(stop[:n])), 0)

    def _pass(self, length: int) -> str:
        passed, self._held = self._held[:length], self._held[length:]
        self.text += passed
        return passed
