"""Starting, watching and stopping all processes of an installation."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from oeuvre.config.supervisor.child import Child, ChildSpec, ChildState
from oeuvre.config.supervisor.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oeuvre.config.supervisor.backoff import Backoff


class Supervisor:
    """Runs children in the order given, each after what it needs, and stops them in the opposite order.

    ``on_change`` is called with name → (process id, state) whenever something starts, becomes ready or ends.
    Raises ValueError for a need that comes later or does not exist.
    """

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        *,
        console: Console | None = None,
        on_ready: Callable[[], None] = lambda: None,
        on_change: Callable[[dict[str, tuple[int | None, ChildState]]], None] = lambda _: None,
        backoff: Callable[[], Backoff] | None = None,
    ) -> None:
        self._console = console or Console()
        self._on_ready = on_ready
        self._on_change = on_change
        self._stop = asyncio.Event()
        self.children: dict[str, Child] = {}
        for spec in specs:
            if missing := set(spec.after) - set(self.children):
                raise ValueError(f"{spec.name} waits for {sorted(missing)}, which do not come before it.")
            self.children[spec.name] = Child(spec, self._console, self._changed, backoff() if backoff else None)

    def _changed(self) -> None:
        self._on_change({name: (child.pid, child.state) for name, child in self.children.items()})

    def request_stop(self) -> None:
        """Stop in order; asked a second time, kill."""
        if self._stop.is_set():
            for child in self.children.values():
                child.kill()
            return
        self._console.line("oeuvre", "stopping; once more to kill")
        self._stop.set()

    async def run(self) -> None:
        """Until SIGINT, SIGTERM or ``request_stop``. Raises SetupError when a child cannot be started at all."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.request_stop)
        lives = [
            asyncio.create_task(child.run([self.children[name] for name in child.spec.after]), name=child.spec.name)
            for child in self.children.values()
        ]
        announcing = asyncio.create_task(self._announce())
        stopping = asyncio.create_task(self._stop.wait())
        watched = {stopping, announcing, *lives}
        try:
            while not stopping.done():
                done, watched = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # raises what a child could not get over
        finally:
            announcing.cancel()
            stopping.cancel()
            await self._stop_all()
            await asyncio.gather(*lives, return_exceptions=True)

    async def _announce(self) -> None:
        for child in self.children.values():
            await child.ready.wait()
        self._on_ready()

    async def _stop_all(self) -> None:
        for child in reversed(self.children.values()):
            if child.pid is not None:
                self._console.line(child.spec.name, "stopping")
            await child.stop()
