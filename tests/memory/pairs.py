"""The rule that a valid plan obeys, said once more and as simply as possible, for programs of one step a layer.

Two allocations whose lives meet must not share bytes, unless one takes over the other's place.
"""

from itertools import combinations
from typing import NamedTuple

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import Program


class Block(NamedTuple):
    """Bytes that live from step `first` to step `last`; a tensor has a name, scratch the name of its step."""

    name: str
    size: int
    first: int
    last: int


def blocks(program: Program) -> list[Block]:
    lives = {program.input: [-1, -1]} if program.input in program.arena_tensors else {}
    scratch = []
    for time, step in enumerate(program.steps):
        layer = program.layers[step.layer]
        lives[layer.node.name] = [time, time]
        for name in layer.node.inputs:
            if name in lives:
                lives[name][1] = time
        if layer.scratch_bytes:
            scratch.append(Block(f"scratch {time}", layer.scratch_bytes, time, time))
    lives[program.output][1] = len(program.steps)
    return [Block(name, program.types[name].bytes, *life) for name, life in lives.items()] + scratch


class Pair(NamedTuple):
    """Two blocks whose lives meet. one_place: they may begin at one offset, as one takes over the other's place."""

    a: Block
    b: Block
    one_place: bool

    def clashes(self, at_a: int, at_b: int) -> bool:
        overlap = at_a < at_b + self.b.size and at_b < at_a + self.a.size
        return overlap and not (self.one_place and at_a == at_b)


def pairs(program: Program) -> list[Pair]:
    """All pairs of blocks that the rule is about."""
    return [
        Pair(a, b, _takes_over(program, a, b) or _takes_over(program, b, a))
        for a, b in combinations(blocks(program), 2)
        if a.first <= b.last and b.first <= a.last
    ]


def _takes_over(program: Program, old: Block, new: Block) -> bool:
    """Whether `new` is made, element by element, from `old`, which nobody needs any more."""
    for time, step in enumerate(program.steps):
        layer = program.layers[step.layer]
        if layer.node.name == new.name:
            uses = [i for i, name in enumerate(layer.node.inputs) if name == old.name]
            declared = bool(uses) and set(uses) <= set(layer.overwrites)
            return declared and old.last == time and program.types[old.name].shape == layer.node.type.shape
    return False


def clashes(program: Program, offsets: dict[str, int]) -> list[tuple[str, str]]:
    """The names of the pairs that break the rule."""
    return [(p.a.name, p.b.name) for p in pairs(program) if p.clashes(offsets[p.a.name], offsets[p.b.name])]


def offsets_of(plan: MemoryPlan) -> dict[str, int]:
    scratch = {f"scratch {s.step}": s.offset for s in plan.scratch}
    return {name: placement.offset for name, placement in plan.tensors.items()} | scratch


def fits(program: Program, arena_bytes: int) -> bool:
    """Whether some choice of aligned offsets fits into the arena: tries them all."""
    todo = blocks(program)
    rules: dict[str, list[Pair]] = {block.name: [] for block in todo}
    placed_first = set[str]()
    for block in todo:
        placed_first.add(block.name)
        rules[block.name] = [p for p in pairs(program) if block in p[:2] and {p.a.name, p.b.name} <= placed_first]

    def place(offsets: dict[str, int]) -> bool:
        if len(offsets) == len(todo):
            return True
        block = todo[len(offsets)]
        for offset in range(0, arena_bytes - block.size + 1, program.alignment):
            tried = offsets | {block.name: offset}
            good = not any(p.clashes(tried[p.a.name], tried[p.b.name]) for p in rules[block.name])
            if good and place(tried):
                return True
        return False

    return place({})
