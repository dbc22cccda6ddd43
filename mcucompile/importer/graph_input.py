"""Reads the graph's input and output: names, element type, shape, batch."""

from dataclasses import dataclass

from onnx import GraphProto, TensorProto, ValueInfoProto

from mcucompile.errors import Problem, UnsupportedModelError
from mcucompile.importer.axes import LAYOUTS

_ONE = "a network with one input and one output"


@dataclass(frozen=True)
class GraphInput:
    """element: float, int8 or uint8. shape: the static ONNX shape, with 1 for a batch that the file leaves open."""

    name: str
    element: str
    shape: tuple[int, ...]


def read_input(graph: GraphProto, where: str) -> GraphInput:
    """The graph's one input that is not an initializer. Raises UnsupportedModelError."""
    stored = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in stored]
    value = _only(inputs, "input", where)
    place = f"{where}: input '{value.name}'"
    element = TensorProto.DataType.Name(value.type.tensor_type.elem_type).lower()
    if element not in ("float", "int8", "uint8"):
        raise not_float(value.name, element, where)
    if not value.type.tensor_type.HasField("shape") or len(value.type.tensor_type.shape.dim) not in range(1, 5):
        found = "no shape" if not value.type.tensor_type.HasField("shape") else f"the shape {_dimensions(value)}"
        remedy = "export with an example input of the shape that the device will feed"
        raise UnsupportedModelError(Problem(place, found, f"a shape of rank 1 to {max(LAYOUTS)}", remedy))
    return GraphInput(value.name, element, _static_shape(value, place, where))


def not_float(name: str, element: str, where: str) -> UnsupportedModelError:
    """The error for an input whose elements are neither real numbers nor integers of known scale."""
    found, allowed = f"elements of type {element}", "float elements, or 8-bit integers that a DequantizeLinear reads"
    remedy = "export the float32 model; mcucompile quantizes it, and scales camera bytes itself (--mean, --scale)"
    return UnsupportedModelError(Problem(f"{where}: input '{name}'", found, allowed, remedy))


def read_output(graph: GraphProto, where: str) -> str:
    """The name of the graph's one output. Raises UnsupportedModelError."""
    return _only(list(graph.output), "output", where).name


def _only(values: list[ValueInfoProto], kind: str, where: str) -> ValueInfoProto:
    if len(values) == 1:
        return values[0]
    names = ", ".join(f"'{value.name}'" for value in values)
    found = f"{len(values)} {kind}s: {names}" if values else f"no {kind}"
    remedy = f"export a model with one {kind}, for instance by cutting the graph (onnx.utils.extract_model)"
    raise UnsupportedModelError(Problem(where, found, _ONE, remedy))


def _static_shape(value: ValueInfoProto, place: str, where: str) -> tuple[int, ...]:
    """Batch (axis 0) 1 where it is open. Raises UnsupportedModelError for any other open axis."""
    dims = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    sizes = [1 if i == 0 and size < 1 and len(dims) > 1 else size for i, size in enumerate(dims)]
    problems = []
    for i, size in enumerate(sizes):
        if size < 1:
            label = value.type.tensor_type.shape.dim[i].dim_param or "unknown"
            fixed = ",".join(str(s) if s >= 1 else "SIZE" for s in sizes)
            command = (
                f"python -m onnxruntime.tools.make_dynamic_shape_fixed --input_name {value.name} --input_shape {fixed}"
            )
            remedy = f"export with a fixed size, or run: {command} {where} fixed.onnx"
            found = f"axis {i} of {_dimensions(value)} has no fixed size ({label})"
            problems.append(Problem(place, found, "fixed sizes; only the batch, axis 0, may be open", remedy))
    if problems:
        raise UnsupportedModelError(problems)
    return tuple(sizes)


def _dimensions(value: ValueInfoProto) -> str:
    words = (
        dim.dim_param or (str(dim.dim_value) if dim.dim_value > 0 else "?") for dim in value.type.tensor_type.shape.dim
    )
    return f"[{', '.join(words)}]"
