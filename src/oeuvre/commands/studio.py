"""`oeuvre studio`: the studio of this installation, by its own command line."""

from __future__ import annotations

import os

from oeuvre.config import env
from oeuvre.config.supervisor.installation import studio_command, studio_environment
from oeuvre.integrations.studio_client.keys import ensure_grant_key
from oeuvre.kit.errors import SetupError


def studio() -> None:
    """Become the studio's process. Raises SetupError when its program is missing."""
    home = env.home()
    ensure_grant_key(home)
    command = studio_command(home)
    try:
        os.execvpe(command[0], command, {**os.environ, **studio_environment(home)})  # noqa: S606  (becomes it)
    except FileNotFoundError:
        raise SetupError(
            f"The program {command[0]} is missing. Install the studio (pip install 'oeuvre[studio]') or set "
            "OEUVRE_STUDIO_COMMAND."
        ) from None
