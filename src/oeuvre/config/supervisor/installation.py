"""The processes of an installation: which, how they are started, when they are ready."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from oeuvre.config import bootstrap, env
from oeuvre.config.supervisor import preflight
from oeuvre.config.supervisor.child import ChildSpec
from oeuvre.config.supervisor.readiness import database_answers, http_answers, listens, note_written
from oeuvre.integrations import postgres
from oeuvre.kit.errors import SetupError

_OWN_MACHINE = {"127.0.0.1", "localhost", "::1"}
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  (names them, binds nothing)
WORKER_NOTE = Path("run", "worker.json")
"""In the home folder: the supervised worker's process and its number in the queue."""
DEMO_NOTE = Path("run", "demo-logins")
"""In the home folder: how to log in as one of the demo people."""
NO_STUDIO = "none"
_SECRETS = ("DATABASE_URL", "DJANGO_", "AWS_", "OEUVRE_EMAIL_", "OEUVRE_C2PA_")
"""What the studio, which reads what strangers bring, is not told."""


def oeuvre_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "oeuvre", *arguments]


def studio_program() -> list[str] | None:
    """OEUVRE_STUDIO_COMMAND as a list, its program found beside our Python first; None where none is to be started."""
    words = shlex.split(env.get("OEUVRE_STUDIO_COMMAND"))
    if not words or words == [NO_STUDIO]:
        return None
    beside = Path(sys.executable).parent / words[0]
    return [str(beside) if beside.exists() else words[0], *words[1:]]


def studio_command(home: Path) -> list[str]:
    """What serves the versions of this installation. Raises SetupError where OEUVRE_STUDIO_COMMAND is ``none``."""
    program = studio_program()
    if program is None:
        raise SetupError("OEUVRE_STUDIO_COMMAND is none: this installation has its studio somewhere else.")
    address = urlsplit(env.get("OEUVRE_STUDIO_URL"))
    versions = home / "versions"
    versions.mkdir(mode=0o700, exist_ok=True)
    where = ["--host", address.hostname or "127.0.0.1", "--port", str(address.port or 8001)]
    return [*program, "--versions", str(versions), *where, "--grant-key", str(home / "keys" / "grant.pub.pem")]


def studio_environment(home: Path) -> dict[str, str]:
    return {"OEUVRE_MODELS": env.get("OEUVRE_MODELS") or str(home / "models")}


@dataclass(frozen=True)
class Installation:
    """What ``oeuvre run`` starts, as the environment describes it."""

    home: Path
    host: str
    port: int
    demo: bool = True
    web_processes: int = 1

    @classmethod
    def from_environment(cls, *, demo: bool) -> Installation:
        """Raises SetupError, naming the setting, for a number that is none."""
        processes = env.number("OEUVRE_WEB_PROCESSES", least=1)
        return cls(env.home(), env.get("OEUVRE_HOST"), env.number("OEUVRE_PORT"), demo, processes)

    @property
    def address(self) -> str:
        return env.get("OEUVRE_URL") or f"http://{self._reachable_host}:{self.port}"

    @property
    def _reachable_host(self) -> str:
        return _ANYWHERE.get(self.host, self.host)

    @cached_property
    def server(self) -> postgres.EmbeddedServer | None:
        return bootstrap.embedded_server()

    @cached_property
    def database_url(self) -> str:
        return self.server.url() if self.server else env.get("DATABASE_URL")

    @property
    def starts_studio(self) -> bool:
        """Whether the studio is ours to start: its address is on this machine and a command is set."""
        own = urlsplit(env.get("OEUVRE_STUDIO_URL")).hostname in _OWN_MACHINE
        return own and studio_program() is not None

    def check(self) -> None:
        """Raises SetupError for what can be seen before anything runs."""
        preflight.check_python()
        preflight.check_space(self.home)
        preflight.check_port(self.host, self.port, f"OEUVRE_PORT={self.port + 80} (or --port)")
        if self.starts_studio:
            studio = urlsplit(env.get("OEUVRE_STUDIO_URL"))
            port = studio.port or 8001
            preflight.check_port(
                studio.hostname or "127.0.0.1", port, f"OEUVRE_STUDIO_URL=http://127.0.0.1:{port + 80}"
            )
            self._check_studio()

    def _check_studio(self) -> None:
        program = studio_program()
        if program and shutil.which(program[0]) is None:
            raise SetupError(
                f"The program {program[0]} is missing. Install the studio (pip install 'oeuvre[studio]'), or set "
                "OEUVRE_STUDIO_COMMAND=none and OEUVRE_STUDIO_URL to a studio elsewhere."
            )

    def specs(self) -> list[ChildSpec]:
        """In the order in which they start."""
        specs = [self._postgres()] if self.server else []
        specs.append(self._prepare())
        if self.starts_studio:
            specs.extend(self._studio())
        if self.demo and not (self.home / DEMO_NOTE).exists():  # written when everybody is there
            specs.append(self._demo())
        specs += [self._worker(), *self._webs()]
        return specs

    def logins(self) -> str:
        """The demo people's logins as one line; empty where there are none."""
        note = self.home / DEMO_NOTE
        return note.read_text().strip() if self.demo and note.exists() else ""

    def _demo(self) -> ChildSpec:
        command = oeuvre_command("demo-load")
        return ChildSpec("demo", command, after=(*self._database, "prepare"), once=True, env=self._environment)

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "OEUVRE_HOME": str(self.home),
            "DATABASE_URL": self.database_url,
            "OEUVRE_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        }

    @property
    def _database(self) -> tuple[str, ...]:
        return ("postgres",) if self.server else ()

    def _postgres(self) -> ChildSpec:
        server = self.server
        if server is None:
            raise LookupError("DATABASE_URL names the server.")

        return ChildSpec(
            "postgres",
            server.command,
            ready=database_answers(server.url("postgres")),
            spawn_as=server.spawn_as,
            before=server.initialise,
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
            grace=postgres.SHUTDOWN_SECONDS,
        )

    def _prepare(self) -> ChildSpec:
        def create() -> None:
            if self.server:
                postgres.create_database(self.database_url)

        command = oeuvre_command("migrate")
        return ChildSpec("prepare", command, after=self._database, once=True, env=self._environment, before=create)

    def _studio(self) -> list[ChildSpec]:
        """The base models of our own studio, and the studio; any other command brings its own models."""
        program, environment = studio_program(), {**self._environment, **studio_environment(self.home)}
        specs = []
        # The first start makes the keys meanwhile; later ones need not wait for the database.
        needs = [] if (self.home / "keys" / "grant.pub.pem").exists() else ["prepare"]
        if program and Path(program[0]).name == "studio":
            specs.append(
                ChildSpec(
                    "models",
                    [program[0], "models", "pull", "--default"],
                    once=True,
                    env=environment,
                    without=_SECRETS,
                    hint="The base models could not be fetched. Check the network and start again: what is there "
                    "already is kept. Or put them into OEUVRE_MODELS by hand (docs/handbook/operations.md).",
                )
            )
            needs.append("models")
        ready = http_answers(env.get("OEUVRE_STUDIO_URL").rstrip("/") + "/readyz")
        specs.append(
            ChildSpec(
                "studio",
                studio_command(self.home),
                ready=ready,
                after=tuple(needs),
                env=environment,
                without=_SECRETS,
                start_seconds=180,
            )
        )
        return specs

    def _worker(self) -> ChildSpec:
        note = self.home / WORKER_NOTE
        return ChildSpec(
            "worker",
            oeuvre_command("worker", "--note", str(note)),
            ready=note_written(note),
            after=(*self._database, "prepare"),
            env={**self._environment, **studio_environment(self.home)},
        )

    def _webs(self) -> list[ChildSpec]:
        """Processes that share one port: each computes on one core only, and one that dies leaves the others serving."""
        first = ChildSpec(
            "web",
            oeuvre_command("web", "--host", self.host, "--port", str(self.port)),
            ready=listens(self.port),
            after=(*self._database, "prepare"),
            env=self._environment,
        )
        return [first, *(replace(first, name=f"web-{number}") for number in range(2, self.web_processes + 1))]
