"""The nested loops of a segment: the last layer pulls, block by block, what it reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from mcucompile.codegen.row_numbers import Affine, Least, number, reach
from mcucompile.ir.program import Layer, Program, Rows, Segment

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

    def loop(layer: Layer, until: Least) -> Loop:
        row, height = row_variable(program, layer.node.name), layer.node.type.shape.h
        block = min(segment.blocks[layer.index - segment.first], height)
        end = Affine(row, 1, block) if height % block == 0 else Affine(f"end_{layer.index:02}", 1, 0)
        pulls = tuple(
            loop(layers[name], _needed(program, layer, name, end))
            for name in dict.fromkeys(layer.node.inputs)
            if name in layers
        )
        return Loop(layer, row, until, end, block, height, pulls)

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
    goes_beyond = reached.end(number(layer.node.type.shape.h)).offset > height
    return Least((reached.end(end), number(height)) if goes_beyond else (reached.end(end),))


def _without_idle_loops(whole: Loop, start: dict[str, int]) -> Loop:
    """The loops without those whose absence changes no block, the outermost first."""
    paths = list(_paths(whole))
    dropped: set[Path] = set()
    for path in paths:
        if any(path[: len(other)] == other for other in dropped):
            continue
        if _same_blocks(whole, _without(whole, dropped | {path}), start):
            dropped.add(path)
    return _without(whole, dropped)


def _paths(loop: Loop, path: Path = ()) -> Iterator[Path]:
    for i, pull in enumerate(loop.pulls):
        yield (*path, i)
        yield from _paths(pull, (*path, i))


def _without(loop: Loop, dropped: set[Path], path: Path = ()) -> Loop:
    kept = ((i, pull) for i, pull in enumerate(loop.pulls) if (*path, i) not in dropped)
    return replace(loop, pulls=tuple(_without(pull, dropped, (*path, i)) for i, pull in kept))


def _same_blocks(one: Loop, other: Loop, start: dict[str, int]) -> bool:
    pairs = zip_longest(one.blocks(dict(start)), other.blocks(dict(start)))
    return all(
        a is not None and b is not None and (a[0].layer.index, a[1]) == (b[0].layer.index, b[1]) for a, b in pairs
    )
