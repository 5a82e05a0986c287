"""Scripted stand-ins for the studio: in this process for fast tests, as a server where processes matter.

``PORTS = {**settings.PORTS, **FAKE_PORTS}`` puts both into an installation; ``port("studio", Studio)`` is then the one
`FakeStudio` of this process, which a test may ask what happened and tell to fail. The server:

    python -m tests.support.fake_studio serve --port 8001 --grant-key grant.pub.pem [--token-seconds 0.02]
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre.domains.creation.errors import (
    TrainingCancelledError,
    VersionDamagedError,
    VersionNotLoadedError,
)
from oeuvre.domains.creation.ports import (
    GeneratedText,
    MadeContent,
    OtherWork,
    TrainedVersion,
    TrainingProgress,
    TrainingWork,
)
from oeuvre_studio.protocol import (
    Consent,
    Phase,
    Status,
    WorkLine,
    dump,
    pack,
    parse,
    unpack,
    verify_files,
)
from oeuvre_studio.protocol import VersionDamagedError as StudioDamagedError
from tests.support.fake_embeddings import FAKE_EMBEDDINGS
from tests.support.scripted import (
    as_json,
    scripted_credit,
    scripted_embedding,
    scripted_report,
    scripted_text,
    scripted_version,
)
from tests.support.scripted_files import SCRIPTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

FAKE_PORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "studio": ("tests.support.fake_studio.FakeStudio", {}),
    "trainer": ("tests.support.fake_studio.FakeTrainer", {}),
    "picture_sketches": ("tests.support.fake_studio.FakePictureSketches", {}),
    **FAKE_EMBEDDINGS,
}


def _line(work: TrainingWork) -> WorkLine:
    content = base64.b64encode(work.content).decode()
    keywords = tuple(work.keywords)
    return WorkLine(work.work_id, work.text, work.title, work.kind, keywords, work.rights, work.sha256, content)


class FakeStudio:
    """The port ``Studio`` without a studio. ``failures`` are raised, one a call, before anything else happens."""

    def __init__(self) -> None:
        self.hosted: dict[str, bytes] = {}
        self.calls: Counter[str] = Counter()
        self.prompts: list[str] = []
        self.options: list[dict[str, Any]] = []
        """Of what was made in one piece."""
        self.askers: list[UUID] = []
        self.failures: list[Exception] = []
        self.token_seconds = 0.0
        self.on_piece: Callable[[int], None] | None = None
        """Called before each piece with its number: the place to disable a model in the middle of a text."""

    def generate(
        self, *, version: str, prompt: str, seed: int, max_tokens: int, asked_by: UUID, on_text: Callable[[str], bool]
    ) -> GeneratedText:
        self._called("generate")
        self.prompts.append(prompt)
        self.askers.append(asked_by)
        self._require(version)
        text = ""
        pieces = scripted_text(version, prompt, seed, max_tokens)
        for number, piece in enumerate(pieces):
            if self.on_piece:
                self.on_piece(number)
            self._require(version)
            time.sleep(self.token_seconds)
            text += piece
            if not on_text(text):
                return GeneratedText(text, number + 1, seed, "cancelled", ())
        credit = tuple((share.work, share.share) for share in scripted_credit(self.hosted[version], text))
        return GeneratedText(text, len(pieces), seed, "stop", credit)

    def make(
        self,
        *,
        version: str,
        modality: str,
        prompt: str,
        seed: int,
        options: Mapping[str, Any],
        asked_by: UUID,
        is_wanted: Callable[[], bool],
    ) -> MadeContent | None:
        self._called("make")
        self.prompts.append(prompt)
        self.askers.append(asked_by)
        self._require(version)
        self.options.append(dict(options))
        if self.on_piece:
            self.on_piece(0)
        time.sleep(self.token_seconds)
        if not is_wanted():
            return None
        self._require(version)
        made = SCRIPTED[modality](prompt, seed, options)
        credit = tuple((share.work, share.share) for share in scripted_credit(self.hosted[version], prompt))
        return MadeContent(
            made.content,
            made.mime,
            made.units,
            seed,
            credit,
            made.facts,
            made.preview,
            made.preview_mime,
            made.beside,
            made.design,
        )

    def host(self, *, version: str, archive: bytes) -> None:
        self._called("host")
        try:
            name = verify_files(unpack(archive))[0]
        except StudioDamagedError as error:
            raise VersionDamagedError(error.message) from error
        if name != version:
            raise VersionDamagedError(f"These are the bytes of {name}, not of {version}.")
        self.hosted[version] = archive

    def evict(self, *, version: str) -> None:
        self._called("evict")
        self.hosted.pop(version, None)

    def embed(self, *, texts: Sequence[str]) -> list[list[float]]:
        self._called("embed")
        return [scripted_embedding(text) for text in texts]

    def restart(self) -> None:
        """Forget what is held, as a studio does that was killed."""
        self.hosted.clear()

    def _called(self, what: str) -> None:
        self.calls[what] += 1
        if self.failures:
            raise self.failures.pop(0)

    def _require(self, version: str) -> None:
        if version not in self.hosted:
            raise VersionNotLoadedError(f"The studio does not hold {version}. Host it and ask again.")


class FakePictureSketches:
    """The port ``PictureSketcher``: 520 bytes that follow from the picture. ``failures`` are raised, one a call."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []

    def sketch(self, picture: bytes) -> bytes:
        if self.failures:
            raise self.failures.pop(0)
        return random.Random(hashlib.sha256(picture).digest()).randbytes(520)


class FakeTrainer:
    """The port ``Trainer``: makes a signed version without weights in ``steps`` steps."""

    def __init__(self) -> None:
        self.steps = 6
        self.step_seconds = 0.0
        self.status: Status = "passed"
        self.failures: list[Exception] = []
        """Raised, one a run, half-way through the training."""
        self.trained: list[UUID] = []
        self.forgotten: list[UUID] = []
        self.others: list[OtherWork] = []
        """What the last run was told not to repeat."""
        self.consents: list[dict[str, Any]] = []
        """What the last run was given to put into the manifest."""
        self._key = Ed25519PrivateKey.generate()

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
        self.trained.append(run_id)
        self.others = list(others)
        self.consents = list(consents)
        phases: tuple[tuple[Phase, int], ...] = (("preparing", 1), ("training", self.steps), ("evaluating", 2))
        for phase, steps in phases:
            for step in range(1, steps + 1):
                if is_cancelled():
                    raise TrainingCancelledError("The training was cancelled.")
                if phase == "training" and step > steps // 2 and self.failures:
                    raise self.failures.pop(0)
                time.sleep(self.step_seconds)
                loss = 3.4 - 0.05 * step if phase == "training" else None
                on_progress(TrainingProgress(phase, step, steps, loss, loss, 0.1 * (steps - step)))
        lines = [_line(w) for w in works]
        told = [parse(Consent, consent) for consent in consents]
        files = scripted_version(
            model_name, lines, seed=seed, status=self.status, key=self._key, consents=told, modality=modality
        )
        name, manifest, _, _ = verify_files(files)
        report = as_json(scripted_report(model_name, lines, self.status, others=len(self.others)))
        return TrainedVersion(name, self.status == "passed", pack(files), report, as_json(manifest))

    def forget(self, *, run_id: UUID) -> None:
        self.forgotten.append(run_id)

    def verify(self, *, archive: bytes) -> TrainedVersion:
        try:
            files = unpack(archive)
        except StudioDamagedError as error:
            raise VersionDamagedError(error.message) from error
        name, manifest, _, _ = verify_files(files)
        papers = dump(manifest)
        return TrainedVersion(name, manifest.report.status == "passed", pack(files), papers["report"], papers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, required=True)
    serve.add_argument("--grant-key", required=True)
    serve.add_argument("--token-seconds", type=float, default=0.0)
    chosen = parser.parse_args()

    from tests.support.fake_studio_http import run_server

    run_server(chosen.host, chosen.port, chosen.grant_key, token_seconds=chosen.token_seconds)


if __name__ == "__main__":
    main()
