"""`oeuvre keys`: the public halves of what this installation signs with."""

from __future__ import annotations

import typer

from oeuvre.config import env
from oeuvre.integrations.studio_client.keys import ensure_grant_key, ensure_signing_key, public_path


def keys() -> None:
    """Make missing keys, print where each public half lies and what it says."""
    home = env.home()
    for purpose, private in (
        (
            "Grants: the studio that is to serve this installation is started with it (studio serve --grant-key)",
            ensure_grant_key(home),
        ),
        ("Versions: shows that a model version was trained here", ensure_signing_key(home)),
    ):
        public = public_path(private)
        typer.echo(f"{purpose}\n{public}\n{public.read_text()}")
