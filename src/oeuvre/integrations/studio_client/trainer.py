"""The port ``trainer``: the studio's own command as a child process, works through a pipe, a version back."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oeuvre.domains.creation.errors import (
    RunUnderWayError,
    TrainingCancelledError,
    TrainingFailedError,
    VersionDamagedError,
)
from oeuvre.domains.creation.ports import OtherWork, TrainedVersion, TrainingProgress, TrainingWork
from oeuvre.integrations.studio_client.events import Listener, read_result
from oeuvre.integrations.studio_client.keys import ensure_signing_key, ensure_sketch_key, load_sketch_key
from oeuvre.integrations.studio_client.process import Child
from oeuvre_studio.protocol import (
    SIGNATURE_FILE,
    SIGNED_FILES,
    TrainResult,
    WorkLine,
    dump,
    pack,
    unpack,
    verify_files,
    write_index,
)
from oeuvre_studio.protocol import VersionDamagedError as StudioDamagedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from uuid import UUID

RESULT = "result.json"
"""The studio's last word on a finished run, kept beside its version."""
OTHERS = "others.index"
"""Sketches of everybody else's works, in the run's folder while the studio runs."""
CONSENTS = "consents.json"
"""The signed consents that go into the version's manifest."""
TICK = 0.5
"""Seconds after which cancellation is looked for when the studio says nothing."""
LOCK_WAIT = 5.0
"""Seconds to wait for a killed worker's child to be gone."""
_SECRETS = ("DATABASE_URL", "DJANGO_", "OEUVRE_", "AWS_")
"""Beginnings of environment variables that are none of the studio's business."""


@dataclass(frozen=True, slots=True)
class _Orders:
    """What one run is told."""

    run_id: UUID
    modality: str
    model_name: str
    works: Sequence[TrainingWork]
    others: Iterable[OtherWork]
    seed: int
    max_minutes: int
    consents: Sequence[dict[str, Any]]


class SubprocessTrainer:
    """Trains with ``studio train`` on this machine. Nothing of a work is written to the disk but what the report quotes."""

    def __init__(self, *, home: str, command: Sequence[str] = (), models: str = "") -> None:
        """``command`` is the studio's program, looked for beside our Python first (empty: ``studio``).

        ``models`` is the folder of base models; empty means ``models`` in ``home``.
        """
        self._home = Path(home)
        program, *rest = [*command] or ["studio"]
        beside = Path(sys.executable).parent / program
        self._command = [str(beside) if beside.exists() else program, *rest]
        self._models = Path(models) if models else self._home / "models"

    def train(
        self,
        *,
        run_id: UUID,
        modality: str,
        model_name: str,
        works: Sequence[TrainingWork],
        others: Iterable[OtherWork],
        seed: int,
        max_minutes: int,
        consents: Sequence[dict[str, Any]] = (),
        on_progress: Callable[[TrainingProgress], None],
        is_cancelled: Callable[[], bool],
    ) -> TrainedVersion:
        """See the port. Also raises RunUnderWayError while another worker trains the same run on this machine.

        ``on_progress`` and ``is_cancelled`` are called in the caller's thread. The finished version stays in the run's
        folder until ``forget``, so that a caller who dies before storing it gets it again at once.
        """
        orders = _Orders(run_id, modality, model_name, works, others, seed, max_minutes, consents)
        folder = self._folder(run_id)
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _lock(folder.with_suffix(".lock")) as lock:
            folder.mkdir(mode=0o700, exist_ok=True)
            finished = folder / RESULT
            if not finished.exists():
                result = self._run(orders, lock, on_progress, is_cancelled)
                draft = finished.with_suffix(".new")
                draft.write_text(json.dumps(dump(result)))
                draft.rename(finished)
            return _read(folder)

    def _run(
        self,
        orders: _Orders,
        lock: int,
        on_progress: Callable[[TrainingProgress], None],
        is_cancelled: Callable[[], bool],
    ) -> TrainResult:
        with self._index(orders):
            return self._hear(orders, self._start(orders, lock), on_progress, is_cancelled)

    def _hear(
        self,
        orders: _Orders,
        child: Child,
        on_progress: Callable[[TrainingProgress], None],
        is_cancelled: Callable[[], bool],
    ) -> TrainResult:
        listener = Listener()
        asked = 0.0
        try:
            for line in child.listen(TICK):
                progress = listener.read(line) if line else None
                if progress:
                    on_progress(progress)
                if time.monotonic() - asked > TICK:
                    if is_cancelled():
                        raise TrainingCancelledError("The training was cancelled.", run_id=orders.run_id)
                    asked = time.monotonic()
            status = child.wait()
        finally:
            child.stop()
        if status != 0:
            raise listener.failure(status)
        return read_result(child.last_output)

    @contextlib.contextmanager
    def _index(self, orders: _Orders) -> Iterator[None]:
        """The sketches of others' works as a file, for as long as the block lasts."""
        path = self._folder(orders.run_id) / OTHERS
        key = load_sketch_key(ensure_sketch_key(self._home))
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                write_index(file, ((other.work_id, other.sketch) for other in orders.others), key=key)
            yield
        finally:
            path.unlink(missing_ok=True)

    def _start(self, orders: _Orders, lock: int) -> Child:
        command = self._arguments(orders)
        if orders.consents:
            file = self._folder(orders.run_id) / CONSENTS
            file.write_text(json.dumps(list(orders.consents)), encoding="utf-8")
        if shutil.which(command[0]) is None:
            message = f"The studio's command {command[0]} is not there. Install the studio on this machine."
            raise TrainingFailedError(message, reason="studio_missing")
        return Child(command, lines=_lines(orders.works), environment=self._environment(), keep_open=[lock])

    def forget(self, *, run_id: UUID) -> None:
        """See the port; safe to repeat."""
        folder = self._folder(run_id)
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".lock").unlink(missing_ok=True)

    def verify(self, *, archive: bytes) -> TrainedVersion:
        """See the port. ``report`` is the summary that the manifest carries: the full report does not travel."""
        try:
            files = unpack(archive)
            name, manifest, _, _ = verify_files(files)
        except StudioDamagedError as error:
            raise VersionDamagedError(error.message) from error
        papers = dump(manifest)
        return TrainedVersion(name, manifest.report.status == "passed", pack(files), papers["report"], papers)

    def _folder(self, run_id: UUID) -> Path:
        return self._home / "runs" / str(run_id)

    def _arguments(self, orders: _Orders) -> list[str]:
        return [
            *self._command,
            *("train", orders.modality),
            *("--works", "-"),
            *("--out", str(self._folder(orders.run_id))),
            *("--name", orders.model_name),
            *("--seed", str(orders.seed)),
            *("--max-minutes", str(orders.max_minutes)),
            *("--signing-key", str(ensure_signing_key(self._home))),
            *("--others-index", str(self._folder(orders.run_id) / OTHERS)),
            *("--others-key", str(ensure_sketch_key(self._home))),
            *("--models-dir", str(self._models)),
            *(("--consents", str(self._folder(orders.run_id) / CONSENTS)) if orders.consents else ()),
            "--resume",
            "--json",
        ]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)}
        return kept | {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[int]:
    """Hold a run's lock file, which its child inherits: a run is taken up only when nobody trains it any more."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + LOCK_WAIT
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise RunUnderWayError("This run is being trained on this machine already.") from None
                time.sleep(0.1)
        yield handle
    finally:
        os.close(handle)


def _lines(works: Sequence[TrainingWork]) -> Iterator[bytes]:
    for work in works:
        line = WorkLine(
            file=work.work_id,
            text=work.text,
            title=work.title,
            kind=work.kind,
            keywords=work.keywords,
            rights=work.rights,
            sha256=work.sha256,
            content=base64.b64encode(work.content).decode(),
        )
        yield json.dumps(dump(line), ensure_ascii=False).encode() + b"\n"


def _read(folder: Path) -> TrainedVersion:
    """The finished version in a run's folder. Raises TrainingFailedError when it is not whole."""
    try:
        result = read_result((folder / RESULT).read_text())
        files = {name: (folder / name).read_bytes() for name in (*SIGNED_FILES, SIGNATURE_FILE)}
        report: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
        name, manifest, _, _ = verify_files(files)
    except (OSError, ValueError, StudioDamagedError) as error:
        raise TrainingFailedError(
            f"The studio said that it is done, but its version is not whole: {error}", reason="version_damaged"
        ) from error
    return TrainedVersion(name, result.status == "passed", pack(files), report, dump(manifest))
