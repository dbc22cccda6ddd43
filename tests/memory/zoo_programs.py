"""Networks of the zoo as programs without arithmetic, by way of ONNX and the passes."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mcucompile.importer import import_onnx
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Add, Lookup, Mul, Softmax
from mcucompile.ir.program import InputMode, Layer, Program
from mcucompile.ir.tensors import TensorType
from mcucompile.lower.steps import layer_by_layer, single_layers
from mcucompile.passes import optimize
from mcucompile.zoo import build_network
from tests.memory.programs import ANY

IN_PLACE: dict[type, tuple[int, ...]] = {Add: (0, 1), Mul: (0,), Lookup: (0,), Softmax: (0,)}


@cache
def network(name: str, alpha: float, resolution: int) -> Graph:
    """The float graph after all passes; its layers are those of the int8 graph with all channels kept."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        path.write_bytes(build_network(name, alpha=alpha, resolution=resolution).SerializeToString())
        return optimize(import_onnx(path))


def program_of(graph: Graph, mode: InputMode, alignment: int = 4) -> Program:
    """One step a layer, with what the bundled kernels declare: no scratch, element-wise layers in place."""
    types = {name: TensorType(tensor.shape, ANY) for name, tensor in graph.types.items()}
    layers = tuple(
        Layer(
            i,
            replace(node, type=types[node.name]),
            "kernel",
            (0,) * len(node.inputs),
            overwrites=IN_PLACE.get(type(node.operator), ()),
        )
        for i, node in enumerate(graph)
    )
    return Program(
        graph.name,
        graph.input,
        types[graph.input],
        mode,
        graph.origin_input,
        layers,
        layer_by_layer(layers, types),
        graph.output,
        alignment,
        single_layers(layers),
    )


def zoo_program(name: str, alpha: float, resolution: int, mode: InputMode = InputMode.ARENA) -> Program:
    """The program of a network of the zoo, layer by layer."""
    return program_of(network(name, alpha, resolution), mode)
