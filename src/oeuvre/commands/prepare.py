"""`oeuvre migrate`: what has to be right before the processes start."""

from __future__ import annotations

import os

from django.core.management import call_command

from oeuvre.config import env
from oeuvre.domains.catalog.services import catalogue_load
from oeuvre.integrations import postgres
from oeuvre.integrations.studio_client.keys import ensure_grant_key, ensure_signing_key
from oeuvre.kit.actor import Actor

DATABASE_SECONDS = 30.0
"""How long a database that is still starting is waited for."""


def prepare() -> None:
    """Safe to repeat, and quick when there is nothing to do. Raises SetupError."""
    url = os.environ["DATABASE_URL"]
    postgres.wait_for(url, seconds=DATABASE_SECONDS)
    postgres.prepare_database(url)
    call_command("migrate", interactive=False, verbosity=1)
    catalogue_load(actor=Actor.system())
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    ensure_grant_key(env.home())
    ensure_signing_key(env.home())
