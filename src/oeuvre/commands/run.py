"""`oeuvre run`: all processes of an installation, from one command."""

from __future__ import annotations

import asyncio

from oeuvre.config import env
from oeuvre.config.supervisor.console import Console
from oeuvre.config.supervisor.home import leftovers_end, only_supervisor, open_home
from oeuvre.config.supervisor.installation import Installation
from oeuvre.config.supervisor.supervisor import Supervisor


def run(*, demo: bool) -> None:
    """Until stopped. Raises SetupError, with what to do, for everything that keeps it from starting."""
    open_home(env.home())
    installation = Installation.from_environment(demo=demo)
    console = Console()
    with only_supervisor(installation.home) as note:
        for name in leftovers_end(note):
            console.line("oeuvre", f"ended {name}, left running by an earlier start that was killed")
        if installation.server and installation.server.running_pid():
            console.line("oeuvre", "stopping a database server that was started apart, to watch over it")
            installation.server.stop()
        installation.check()
        supervisor = Supervisor(
            installation.specs(),
            console=console,
            on_ready=lambda: console.line(
                "oeuvre", " · ".join(filter(None, [f"ready at {installation.address}", installation.logins()]))
            ),
            on_change=lambda children: note.write(installation.address, children),
        )
        asyncio.run(supervisor.run())
        console.line("oeuvre", "stopped")
