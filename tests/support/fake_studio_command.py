"""A stand-in for the command ``studio`` that honours its command line, streams and exit statuses, without a model.

    python -m tests.support.fake_studio_command train text --works - --out DIR --name NAME … --resume --json
    python -m tests.support.fake_studio_command serve --port 8001 --grant-key FILE

Told what to do by the environment: FAKE_STUDIO_STEPS (20), FAKE_STUDIO_STEP_SECONDS (0), FAKE_STUDIO_STATUS (passed or
rejected), FAKE_STUDIO_FAIL (``code:message``, an error the studio names), FAKE_STUDIO_CRASH_AT (a step at which it dies
with a traceback), FAKE_STUDIO_TOKEN_SECONDS (for ``serve``).
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from oeuvre_studio.protocol import (
    Consent,
    ErrorEvent,
    Media,
    Phase,
    ProgressEvent,
    Report,
    Status,
    TrainResult,
    WorkLine,
    canonical_json,
    dump,
    parse,
    read_index,
    read_sketch_key,
    verify_files,
)
from tests.support.fake_studio_http import run_server
from tests.support.scripted import as_json, scripted_report, scripted_version
from tests.support.scripted_files import SCRIPTED
from tests.support.scripted_voice import scripted_voice_report


def setting(name: str, default: str) -> str:
    return os.environ.get(f"FAKE_STUDIO_{name}", default)


def emit(message: object) -> None:
    print(json.dumps(dump(message)), file=sys.stderr, flush=True)


def fail(code: str, message: str, status: int) -> NoReturn:
    emit(ErrorEvent(code, message))
    sys.exit(status)


def on_term(*_: Any) -> NoReturn:
    fail("cancelled", "The run was stopped. Go on with --resume.", 143)


def step_through(phase: Phase, first: int, steps: int, checkpoint: Path | None) -> None:
    seconds, crash_at = float(setting("STEP_SECONDS", "0")), int(setting("CRASH_AT", "0"))
    for step in range(first, steps + 1):
        time.sleep(seconds)
        if phase == "training" and step == crash_at:
            raise RuntimeError("words of a work that no log may show")
        emit(ProgressEvent(phase, step, steps, 3.4 - 0.01 * step, None, seconds * (steps - step)))
        if checkpoint:
            draft = checkpoint.with_suffix(".tmp")
            draft.write_text(json.dumps({"step": step}))
            draft.replace(checkpoint)


def _report(modality: str, model: str, works: Sequence[WorkLine], status: Status, *, others: int) -> Report:
    """What the gate said; a model that draws or speaks has files for samples."""
    if modality == "voice":
        return scripted_voice_report(model, works, status)
    report = scripted_report(model, works, status, others=others)
    if modality != "image":
        return report
    drawn = SCRIPTED["image"](model, 1, {})
    media = Media(drawn.mime, base64.b64encode(drawn.content).decode())
    return dataclasses.replace(
        report, samples=tuple(dataclasses.replace(one, text="", media=media) for one in report.samples)
    )


def train(chosen: argparse.Namespace) -> None:
    started = time.monotonic()
    signal.signal(signal.SIGTERM, on_term)
    works = [parse(WorkLine, json.loads(line)) for line in sys.stdin]
    if failure := setting("FAIL", ""):
        code, _, message = failure.partition(":")
        fail(code, message, 1)
    if len(works) < 2:
        fail("works_unusable", f"Two usable works are needed, one of them held out; {len(works)} was found.", 1)
    steps, status = int(setting("STEPS", "20")), cast("Status", setting("STATUS", "passed"))
    checkpoint = chosen.out / "checkpoint" / "state.json"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    done = json.loads(checkpoint.read_text())["step"] if chosen.resume and checkpoint.exists() else 0
    step_through("preparing", 1, 1, None)
    step_through("training", done + 1, steps, checkpoint)
    step_through("evaluating", 1, 2, None)
    told = json.loads(chosen.consents.read_text()) if chosen.consents else []
    consents = [parse(Consent, one) for one in told]
    key = cast("Ed25519PrivateKey", load_pem_private_key(chosen.signing_key.read_bytes(), password=None))
    files = scripted_version(chosen.name, works, seed=chosen.seed, status=status, key=key, consents=consents)
    with chosen.others_index.open("rb") as index:
        others = list(read_index(index, key=read_sketch_key(chosen.others_key)))
    report = _report(chosen.modality, chosen.name, works, status, others=len(others))
    for name, content in {**files, "report.json": canonical_json(as_json(report))}.items():
        (chosen.out / name).write_bytes(content)
    result = TrainResult(
        version=verify_files(files)[0],
        dir=str(chosen.out),
        status=status,
        seconds=time.monotonic() - started,
        works=len(works),
        held_out=1,
        refused=(),
        steps=steps,
        bars=report.bars,
    )
    print(json.dumps(dump(result)))


def serve(chosen: argparse.Namespace) -> None:
    seconds = float(setting("TOKEN_SECONDS", "0"))
    run_server(chosen.host, chosen.port, chosen.grant_key, token_seconds=seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train")
    training.add_argument("modality", choices=["text", "voice", "image"])
    training.add_argument("--works", choices=["-"], required=True)
    training.add_argument("--out", type=Path, required=True)
    training.add_argument("--name", required=True)
    training.add_argument("--seed", type=int, default=0)
    training.add_argument("--max-minutes", type=float)
    training.add_argument("--signing-key", type=Path, required=True)
    training.add_argument("--others-index", type=Path, required=True)
    training.add_argument("--others-key", type=Path, required=True)
    training.add_argument("--consents", type=Path)
    training.add_argument("--models-dir", type=Path)
    training.add_argument("--resume", action="store_true")
    training.add_argument("--json", action="store_true")
    training.set_defaults(run=train)
    serving = commands.add_parser("serve")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=8001)
    serving.add_argument("--grant-key", required=True)
    serving.add_argument("--versions")
    serving.add_argument("--models-dir")
    serving.set_defaults(run=serve)
    chosen, _ = parser.parse_known_args()
    chosen.run(chosen)


if __name__ == "__main__":
    main()
