"""Kokoro's convolutions as matrix products, which ONNX Runtime computes in about half the time, to the same integers.

Its integer convolution knows weights from 0 to 255 only, and multiplies them by the slow kernel for two unsigned factors. Its
matrix product takes weights from -128 to 127, which processors have an instruction for (VNNI). So each weight and its zero
point are moved down by 128, which changes no difference of the two, and every moment is laid beside its neighbours under the
kernel. Sums of integers have one result in any order: the samples stay the same to the bit.

Processors without the instruction add pairs of such products up in 16 bits, where they overflow: there nothing is replaced.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

MIDDLE = 128
"""Between weights with and without a sign."""


def as_products(graph: onnx.GraphProto) -> None:
    """Replace the integer convolutions of one group, a stride of 1 and constant weights in a graph."""
    constants = {constant.name: constant for constant in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        nodes += _product(graph, constants, node) if _replaceable(node, constants) else [node]
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input} | {output.name for output in graph.output}
    kept = [constant for constant in graph.initializer if constant.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _replaceable(node: onnx.NodeProto, constants: dict[str, onnx.TensorProto]) -> bool:
    if node.op_type != "ConvInteger" or not all(name in constants for name in (node.input[1], node.input[3])):
        return False
    said = _attributes(node)
    plain = said.get("group", 1) == 1 and said.get("auto_pad", b"NOTSET") == b"NOTSET"
    unsigned = constants[node.input[1]].data_type == onnx.TensorProto.UINT8
    return plain and unsigned and len(constants[node.input[1]].dims) == 3 and list(said.get("strides", [1])) == [1]


def _product(
    graph: onnx.GraphProto, constants: dict[str, onnx.TensorProto], node: onnx.NodeProto
) -> list[onnx.NodeProto]:
    """1 × channels × time in and out as before; in between a row for each moment, which holds what its kernel covers."""
    sound, weights, zero, weights_zero = node.input
    name, said = node.output[0], _attributes(node)
    kernel = numpy_helper.to_array(constants[weights])  # channels out × channels in × span
    pads, apart = list(said.get("pads", [0, 0])), int(said.get("dilations", [1])[0])

    def constant(what: str, value: NDArray[Any]) -> str:
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), f"{name}_{what}"))
        return f"{name}_{what}"

    def node_of(kind: str, what: str, *inputs: str, **attributes: Any) -> str:
        made.append(helper.make_node(kind, list(inputs), [f"{name}_{what}"], **attributes))
        return f"{name}_{what}"

    made: list[onnx.NodeProto] = []
    rows = node_of("Transpose", "rows", sound, perm=[0, 2, 1])
    span = kernel.shape[2]
    if span > 1 or any(pads):
        padded = node_of("Pad", "padded", rows, constant("pads", np.array([0, pads[0], 0, 0, pads[1], 0])), zero)
        length = node_of("Shape", "length", padded, start=1, end=2)
        one, none = constant("one", np.array(1)), constant("none", np.array(0))
        last = node_of("Sub", "last", length, constant("over", np.array([apart * (span - 1)])))
        moments = node_of("Range", "moments", none, node_of("Squeeze", "count", last), one)
        column = node_of("Unsqueeze", "column", moments, constant("axis", np.array([1])))
        where = node_of("Add", "where", column, constant("offsets", apart * np.arange(span)[None]))
        beside = node_of("Gather", "beside", padded, where, axis=1)
        rows = node_of("Reshape", "wide", beside, constant("shape", np.array([0, 0, span * kernel.shape[1]])))
    flat = kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0])
    moved = constant("weights", (flat.astype(np.int16) - MIDDLE).astype(np.int8))
    at = numpy_helper.to_array(constants[weights_zero]).astype(np.int16) - MIDDLE
    sums = node_of("MatMulInteger", "sums", rows, moved, zero, constant("weights_zero", at.astype(np.int8)))
    made.append(helper.make_node("Transpose", [sums], [name], name=node.name, perm=[0, 2, 1]))
    return made


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
