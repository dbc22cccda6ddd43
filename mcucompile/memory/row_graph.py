"""A program's layers as the planner sees them: numbers of rows, bytes of a row, and which rows are made from which."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mcucompile.ir.operators import Conv2D, DepthwiseConv2D
from mcucompile.ir.program import InputMode, Program, Rows
from mcucompile.ir.shapes import input_rows, window_of

Times = npt.NDArray[np.int64]
NEVER = -1

CALL_WORK = 2000
"""Work is counted in bytes that a window could move meanwhile: so many are a kernel call.

About the geometric mean of two cores, from `python -m benchmarks.row_programs --price` and the steps of both programs:
700 on Cortex-M4, where a byte moves in half an instruction, and 7,000 on Cortex-M55, where one moves 22 of them.
"""

REREAD_WORK = 2
"""Of each byte that a call reads once more: a weight, 0.6 bytes moved on Cortex-M4 and 7 on M55, or a byte of a row
that depthwise kernels read again, 5 on M4 and next to none on M55."""


@dataclass(frozen=True)
class RowGraph:
    """Tensors by number: 0 is the input, i + 1 what layer i makes.

    inputs[layer]: the tensors it reads. reads[layer][k][row]: the rows of its k-th input that `row` is made from.
    kept[layer]: the tensors it reads whose bytes its output must not replace. scratch_bytes[layer]: in
    each of its steps. call_work[layer]: what each of its steps costs beside arithmetic, see CALL_WORK.
    """

    heights: tuple[int, ...]
    row_bytes: tuple[int, ...]
    inputs: tuple[tuple[int, ...], ...]
    reads: tuple[tuple[tuple[Rows, ...], ...], ...]
    kept: tuple[frozenset[int], ...]
    scratch_bytes: tuple[int, ...]
    call_work: tuple[int, ...]
    output: int
    input_mode: InputMode

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """For every tensor, the layers that read it, in order."""
        found: list[list[int]] = [[] for _ in self.heights]
        for layer, inputs in enumerate(self.inputs):
            for tensor in dict.fromkeys(inputs):
                found[tensor].append(layer)
        return tuple(map(tuple, found))

    @cached_property
    def last_reader(self) -> tuple[int, ...]:
        """For every tensor, the last layer that reads it; for the output, the layer after the last; itself if none."""
        last = [max(readers, default=tensor - 1) for tensor, readers in enumerate(self.readers)]
        last[self.output] = len(self.inputs)
        return tuple(last)

    @cached_property
    def _extremes(self) -> dict[tuple[int, int], tuple[Times, Times]]:
        found = {}
        for layer, inputs in enumerate(self.inputs):
            for tensor in dict.fromkeys(inputs):
                first = np.full(self.heights[tensor], NEVER)
                last = np.full(self.heights[tensor], NEVER)
                uses = [rows for rows, read in zip(self.reads[layer], inputs, strict=True) if read == tensor]
                for row in range(self.heights[layer + 1]):
                    for begin, end in (rows[row] for rows in uses):
                        last[begin:end] = row
                        first[begin:end] = np.where(first[begin:end] == NEVER, row, first[begin:end])
                found[layer, tensor] = first, last
        return found

    def first_use(self, layer: int, tensor: int) -> Times:
        """For every row of `tensor`, the first row of `layer` that is made from it, or NEVER."""
        return self._extremes[layer, tensor][0]

    def last_use(self, layer: int, tensor: int) -> Times:
        """For every row of `tensor`, the last row of `layer` that is made from it, or NEVER."""
        return self._extremes[layer, tensor][1]

    @cached_property
    def read_ends(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """read_ends[layer][k][row]: the end of the rows of its k-th input that `row` is made from."""
        return tuple(tuple(tuple(rows.end for rows in of) for of in reads) for reads in self.reads)


def row_graph(program: Program) -> RowGraph:
    """The layers of `program`, whatever its steps are."""
    types = program.types
    number = {name: i for i, name in enumerate(types)}
    nodes = [layer.node for layer in program.layers]

    def reads(layer: int) -> tuple[tuple[Rows, ...], ...]:
        node = nodes[layer]
        rows = range(node.type.shape.h)
        shapes = [types[name].shape for name in node.inputs]
        return tuple(tuple(Rows(*input_rows(node.operator, s, (r, r + 1))) for r in rows) for s in shapes)

    def kept(layer: int) -> frozenset[int]:
        node, overwrites = nodes[layer], program.layers[layer].overwrites
        other_shape = {number[n] for n in node.inputs if types[n].shape != node.type.shape}
        return frozenset(number[n] for k, n in enumerate(node.inputs) if k not in overwrites) | other_shape

    def call_work(layer: int) -> int:
        """Of one step that is not the first: the weights are read again, and the rows that two windows share."""
        operator, window = nodes[layer].operator, window_of(nodes[layer].operator)
        shared = max(window.extent.h - window.stride.h, 0) if window is not None else 0
        again = operator.weights.size if isinstance(operator, Conv2D | DepthwiseConv2D) else 0
        return CALL_WORK + REREAD_WORK * (again + shared * types[nodes[layer].inputs[0]].row_bytes)

    return RowGraph(
        heights=tuple(tensor.shape.h for tensor in types.values()),
        row_bytes=tuple(tensor.row_bytes for tensor in types.values()),
        inputs=tuple(tuple(number[name] for name in node.inputs) for node in nodes),
        reads=tuple(map(reads, range(len(nodes)))),
        kept=tuple(map(kept, range(len(nodes)))),
        scratch_bytes=tuple(layer.scratch_bytes for layer in program.layers),
        call_work=tuple(map(call_work, range(len(nodes)))),
        output=number[program.output],
        input_mode=program.input_mode,
    )
