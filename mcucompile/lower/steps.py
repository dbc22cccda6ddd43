"""The order of the steps. Here: layer by layer, one step makes all rows of a layer's output."""

from collections.abc import Mapping, Sequence

from mcucompile.ir.program import Layer, Rows, Segment, Step
from mcucompile.ir.shapes import input_rows
from mcucompile.ir.tensors import TensorType


def layer_by_layer(layers: Sequence[Layer], types: Mapping[str, TensorType]) -> tuple[Step, ...]:
    """One step for each layer, in their order, reading the rows it needs of each input. types: of every tensor."""
    return tuple(_whole_layer(layer, types) for layer in layers)


def single_layers(layers: Sequence[Layer]) -> tuple[Segment, ...]:
    """The segments of these steps: each layer by itself."""
    return tuple(Segment(layer.index, layer.index, (layer.node.type.shape.h,)) for layer in layers)


def _whole_layer(layer: Layer, types: Mapping[str, TensorType]) -> Step:
    rows = Rows(0, layer.node.type.shape.h)
    reads = (Rows(*input_rows(layer.node.operator, types[name].shape, rows)) for name in layer.node.inputs)
    return Step(layer.index, rows, tuple(reads))
