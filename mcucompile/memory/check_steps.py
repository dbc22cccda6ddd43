"""Checks of a program's steps that need no plan: every row is made once, and segments are what they say.

Shares no code with the planner: it derives each step from the rows that are there, not from the steps before.
"""

from mcucompile.errors import InternalError
from mcucompile.ir.program import Program, Rows, Segment
from mcucompile.ir.shapes import input_rows


def check_steps(program: Program) -> None:
    """Raise InternalError unless the steps make the rows of each layer in order, and segments in the order they say."""
    heights = [layer.node.type.shape.h for layer in program.layers]
    made = [0] * len(heights)
    _check_cover(program)
    segments = list(program.segments)
    for number, step in enumerate(program.steps):
        name = program.layers[step.layer].node.name
        where = f"steps of {program.name}, step {number:02}"
        if step.rows.begin != made[step.layer] or not step.rows.begin < step.rows.end <= heights[step.layer]:
            allowed = f"rows from {made[step.layer]} on, of {heights[step.layer]}"
            raise InternalError.broken(where, f"%{name}{step.rows}", allowed)
        if not segments:
            raise InternalError.broken(where, f"%{name}{step.rows}", "no step after the last segment's")
        layer, rows = _next_step(program, segments[0], made)
        if (layer, rows) != (step.layer, step.rows):
            wanted = f"%{program.layers[layer].node.name}{rows}, the next in its segment"
            raise InternalError.broken(where, f"%{name}{step.rows}", wanted)
        if _reads(program, layer, rows) != step.reads:
            found, wanted = (", ".join(map(str, r)) for r in (step.reads, _reads(program, layer, rows)))
            raise InternalError.broken(where, f"%{name}{rows} reads {found}", f"{wanted}, what its window covers")
        made[step.layer] = step.rows.end
        if made[segments[0].last] == heights[segments[0].last]:
            del segments[0]
    for layer, end in enumerate(made):
        if end != heights[layer]:
            missing = f"no step that makes %{program.layers[layer].node.name}{Rows(end, heights[layer])}"
            raise InternalError.broken(f"steps of {program.name}", missing, "a step for every row")


def _check_cover(program: Program) -> None:
    layers = [layer for first, last, _ in program.segments for layer in range(first, last + 1)]
    lengths = [(last + 1 - first, len(blocks)) for first, last, blocks in program.segments]
    if layers != list(range(len(program.layers))) or any(a != b for a, b in lengths):
        found = f"layers {', '.join(map(str, layers))}" if layers else "none"
        allowed = "every layer once, in order, each with its block"
        raise InternalError.broken(f"segments of {program.name}", found, allowed)


def _next_step(program: Program, segment: Segment, made: list[int]) -> tuple[int, Rows]:
    """From the last layer's next block up to the first layer on the way that has all rows it needs."""
    index = {layer.node.name: layer.index for layer in program.layers}
    layer = segment.last
    while True:
        node = program.layers[layer].node
        begin = made[layer]
        rows = Rows(begin, min(begin + segment.blocks[layer - segment.first], node.type.shape.h))
        reads = zip(node.inputs, _reads(program, layer, rows), strict=True)
        inside = [(index[name], read.end) for name, read in reads if index.get(name, -1) >= segment.first]
        lacking = [source for source, end in inside if made[source] < end]
        if not lacking:
            return layer, rows
        layer = lacking[0]


def _reads(program: Program, layer: int, rows: Rows) -> tuple[Rows, ...]:
    node = program.layers[layer].node
    return tuple(Rows(*input_rows(node.operator, program.types[name].shape, rows)) for name in node.inputs)
