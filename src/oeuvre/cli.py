"""The command `oeuvre`."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import django
import typer
from django.core.management import execute_from_command_line
from django.utils.module_loading import import_string

from oeuvre.config import bootstrap, env
from oeuvre.kit.errors import DomainError, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Run and look after an Oeuvre installation. Settings come from the environment: docs/handbook/settings.md.",
)
bench = typer.Typer(no_args_is_help=True, help="Measure the platform's own claims, from a checkout of the sources.")
app.add_typer(bench, name="bench")
_FULL = {errno.ENOSPC, errno.EDQUOT}


def _command(name: str, *, database: bool) -> Callable[..., Any]:
    """``oeuvre.commands.<name>``, loaded when what it needs is there: Django's settings and, if wanted, the database."""
    if database:
        bootstrap.borrow_database()
        django.setup()
    found: Callable[..., Any] = import_string(f"oeuvre.commands.{name}")
    return found


@app.command()
def run(
    port: Annotated[int | None, typer.Option(help="Port of the site, instead of OEUVRE_PORT.")] = None,
    demo: Annotated[bool, typer.Option(help="Put the demo people and their works in, where they are missing.")] = True,
) -> None:
    """Start everything: database, studio, worker and web. Ctrl-C stops it."""
    if port is not None:
        os.environ["OEUVRE_PORT"] = str(port)
    _command("run.run", database=False)(demo=demo)


@app.command()
def web(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of OEUVRE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port, instead of OEUVRE_PORT.")] = None,
) -> None:
    """Serve the site and the API."""
    _command("web.web", database=True)(host=host or env.get("OEUVRE_HOST"), port=port or env.number("OEUVRE_PORT"))


@app.command()
def worker(
    queue: Annotated[list[str] | None, typer.Option(help="Take jobs of this queue only; repeatable.")] = None,
    concurrency: Annotated[int, typer.Option(help="Jobs at a time.", min=1)] = 4,
    note: Annotated[Path | None, typer.Option(help="File by which a restarted worker finds the jobs it left.")] = None,
) -> None:
    """Run background jobs: training, mail, schedules."""
    _command("worker.worker", database=True)(queues=queue or [], concurrency=concurrency, note=note)


@app.command()
def studio() -> None:
    """Serve this installation's model versions (OEUVRE_STUDIO_COMMAND)."""
    _command("studio.studio", database=False)()


@app.command()
def migrate() -> None:
    """Bring the database, the keys and the static files up to this release. Safe to repeat."""
    _command("prepare.prepare", database=True)()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def manage(context: typer.Context) -> None:
    """Run one of Django's management commands against this installation's database."""
    bootstrap.borrow_database()
    execute_from_command_line([sys.argv[0], *context.args])


@app.command()
def demo_load() -> None:
    """Put the demo people, their works and models into an empty installation. Safe to repeat."""
    _command("demo_load.load", database=True)()


@app.command()
def demo(
    url: Annotated[
        str | None, typer.Option(help="Walk through the installation there, instead of a fresh one.")
    ] = None,
    operator: Annotated[str | None, typer.Option(help="With --url: e-mail address of its operator.")] = None,
    works: Annotated[
        Path | None, typer.Option(help="Folder of texts to train on, instead of the demo writer's.")
    ] = None,
    minutes: Annotated[int, typer.Option(help="Longest training: 5, 10, 20 or 40.")] = 5,
) -> None:
    """Do the main job once through the site's own pages, telling each step; exits with 1 where one is wrong."""
    _command("demo.demo", database=False)(url=url, operator=operator, works=works, minutes=minutes)


@app.command()
def check() -> None:
    """Look at database, ledger, queue, keys, storage and studio; exits with 1 where something is wrong."""
    if not _command("check.check", database=True)():
        raise typer.Exit(1)


@app.command()
def operator_create(
    email: Annotated[str, typer.Argument(help="E-mail address to log in with.")],
    name: Annotated[str, typer.Option(help="Name that others see.")] = "",
) -> None:
    """Make an operator, or make an existing person one. Asks for the password, or reads a line from standard input."""
    _command("operators.operator_create", database=True)(email=email, name=name)


@app.command()
def catalogue_load() -> None:
    """Make categories, attributes, use cases and skills what the files say, but for what operators set by hand."""
    _command("catalogue_load.catalogue_load", database=True)()


@app.command()
def catalogue_check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Folders or files; none means what comes along.")] = None,
) -> None:
    """Check a catalogue's files without a database; exits with 1 where something is wrong, and says where."""
    if not _command("catalogue_check.catalogue_check", database=False)(paths=paths or []):
        raise typer.Exit(1)


@app.command()
def keys() -> None:
    """Make missing keys and show the public ones. Private keys are never printed."""
    _command("keys.keys", database=False)()


@bench.command("assistant")
def bench_assistant(
    part: Annotated[str, typer.Option(help="held-out or development.")] = "held-out",
    json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 3 where a bar is missed.")] = False,
    peer: Annotated[bool, typer.Option(help="Measure the plain retrieve-and-generate loop as well.")] = True,
    chat: Annotated[bool, typer.Option("--chat", help="Let the embedded chat model write as well.")] = False,
) -> None:
    """Does the assistant answer what it may, hand off what it must, and commit to nothing outside the rules?"""
    if part not in {"held-out", "development"}:
        raise typer.BadParameter("held-out or development", param_hint="--part")
    status = _command("bench.bench_assistant", database=False)(
        part=part, as_json=json, check=check, peer=peer, chat=chat
    )
    if status:
        raise typer.Exit(status)


def main() -> None:
    """Run the command; what a person can mend is told in one message, without a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oeuvre.config.settings")
    os.umask(0o077)  # mails, keys and files are for this account's eyes, whatever other accounts may pass through
    try:
        app()
    except (SetupError, DomainError) as error:
        _fail(str(error))
    except OSError as error:
        if error.errno in _FULL:
            _fail(f"The disk is full ({error.filename or env.get('OEUVRE_HOME')}). Make room and start again.")
        if isinstance(error, PermissionError):
            _fail(f"{error.filename} may not be used: {error.strerror}. Make it yours, or set OEUVRE_HOME elsewhere.")
        raise


def _fail(message: str) -> None:
    sys.stderr.write(f"oeuvre: {message}\n")
    raise SystemExit(1)
