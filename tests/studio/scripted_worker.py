"""A worker whose modality needs no model: it says what it was asked, and can be slow, fail or die on request.

python -m tests.studio.scripted_worker SOCKET MODELS_DIR
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from oeuvre_studio.errors import UsageError
from oeuvre_studio.modalities import REGISTRY, GenerateRequest
from oeuvre_studio.serve.tasks import TASKS, Answer, Order
from oeuvre_studio.serve.worker import main

PROGRAM = (sys.executable, "-m", "tests.studio.scripted_worker")


class Scripted:
    """Stands where a modality stands."""

    makes_files = True

    def generate(self, request: GenerateRequest) -> list[dict[str, Any]]:
        """The prompt, the options and the process that saw them, as bytes."""
        if request.prompt == "sleep":
            time.sleep(30)
        if request.prompt == "die":
            os._exit(3)
        if request.prompt == "break":
            raise RuntimeError(f"a wish of {request.prompt}")
        if request.prompt == "refuse":
            raise UsageError("There is no --mood for pictures.")
        guide = request.options.get("guide", b"")
        also = [name for name in request.options.get("also", "").split(",") if name]
        told = f"{os.getpid()} {request.prompt} {sorted(request.options)} ".encode() + guide
        return [
            {
                "content": told,
                "suffix": ".png",
                "mime": "image/png",
                "seed": request.seed + number,
                "credit": [
                    {"work": work.sha256, "title": work.title, "share": 0.5} for work in request.version.manifest.works
                ],
                "facts": {"width": 8},
                "units": 1,
                "version": request.version.name,
                **({"beside": {name: name.encode() for name in also}, "design": request.prompt} if also else {}),
                **({"preview": b"small", "preview_mime": "image/webp"} if request.options.get("preview") else {}),
            }
            for number in range(request.n)
        ]


SCRIPTED = Scripted()


def describe_pictures(order: Order) -> Answer:
    """A number and a text for each picture."""
    rows = [{"vector": [float(len(content))], "perceptual_hash": content.decode()} for content in order.files.values()]
    return {"pictures": rows}, []


def check_voice(order: Order) -> Answer:
    """What came in."""
    names = list(order.files)
    heard = "/".join((order.fields["phrase"], order.fields["language"], order.files["recording"].decode()))
    references, earlier = (sum(name.startswith(kind) for name in names) for kind in ("reference", "earlier"))
    scores = {"heard": heard, "references": float(references), "earlier": float(earlier)}
    return {"passed": True, "scores": scores, "reasons": []}, []


if __name__ == "__main__":
    for name in ("image", "voice"):
        REGISTRY[name] = "tests.studio.scripted_worker:SCRIPTED"
    TASKS.update(describe_pictures=describe_pictures, check_voice=check_voice)
    main()
