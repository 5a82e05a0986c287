"""The base as a folder that other programs serve: the very weights that versions are made for."""

from __future__ import annotations

import tempfile
from pathlib import Path

from oeuvre_studio.errors import ModelUnavailableError, UsageError
from oeuvre_studio.text.base import DEFAULT_BASE, open_base, weights_sha256


def export_base(name_or_path: str | None, models_dir: Path, out: Path) -> tuple[str, str]:
    """Write a base as a Hugging Face folder of bf16 safetensors; returns its name and its base hash.

    Whole or not at all: what appears at ``out`` is complete.

    Raises:
        UsageError: ``out`` is there already.
        ModelUnavailableError: the base is not on this machine, or is quantised.
    """
    if out.exists():
        raise UsageError(f"{out} is there already. Choose another folder, or remove that one.")
    name = name_or_path or DEFAULT_BASE
    model, tokenizer, _ = open_base(name, models_dir)
    if getattr(model.config, "quantization_config", None) is not None:
        raise ModelUnavailableError(f"{name} is quantised: versions are made for plain weights. Export those.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as draft:
        folder = Path(draft) / out.name
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        for file in folder.iterdir():
            file.chmod(0o644)  # the weights are everybody's; the server may be another account
        folder.rename(out)
    return Path(name).name, weights_sha256(model)
