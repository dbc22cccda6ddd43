"""The one text notation of every IR value. It is printed, never parsed.

graph tiny
  %input : 4x4x1 s8 scale=0.00392157 zero_point=-128
  %conv = conv2d(%input) kernel=3x3 stride=1x1 pad=1,1,1,1 weights=8x3x3x1:s8 clamp=[-128, 127] : 4x4x8 s8 …
  return %conv
"""

import dataclasses

import numpy as np

from mcucompile.ir.functions import Function
from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import NO_CLAMP, Clamp, Operator, Window
from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import Layer, Program
from mcucompile.ir.tensors import Array

_DTYPE_NAMES = {"float32": "f32", "float64": "f64", "int8": "s8", "int32": "s32"}


def format_array(array: Array) -> str:
    """Shape and element type, such as 8x3x3x1:s8."""
    return f"{'x'.join(map(str, array.shape))}:{_DTYPE_NAMES.get(array.dtype.name, array.dtype.name)}"


def format_operator(operator: Operator, inputs: tuple[str, ...]) -> str:
    """The operator applied to its inputs, with its attributes."""
    words = [f"{operator.mnemonic}({', '.join('%' + name for name in inputs)})"]
    for field in dataclasses.fields(operator):
        match getattr(operator, field.name):
            case None:
                continue
            case Window() as window:
                words.append(str(window))
            case Clamp() as clamp:
                words += [f"clamp={clamp}"] if clamp != NO_CLAMP else []
            case Function() as function:
                words.append(f"{field.name}={function}")
            case np.ndarray() as array:
                words.append(f"{field.name}={format_array(array)}")
            case int() | float() | str() | tuple() as value if value != field.default:
                words.append(f"{field.name}={value}")
            case _:
                continue
    return " ".join(words)


def format_node(node: Node) -> str:
    """One line: %name = operator : type."""
    return f"%{node.name} = {format_operator(node.operator, node.inputs)} : {node.type}"


def format_graph(graph: Graph) -> str:
    """The whole graph, a line a node."""
    lines = [f"graph {graph.name}", f"  %{graph.input} : {graph.input_type}"]
    lines += [f"  {format_node(node)}" for node in graph]
    return "\n".join([*lines, f"  return %{graph.output}"]) + "\n"


def format_layer(layer: Layer) -> str:
    """One line: number, node, kernel and what the kernel needs."""
    words = [f"layer {layer.index:02}: {format_node(layer.node)}", f"-> {layer.kernel}"]
    if layer.scratch_bytes:
        words.append(f"scratch={layer.scratch_bytes}")
    if layer.overwrites:
        words.append(f"overwrites={','.join('%' + layer.node.inputs[i] for i in layer.overwrites)}")
    return " ".join(words)


def format_program(program: Program) -> str:
    """Layers, segments that run row by row, then steps: the rows each reads and makes, and the slides before it."""
    lines = [f"program {program.name} input={program.input_mode.value} alignment={program.alignment}"]
    lines.append(f"  %{program.input} : {program.input_type}")
    lines += [f"  {format_layer(layer)}" for layer in program.layers]
    for segment in filter(program.runs_by_rows, program.segments):
        blocks = ", ".join(map(str, segment.blocks))
        lines.append(f"  segment {segment.first:02}-{segment.last:02}: blocks of {blocks} rows")
    for number, step in enumerate(program.steps):
        node = program.layers[step.layer].node
        reads = ", ".join(f"%{name}{rows}" for name, rows in zip(node.inputs, step.reads, strict=True))
        slides = "".join(f" after %{slide.tensor} slid to {slide.rows}" for slide in step.slides)
        lines.append(f"  step {number:02}: %{node.name}{step.rows} from {reads}{slides}")
    return "\n".join([*lines, f"  return %{program.output}"]) + "\n"


def format_plan(plan: MemoryPlan) -> str:
    """Arena size, then every allocation as [begin, end) in bytes."""
    lines = [f"memory arena={plan.arena_bytes} lower_bound={plan.lower_bound_bytes}"]
    lines += [f"  %{name} {p.storage} [{p.offset}, {p.end})" for name, p in plan.tensors.items()]
    lines += [f"  scratch of step {s.step:02} [{s.offset}, {s.end})" for s in plan.scratch]
    return "\n".join(lines) + "\n"
