"""What workers do: a task takes its fields, its files and perhaps a version, and brings fields and files."""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import UsageError
from oeuvre_studio.modalities import GenerateRequest, modality
from oeuvre_studio.protocol import dump


@dataclasses.dataclass(frozen=True)
class Order:
    """A task as it reaches the worker."""

    fields: dict[str, Any]
    files: dict[str, bytes]
    version: LoadedVersion | None
    models_dir: Path


Answer = tuple[dict[str, Any], list[bytes]]


def generate(order: Order) -> Answer:
    """Outputs of a version, as its modality makes them: ``outputs``, and of each among the files, in this order, its
    ``content``, perhaps a ``preview``, and what comes ``beside`` it, of which the output keeps the names.
    """
    if order.version is None:
        raise UsageError("Nothing can be made without a version.")
    request = GenerateRequest(
        version=order.version,
        prompt=order.fields["prompt"],
        n=order.fields["n"],
        seed=order.fields["seed"],
        models_dir=order.models_dir,
        base=None,
        options=order.fields["options"] | order.files,
    )
    outputs = modality(order.version.manifest.modality).generate(request)
    files: list[bytes] = []
    for output in outputs:
        files += [output.pop(name) for name in ("content", "preview") if name in output]
        beside = output.pop("beside", {})
        if beside:
            files += beside.values()
            output["beside"] = list(beside)
    return {"outputs": outputs}, files


def describe_pictures(order: Order) -> Answer:
    """Of each picture its descriptor (512 numbers) and perceptual hash (16 hexadecimal digits)."""
    describe: Callable[..., Any] = pkgutil.resolve_name("oeuvre_studio.image.descriptors:describe")
    decoding = pkgutil.resolve_name("oeuvre_studio.image.decoding")
    try:
        pictures = [decoding.decode(content)[1] for content in order.files.values()]
    except decoding.PictureRefusedError as refused:
        raise UsageError(refused.reason) from refused
    found = describe(pictures, order.models_dir)
    rows = [{"vector": row.vector.tolist(), "perceptual_hash": f"{row.hash:016x}"} for row in found]
    return {"pictures": rows}, []


def check_voice(order: Order) -> Answer:
    """Whether a recording is the phrase that was shown, in the voice of the other recordings."""
    check: Callable[..., Any] = pkgutil.resolve_name("oeuvre_studio.voice.consent:check_consent")
    files = order.files
    found = check(
        files["recording"],
        phrase=order.fields["phrase"],
        language=order.fields["language"],
        references=[content for name, content in files.items() if name.startswith("reference")],
        earlier=[content for name, content in files.items() if name.startswith("earlier")],
        models_dir=order.models_dir,
    )
    return dump(found), []


TASKS: dict[str, Callable[[Order], Answer]] = {
    "generate": generate,
    "describe_pictures": describe_pictures,
    "check_voice": check_voice,
}
