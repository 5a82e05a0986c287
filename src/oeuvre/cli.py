"""The command `oeuvre`."""

import os
import sys

import typer

from oeuvre.config import bootstrap

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.callback()
def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oeuvre.config.settings")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def manage(context: typer.Context) -> None:
    """Run one of Django's management commands against this installation's database."""
    from django.core.management import execute_from_command_line  # noqa: PLC0415  (needs DATABASE_URL first)

    bootstrap.ensure_database_url()
    execute_from_command_line([sys.argv[0], *context.args])
