"""The base: a folder in diffusers' layout, Stable Diffusion 1 or 2 and their kin, safetensors only."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.util
import json
import pkgutil
from pathlib import Path
from typing import Any

import torch

from oeuvre_studio.errors import ModelUnavailableError

INDEX = "model_index.json"
PIPELINE = "StableDiffusionPipeline"
PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
LIBRARIES = frozenset({"diffusers", "transformers"})
"""Where a pipeline's parts may come from: a name in ``model_index.json`` is imported."""

EXECUTABLE = frozenset({".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle", ".py"})
"""Files that could run code when they are read."""

RANK, ALPHA = 16, 16.0
TARGETS = ("to_q", "to_k", "to_v", "to_out.0")
"""All attention of the U-Net; one rank and one set for the whole installation."""


@dataclasses.dataclass(frozen=True, eq=False)
class DiffusionBase:
    """A loaded pipeline. ``sha256`` is over all its files, ``edge`` the side in pixels that it was trained with."""

    name: str
    sha256: str
    pipeline: Any
    device: torch.device
    edge: int

    @property
    def unet(self) -> Any:
        """The network that versions adapt."""
        return self.pipeline.unet


def load_diffusion_base(name: str, models_dir: Path) -> DiffusionBase:
    """The base in a folder, or of this name in the models folder; loaded once in a process.

    Raises:
        ModelUnavailableError: there is none, it is of another kind, holds files that could run code, or the extra
            ``diffusion`` is not installed.
    """
    folder = Path(name) if Path(name).is_dir() else models_dir / name
    if not (folder / INDEX).is_file():
        raise ModelUnavailableError(
            f"{folder} holds no {INDEX}. Give --base a folder in diffusers' layout, or leave it out: pictures are then"
            " made of the works' own patches."
        )
    if importlib.util.find_spec("diffusers") is None:
        raise ModelUnavailableError("Diffusion needs another package: pip install 'oeuvre[studio,diffusion]'.")
    return _loaded(str(folder.resolve()))


@functools.lru_cache(maxsize=1)
def _loaded(folder: str) -> DiffusionBase:
    path = Path(folder)
    check_folder(path)
    diffusers = pkgutil.resolve_name("diffusers")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(
        path,
        use_safetensors=True,
        local_files_only=True,
        dtype=torch.float32,
        safety_checker=None,  # every output is looked at by our own moderation
        feature_extractor=None,
        image_encoder=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder):
        part.requires_grad_(False)
        part.eval()
    pipeline.to(device)
    edge = int(pipeline.unet.config.sample_size * pipeline.vae_scale_factor)
    return DiffusionBase(path.name, folder_hash(path), pipeline, device, edge)


def check_folder(folder: Path) -> None:
    """Refuse a folder that is another pipeline, lacks a part, or could run code.

    Raises:
        ModelUnavailableError: says which.
    """
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        parts = {name: part for name, part in index.items() if isinstance(part, list) and any(part)}
    except (OSError, ValueError, AttributeError) as error:
        raise ModelUnavailableError(f"{folder / INDEX} cannot be read: {error}") from error
    if index.get("_class_name") != PIPELINE:
        raise ModelUnavailableError(
            f"{folder.name} is a {index.get('_class_name')}; only a {PIPELINE} can be adapted here."
        )
    foreign = sorted(str(part[0]) for name, part in parts.items() if part[0] not in LIBRARIES and name in PARTS)
    missing = [name for name in PARTS if name not in parts]
    if foreign or missing:
        raise ModelUnavailableError(
            f"{folder.name} lacks {', '.join(missing)}." if missing else f"{folder.name} wants code of {foreign[0]}."
        )
    risky = sorted(path.name for path in folder.rglob("*") if path.suffix in EXECUTABLE)
    if risky:
        raise ModelUnavailableError(
            f"{folder.name} holds {risky[0]}, which could run code. Use weights as safetensors, and remove the others."
        )


def folder_hash(folder: Path) -> str:
    """The sha256 over one ``<sha256>  <path>`` line for each file, in the order of their paths."""
    lines = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(folder).as_posix()}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()
