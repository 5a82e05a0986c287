"""A version in the layout that PEFT, and everything that reads PEFT's, loads a LoRA adapter from.

The folder holds ``adapter_config.json`` and ``adapter_model.safetensors`` as the PEFT documentation's page on its
checkpoint format describes them, and `PROVENANCE`, which says which version it is. The matrices are the version's own,
bit for bit.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import UsageError, VersionDamagedError
from oeuvre_studio.protocol import canonical_json, is_version_name
from oeuvre_studio.text.lora import adapter_from_tensors

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
PROVENANCE = "version.json"
PARTS = {"lora_a": "lora_A.weight", "lora_b": "lora_B.weight"}
"""What a version calls its matrices, and what PEFT does."""


def folder_name(name: str) -> str:
    """A version's name as a folder's: the ``@`` may mean something to whoever reads the path.

    Two versions never share a folder: what stands after the last ``--`` is twelve digits of the content's hash.

    Raises:
        UsageError: that is no version's name.
    """
    if not is_version_name(name):
        raise UsageError(f"{name!r} is not a version's name.")
    return name.replace("@", "--")


def peft_files(version: LoadedVersion) -> dict[str, bytes]:
    """The folder's files. The same version always gives the same bytes.

    Raises:
        AdapterMismatchError: its tensors are not pairs of matrices.
        VersionDamagedError: its papers do not fit its matrices.
    """
    settings = version.manifest.hyperparameters
    pairs = adapter_from_tensors(version.adapter, scale=1.0).pairs  # refuses what is not in pairs
    rank, alpha = int(settings["rank"]), float(settings["alpha"])
    if {a.shape[0] for a, _ in pairs.values()} != {rank}:
        raise VersionDamagedError(f"The matrices of {version.name} do not have the rank {rank} that its papers name.")
    config = {
        "base_model_name_or_path": version.manifest.base,
        "bias": "none",
        "inference_mode": True,
        "lora_alpha": int(alpha) if alpha.is_integer() else alpha,
        "lora_dropout": 0.0,
        "peft_type": "LORA",
        "r": rank,
        "target_modules": sorted({layer.rpartition(".")[2] for layer in pairs}),
        "task_type": "CAUSAL_LM",
    }
    provenance = {
        "base_sha256": version.manifest.base_sha256,
        "content_sha256": version.signature.content_sha256,
        "version": version.name,
    }
    tensors = {}
    for key, tensor in version.adapter.items():
        layer, _, part = key.rpartition(".")
        tensors[f"base_model.model.{layer}.{PARTS[part]}"] = tensor.contiguous()
    return {
        CONFIG_FILE: canonical_json(config),
        WEIGHTS_FILE: safetensors.torch.save(tensors, metadata={"format": "pt"}),
        PROVENANCE: canonical_json(provenance),
    }


def write_peft(version: LoadedVersion, folder: Path) -> bool:
    """Write a version's folder, whole or not at all, readable to its owner only; returns whether it is new.

    Raises:
        UsageError: there is something else already.
    """
    files = peft_files(version)
    if _holds(folder, files):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))  # mode 0700
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
        draft.rename(folder)
    except OSError:
        if not _holds(folder, files):  # unless another process was faster
            raise
        return False
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return True


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether the folder is there and holds these very files.

    Raises:
        UsageError: it holds something else.
    """
    if not folder.exists():
        return False
    found = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
    if found != files:
        raise UsageError(f"{folder} exists and holds something else. Choose another folder, or remove that one.")
    return True
