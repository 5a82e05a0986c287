"""The convolutions of Kokoro's graph as matrix products: the same integers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from oeuvre_studio.voice import processor
from oeuvre_studio.voice.convolutions import as_products
from oeuvre_studio.voice.processor import BYTES, HALVES, has, instructions

CHANNELS, LEAVING, TIME = 5, 3, 40


def graph_of(span: int, pads: list[int], apart: int, **said: object) -> onnx.ModelProto:
    """A convolution of bytes; its weights are so small that no processor overflows."""
    drawn = np.random.default_rng(span)
    weights = drawn.integers(70, 180, (LEAVING, CHANNELS, span)).astype(np.uint8)
    node = helper.make_node(
        "ConvInteger", ["sound", "weights", "zero", "weights_zero"], ["out"], name="conv", pads=pads, dilations=[apart],
        **said,
    )  # fmt: skip
    graph = helper.make_graph(
        [node],
        "convolution",
        [
            helper.make_tensor_value_info("sound", TensorProto.UINT8, [1, CHANNELS, None]),
            helper.make_tensor_value_info("zero", TensorProto.UINT8, []),
        ],
        [helper.make_tensor_value_info("out", TensorProto.INT32, [1, LEAVING, None])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(np.array(121, np.uint8), "weights_zero")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def result(model: onnx.ModelProto) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    sound = np.random.default_rng(7).integers(0, 256, (1, CHANNELS, TIME)).astype(np.uint8)
    return np.asarray(session.run(None, {"sound": sound, "zero": np.array(90, np.uint8)})[0])


@pytest.mark.parametrize(("span", "pads", "apart"), [(1, [0, 0], 1), (3, [1, 1], 1), (7, [9, 9], 3), (4, [2, 0], 2)])
def test_as_products__the_integers_stay_the_same(span: int, pads: list[int], apart: int) -> None:
    usual, other = graph_of(span, pads, apart), graph_of(span, pads, apart)
    as_products(other.graph)
    assert "ConvInteger" not in {node.op_type for node in other.graph.node}
    assert "weights" not in {constant.name for constant in other.graph.initializer}
    assert np.array_equal(result(usual), result(other))


def test_as_products__a_convolution_that_skips_moments_is_left_as_it_is() -> None:
    usual, other = graph_of(3, [1, 1], 1, strides=[2]), graph_of(3, [1, 1], 1, strides=[2])
    as_products(other.graph)
    assert other.SerializeToString() == usual.SerializeToString()


@pytest.mark.parametrize(
    ("told", "bytes_", "halves"),
    [
        ("flags : avx2 avx512_vnni avx512_bf16", True, True),
        ("flags : avx2 avx_vnni", True, False),
        ("flags : avx2 fma", False, False),
        (None, False, False),
    ],
)
def test_has__as_the_processor_says(
    told: str | None, bytes_: bool, halves: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if told is not None:
        (tmp_path / "cpuinfo").write_text(told)
    monkeypatch.setattr(processor, "FILE", tmp_path / "cpuinfo")
    instructions.cache_clear()
    try:
        assert (has(BYTES), has(HALVES)) == (bytes_, halves)
    finally:
        instructions.cache_clear()
