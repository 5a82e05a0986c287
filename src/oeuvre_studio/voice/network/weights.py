"""The parameters out of the int8 ONNX file: each weight is its quantised form times its scale, so the network computes
with the very (rounded) numbers that serve.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from oeuvre_studio.errors import ModelDamagedError
from oeuvre_studio.voice.network.model import KokoroNetwork

PREDICTOR_PARTS = frozenset({"F0", "N", "F0_proj", "N_proj", "shared"})
"""Parts of the predictor that the graph names without it, because one method of its own ran them."""

CONVOLUTIONS = frozenset({"Conv", "ConvInteger", "ConvTranspose"})
PRODUCTS = frozenset({"MatMul", "MatMulInteger"})

Array = NDArray[np.float32]


def load_network(path: Path) -> KokoroNetwork:
    """The network with the weights of the ONNX file, frozen.

    Raises:
        ModelDamagedError: the file lacks one of the parameters, or has another shape for it.
    """
    found = _Graph(path).parameters()
    network = KokoroNetwork().eval()
    wanted = network.state_dict()
    missing = [name for name in wanted if name not in found]
    if missing:
        raise ModelDamagedError(
            f"{path} lacks {missing[0]} and {len(missing) - 1} other weights. Pull the model again."
        )
    try:
        network.load_state_dict({name: found[name].reshape(wanted[name].shape) for name in wanted})
    except RuntimeError as error:
        raise ModelDamagedError(f"{path} is not the model that was meant: {error}. Pull it again.") from error
    return network.requires_grad_(False)


class _Graph:
    """The graph's nodes and constants, and quantised constants as the floats they stand for."""

    def __init__(self, path: Path) -> None:
        graph = onnx.load(str(path)).graph
        self._nodes = list(graph.node)
        self._constants = {entry.name: entry for entry in graph.initializer}

    def parameters(self) -> dict[str, Tensor]:
        """All of them, by the names of the modules here."""
        found = {
            _module(name): self._plain(name)
            for name in self._constants
            if name.startswith(("encoder.", "decoder.")) and not name.endswith(("_quantized", "_scale", "_zero_point"))
        }
        table_of: dict[str, Any] = {}
        for node in self._nodes:
            if node.op_type == "Gather" and node.input[0] in self._constants:
                table_of[node.output[0]] = node
            elif node.op_type == "DequantizeLinear" and node.input[0] in table_of:
                gather = table_of[node.input[0]]
                found[f"{_path(gather.name)}.weight"] = self._scaled(gather.input[0], node.input[1], node.input[2])
            elif node.op_type == "DynamicQuantizeLSTM":
                found |= self._recurrent(node)
            elif node.op_type in CONVOLUTIONS and node.input[1] in self._constants:
                found[f"{_path(node.name)}.weight"] = self._weight(node, axis=0)
            elif node.op_type in PRODUCTS and node.input[1] in self._constants:
                found[f"{_path(node.name)}.weight"] = self._weight(node, axis=1).T
        return {name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in found.items()}

    def _plain(self, name: str) -> Array:
        return np.asarray(numpy_helper.to_array(self._constants[name]), dtype=np.float32)

    def _scaled(self, name: str, scale_name: str, zero_name: str, *, axis: int = 0) -> Array:
        """A constant scaled back: one scale in all, or one for each entry of ``axis``."""
        value, scale, zero = self._plain(name), self._plain(scale_name), self._plain(zero_name)
        shape = [1] * value.ndim
        shape[axis] = -1
        return (value - zero.reshape(shape if zero.size > 1 else ())) * scale.reshape(shape if scale.size > 1 else ())

    def _weight(self, node: Any, *, axis: int) -> Array:
        name: str = node.input[1]
        if not name.endswith("_quantized"):
            return self._plain(name)
        return self._scaled(name, f"{name.removesuffix('_quantized')}_scale", node.input[3], axis=axis)

    def _recurrent(self, node: Any) -> dict[str, Array]:
        """A bidirectional LSTM: directions × inputs × 4·hidden, gates in ONNX's order."""
        (_, inputs, hidden, bias, *_), (w_scale, w_zero, r_scale, r_zero) = node.input, node.input[8:12]
        values = {
            "weight_ih_l0": self._scaled(inputs, w_scale, w_zero).transpose(0, 2, 1),
            "weight_hh_l0": self._scaled(hidden, r_scale, r_zero).transpose(0, 2, 1),
        }
        values["bias_ih_l0"], values["bias_hh_l0"] = np.split(self._plain(bias), 2, axis=1)
        path = _path(node.name)
        return {
            f"{path}.{name}{suffix}": _gates(value[direction])
            for name, value in values.items()
            for direction, suffix in enumerate(("", "_reverse"))
        }


def _gates(value: Array) -> Array:
    """ONNX keeps the gates as input, output, forget, cell; PyTorch as input, forget, cell, output."""
    enter, leave, forget, cell = np.split(value, 4)
    return np.concatenate([enter, forget, cell, leave])


def _path(node: str) -> str:
    """``/encoder/text_encoder/cnn.0/cnn.0.0/Conv_quant`` → ``text_encoder.cnn.0.0``."""
    parts: list[str] = []
    for part in node.strip("/").split("/")[:-1]:
        if parts and part.startswith(f"{parts[-1]}."):
            parts.pop()
        parts.append(part)
    return _module(".".join(parts))


def _module(name: str) -> str:
    for prefix, instead in (("decoder.decoder.", "decoder."), ("encoder.", "")):
        if name.startswith(prefix):
            name = instead + name.removeprefix(prefix)
            break
    return f"predictor.{name}" if name.split(".")[0] in PREDICTOR_PARTS else name
