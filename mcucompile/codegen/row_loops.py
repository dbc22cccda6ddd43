"""The nested loops of a segment: the last layer pulls, block by block, what it reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from mcucompile.codegen.row_numbers import Affine, Least, end_read, number
from mcucompile.ir.program import Layer, Program, Rows, Segment
from mcucompile.ir.shapes import reach

Path = tuple[int, ...]


def tensor_label(program: Program, tensor: str) -> str:
    """How C variables call `tensor`: the number of its layer."""
    numbers = {layer.node.name: f"{layer.index:02}" for layer in program.layers}
    return numbers.get(tensor, "input")


def row_variable(program: Program, tensor: str) -> str:
    """The C variable that counts the rows of `tensor` made so far, or asked for."""
    return f"row_{tensor_label(program, tensor)}"


def first_variable(program: Program, tensor: str) -> str:
    """The C variable that holds the row at the front of the window of `tensor`."""
    return f"first_{tensor_label(program, tensor)}"


@dataclass(frozen=True)
class Loop:
    """While variable `row` is less than `until`, a layer makes the next block, up to row `end`, of its `height` rows.

    pulls: the loops that run before each block. end: a variable of its own where blocks are not all of one height.
    """

    layer: Layer
    row: str
    until: Least
    end: Affine
    block: int
    height: int
    pulls: tuple["Loop", ...] = ()

    @property
    def is_even(self) -> bool:
        """Whether all blocks are of one height."""
        return self.height % self.block == 0

    def blocks(
        self, variables: dict[str, int], pulls: Callable[["Loop"], None] = lambda loop: None
    ) -> Iterator[tuple["Loop", Rows]]:
        """Every block, of this layer and of those it pulls, before it counts as made in `variables`.

        pulls: called where a layer is about to pull what its next block reads.
        """
        while variables[self.row] < self.until.value(variables):
            rows = Rows(variables[self.row], min(variables[self.row] + self.block, self.height))
            if not self.is_even:
                variables[self.end.variable] = rows.end
            pulls(self)
            for pull in self.pulls:
                yield from pull.blocks(variables, pulls)
            yield self, rows
            variables[self.row] = rows.end

    def rows_read(self, program: Program, tensor: str) -> Least:
        """Where the rows of `tensor` end that the next block reads."""
        return _needed(program, self.layer, tensor, self.end)


def segment_loops(program: Program, segment: Segment) -> Loop:
    """The loops of `segment`, without those that never run or that others make superfluous."""
    layers = {layer.node.name: layer for layer in program.layers[segment.first : segment.last + 1]}
    pulls: dict[str, tuple[Loop, ...]] = {}

    def loop(layer: Layer, until: Least) -> Loop:
        name, height = layer.node.name, layer.node.type.shape.h
        row = row_variable(program, name)
        block = min(segment.blocks[layer.index - segment.first], height)
        end = Affine(row, 1, block) if height % block == 0 else Affine(f"end_{layer.index:02}", 1, 0)
        if name not in pulls:
            sources = (layers[source] for source in dict.fromkeys(layer.node.inputs) if source in layers)
            pulls[name] = tuple(loop(source, _needed(program, layer, source.node.name, end)) for source in sources)
        return Loop(layer, row, until, end, block, height, pulls[name])

    last = program.layers[segment.last]
    everything = loop(last, Least((number(last.node.type.shape.h),)))
    return _without_idle_loops(everything, start_of(program, segment))


def start_of(program: Program, segment: Segment) -> dict[str, int]:
    """The rows that are made when the segment begins: none of its layers'."""
    layers = program.layers[segment.first : segment.last + 1]
    return {row_variable(program, layer.node.name): 0 for layer in layers}


def _needed(program: Program, layer: Layer, tensor: str, end: Affine) -> Least:
    """Where the rows of `tensor` end that `layer` reads for its rows before `end`."""
    height = program.types[tensor].shape.h
    reached = reach(layer.node.operator, program.types[tensor].shape)
    goes_beyond = end_read(reached, number(layer.node.type.shape.h)).offset > height
    return Least((end_read(reached, end), number(height)) if goes_beyond else (end_read(reached, end),))


def _without_idle_loops(whole: Loop, start: dict[str, int]) -> Loop:
    """The loops without those whose absence changes no block, the outermost first.

    All readers of a layer share the loops that it pulls, until one of them loses some: written out as a tree they
    would be twice as many with each residual block.
    """
    blocks = list(_numbers(whole, start))

    def pruned(whole: Loop, path: Path) -> Loop:
        """`whole` without the idle loops below `path`."""
        at, i = whole, 0
        for turn in path:
            at = at.pulls[turn]
        for _ in at.pulls:
            without = _without(whole, (*path, i))
            if all(a == b for a, b in zip_longest(_numbers(without, start), blocks)):
                whole = without
            else:
                whole, i = pruned(whole, (*path, i)), i + 1
        return whole

    return pruned(whole, ())


def _without(loop: Loop, path: Path) -> Loop:
    """`loop` without the one at `path`."""
    i, *rest = path
    changed = (_without(loop.pulls[i], tuple(rest)),) if rest else ()
    return replace(loop, pulls=(*loop.pulls[:i], *changed, *loop.pulls[i + 1 :]))


def _numbers(loop: Loop, start: dict[str, int]) -> Iterator[tuple[int, Rows]]:
    return ((made.layer.index, rows) for made, rows in loop.blocks(dict(start)))
