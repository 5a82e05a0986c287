"""Pictures over a diffusion base, as the image modality hands them on: it does so for a version whose manifest names a base."""

from __future__ import annotations

import pkgutil
from typing import Any

import numpy as np

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import BaseMismatchError, WorksUnusableError
from oeuvre_studio.image.descriptors import describe
from oeuvre_studio.image.diffusion.base import DiffusionBase, load_diffusion_base
from oeuvre_studio.image.diffusion.dataset import examples
from oeuvre_studio.image.diffusion.draw import STEPS, draw
from oeuvre_studio.image.diffusion.gate import DiffusionGate, DiffusionSubject, estimated_credit
from oeuvre_studio.image.diffusion.lora import with_lora
from oeuvre_studio.image.diffusion.options import DiffusionOptions
from oeuvre_studio.image.diffusion.train import DiffusionSettings, held_out_loss
from oeuvre_studio.image.options import FORMATS, EvaluateOptions, TrainOptions
from oeuvre_studio.image.others import read_everybody, read_other
from oeuvre_studio.image.works import read_folder
from oeuvre_studio.modalities import EvaluateRequest, GenerateRequest, TrainRequest, read_options
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import Report, TrainResult, dump

RUN = "oeuvre_studio.image.diffusion.run:DiffusionRun"


def train(request: TrainRequest, options: TrainOptions, reporter: Reporter) -> TrainResult:
    """See `DiffusionRun`."""
    run = pkgutil.resolve_name(RUN)  # only now: it needs the extra ``diffusion``
    result: TrainResult = run(request, options, reporter).run()
    return result


def evaluate(request: EvaluateRequest, options: EvaluateOptions, reporter: Reporter) -> Report:
    """The gate over a finished version: held out are the works it was not trained on.

    Raises:
        WorksUnusableError: every given work was trained on, or none was.
    """
    version = request.version
    everybody = read_everybody(options.others_index, options.others_key)
    base = _base(version, request)
    body = read_folder(request.works)
    known = {work.sha256 for work in version.manifest.works if not work.held_out}
    training = tuple(work for work in body.works if work.sha256 in known)
    held_out = tuple(work for work in body.works if work.sha256 not in known)
    if not training or not held_out:
        raise WorksUnusableError(
            "Give the folder the version was trained from: works it has seen, to look for copies, and works it has not"
            " seen, to measure it on."
        )
    others = [read_other(folder, request.models_dir) for folder in request.others]
    others += [everybody] if everybody is not None else []
    model, settings = version.manifest.model, DiffusionSettings()
    unseen = examples(base, held_out, model)
    before = held_out_loss(base, unseen, settings, seed=request.seed)
    with with_lora(base, version.adapter):
        after = held_out_loss(base, unseen, settings, seed=request.seed)
    subject = DiffusionSubject(model, version.adapter, training, held_out, body.refused, (), after / before)
    gate = DiffusionGate(
        base,
        subject,
        models_dir=request.models_dir,
        steps=STEPS,
        reporter=reporter,
        cancelled=request.cancelled,
    )
    return gate.report(others, seed=request.seed)


def generate(request: GenerateRequest) -> list[dict[str, Any]]:
    """Pictures as files, each with its seed and the estimated share of the works in it.

    Raises:
        UsageError: an option is not what it can be.
    """
    version = request.version
    options = read_options(DiffusionOptions, request.options, modality="a model over a diffusion base")
    base = _base(version, request)
    drawing = options.drawing(request.prompt, base)
    found = []
    for number in range(request.n):
        seed = request.seed + number
        picture = draw(base, version.adapter, version.manifest.model, drawing, seed=seed)
        (descriptor,) = describe([picture], request.models_dir)
        likeness = np.asarray(version.credit["descriptors"]) @ descriptor.vector
        works = [(work.sha256, work.title) for work in version.manifest.works if not work.held_out]
        found.append(
            {
                "content": options.encoded(picture),
                "suffix": f".{options.format}",
                "mime": FORMATS[options.format],
                "seed": seed,
                "version": version.name,
                "units": 1,
                "credit": [dump(share) for share in estimated_credit(works, likeness)],
                "facts": {"width": picture.width, "height": picture.height},
            }
        )
    return found


def _base(version: LoadedVersion, request: EvaluateRequest | GenerateRequest) -> DiffusionBase:
    base = load_diffusion_base(request.base or version.manifest.base, request.models_dir)
    if base.sha256 != version.manifest.base_sha256:
        raise BaseMismatchError(
            f"{version.name} was made for {version.manifest.base} ({version.manifest.base_sha256[:12]}), this base is"
            f" {base.sha256[:12]}. Use the one it was trained on."
        )
    return base
