"""Row programs for the emitter: steps and slides written down as they happen, every tensor at an address of its own."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Padding, Size2D, Window
from mcucompile.ir.plan import Linear, MemoryPlan, Placement, RollingWindow, ScratchPlacement, Storage
from mcucompile.ir.program import InputMode, Program, Rows, Segment, Slide, Step
from mcucompile.ir.shapes import input_rows
from mcucompile.ir.tensors import Shape
from tests.codegen.int8_models import GraphBuilder, same

Block = tuple[int, Rows]
Pulled = tuple[int, Rows, int]


def row_by_row(first: int, last: int) -> Segment:
    """One row in each step."""
    return Segment(first, last, (1,) * (last + 1 - first))


def reads_of(program: Program, block: Block) -> tuple[Rows, ...]:
    layer, rows = block
    node = program.layers[layer].node
    return tuple(Rows(*input_rows(node.operator, program.types[name].shape, rows)) for name in node.inputs)


def named_reads(program: Program, block: Block) -> list[tuple[str, Rows]]:
    return list(zip(program.layers[block[0]].node.inputs, reads_of(program, block), strict=True))


def pulled_blocks(program: Program, segment: Segment) -> list[Pulled] | None:
    """The blocks of a segment in pull order, each with the number of the first of those that make what it lacks.

    None if the last layer leaves rows of another one unmade.
    """
    by_name = {layer.node.name: layer.index for layer in program.layers[segment.first : segment.last + 1]}
    heights = {index: program.layers[index].node.type.shape.h for index in by_name.values()}
    made = dict.fromkeys(heights, 0)
    blocks: list[Pulled] = []

    def make(layer: int, end: int) -> None:
        while made[layer] < end:
            height, start = segment.blocks[layer - segment.first], len(blocks)
            block = layer, Rows(made[layer], min(made[layer] + height, heights[layer]))
            for name, rows in named_reads(program, block):
                if name in by_name:
                    make(by_name[name], rows.end)
            blocks.append((*block, start))
            made[layer] = block[1].end

    make(segment.last, heights[segment.last])
    return blocks if made == heights else None


def rolling_tensors(program: Program, segments: Sequence[Segment]) -> list[str]:
    """What only one segment touches, the input where its rows are asked for."""
    found = []
    for tensor in program.arena_tensors:
        touching = {layer.index for layer in program.layers if tensor in (layer.node.name, *layer.node.inputs)}
        inside = any(touching <= set(range(s.first, s.last + 1)) for s in segments)
        made_last = tensor in (program.layers[s.last].node.name for s in segments)
        asked_for = tensor != program.input or program.input_mode is InputMode.ROWS
        if inside and asked_for and not made_last and tensor != program.output:
            found.append(tensor)
    return found


@dataclass(frozen=True)
class Arrival:
    """In step `step`, whose layer pulls from step `pulled` on, `rows` come; rows before `needed` are read no more."""

    step: int
    pulled: int
    rows: Rows
    needed: int


def arrivals_of(program: Program, blocks: Sequence[Pulled], tensor: str) -> list[Arrival]:
    made, found = 0, []
    for number, (layer, rows, pulled) in enumerate(blocks):
        node = program.layers[layer].node
        read = dict(named_reads(program, (layer, rows))).get(tensor, Rows(0, 0))
        end = rows.end if node.name == tensor else read.end if tensor == program.input else 0
        if end > made:
            later = [
                rows.begin
                for other in blocks[number:]
                for name, rows in named_reads(program, other[:2])
                if name == tensor and rows.begin < rows.end
            ]
            found.append(Arrival(number, pulled, Rows(made, end), min([*later, made])))
            made = end
    return found


def slides_of(
    arrivals: Sequence[Arrival], tensor: str, size: int, index: int, at_pull: bool
) -> list[tuple[int, tuple[int, int], Slide]]:
    """(step, order within the step, slide)."""
    found, front = [], 0
    for arrival in arrivals:
        if arrival.rows.end > front + size:
            early = at_pull and arrival.pulled < arrival.step
            order = (0, -index) if early else (1, index) if index else (2, 0)
            slide = Slide(tensor, Rows(arrival.needed, arrival.rows.begin))
            found.append((arrival.pulled if early else arrival.step, order, slide))
            front = arrival.needed
    return found


def row_program(
    program: Program,
    segments: Sequence[Segment],
    more_rows: int = 0,
    at_pull: Container[str] = (),
) -> tuple[Program, MemoryPlan]:
    """`program` in these segments, each window with `more_rows` more than it needs.

    at_pull: the windows that move before their layer pulls what it reads, not after.
    """
    blocks: list[Pulled] = []
    for segment in segments:
        start = len(blocks)
        blocks += [(layer, rows, start + pulled) for layer, rows, pulled in pulled_blocks(program, segment) or ()]
    storages: dict[str, Storage] = dict.fromkeys(program.arena_tensors, Linear())
    slides = []
    for tensor in rolling_tensors(program, segments):
        arrivals = arrivals_of(program, blocks, tensor)
        size = max(arrival.rows.end - arrival.needed for arrival in arrivals) + more_rows
        if size < program.types[tensor].shape.h:
            storages[tensor] = RollingWindow(size)
            slides += slides_of(arrivals, tensor, size, list(program.types).index(tensor), tensor in at_pull)
    slides.sort(key=lambda slide: slide[:2])
    steps = tuple(
        Step(layer, rows, reads_of(program, (layer, rows)), tuple(s for at, _, s in slides if at == number))
        for number, (layer, rows, _) in enumerate(blocks)
    )
    placed = replace(program, steps=steps, segments=tuple(segments))
    return placed, _plan(placed, storages)


def _plan(program: Program, storages: dict[str, Storage]) -> MemoryPlan:
    placements, end = {}, 0
    for tensor, storage in storages.items():
        type_ = program.types[tensor]
        size = storage.rows * type_.row_bytes if isinstance(storage, RollingWindow) else type_.bytes
        placements[tensor] = Placement(storage, end, size)
        end += -(-size // program.alignment) * program.alignment
    sizes = {layer.index: layer.scratch_bytes for layer in program.layers if layer.scratch_bytes}
    needing = [(number, sizes[step.layer]) for number, step in enumerate(program.steps) if step.layer in sizes]
    scratch = tuple(ScratchPlacement(number, end, size) for number, size in needing)
    end += -(-max(sizes.values(), default=0) // program.alignment) * program.alignment
    return MemoryPlan(placements, scratch, end, end)


def random_segments(program: Program, rng: np.random.Generator) -> list[Segment]:
    """Segments of random length and block heights, where the network allows them."""
    segments, first = [], 0
    while first < len(program.layers):
        last = min(first + int(rng.integers(0, 6)), len(program.layers) - 1)
        heights = [layer.node.type.shape.h for layer in program.layers[first : last + 1]]
        blocks = [int(rng.choice([1, 1, 1, 2, 3])) for _ in heights]
        segment = Segment(first, last, tuple(map(min, blocks, heights)))
        if first == last and rng.random() < 0.5:
            segment = Segment(first, last, (heights[0],))
        while pulled_blocks(program, segment) is None:
            segment = Segment(first, segment.last - 1, segment.blocks[:-1])
        segments.append(segment)
        first = segment.last + 1
    return segments


def with_scratch(program: Program, size: int) -> Program:
    """The program whose first layer needs `size` bytes of scratch."""
    return replace(program, layers=(replace(program.layers[0], scratch_bytes=size), *program.layers[1:]))


def camera_graph() -> Graph:
    """A strided convolution, an inverted residual block, another stride, and a classifier."""
    builder = GraphBuilder("camera", Shape(16, 12, 1), seed=3)
    builder.conv("stem", 4, same(3, stride=2), zero_point=-128)
    builder.conv("expand", 8, Window(Size2D(1, 1)), zero_point=-5)
    builder.depthwise("depthwise", same(3), zero_point=3)
    builder.conv("project", 4, Window(Size2D(1, 1)), zero_point=-7)
    builder.add("sum", "stem", "project", zero_point=-9)
    builder.conv("reduce", 6, Window(Size2D(3, 3), Size2D(2, 2), Padding(0, 1, 0, 1)), zero_point=4)
    builder.average_pool("pool", Window(Size2D(4, 3)))
    builder.fully_connected("logits", 3, zero_point=5)
    return builder.graph()


CAMERA_SEGMENTS = (row_by_row(0, 5), Segment(6, 6, (1,)), Segment(7, 7, (1,)))
"""Of camera_graph."""
