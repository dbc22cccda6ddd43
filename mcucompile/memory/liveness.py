"""Which bytes of the arena are needed during which steps."""

from dataclasses import dataclass

from mcucompile.ir.program import Program


@dataclass(frozen=True)
class Buffer:
    """`size` bytes (aligned) that must stay untouched from step `first` to step `last`, both included.

    tensors: the tensors that take turns in it; more than one where a kernel writes its output over its input.
    scratch_step: the step whose kernel works in it, None for tensors.
    """

    size: int
    first: int
    last: int
    tensors: tuple[str, ...] = ()
    scratch_step: int | None = None

    def overlaps(self, other: "Buffer") -> bool:
        """Whether both are live during some step."""
        return self.first <= other.last and other.first <= self.last


def buffers(program: Program) -> tuple[Buffer, ...]:
    """All buffers of the program, tensors in order of definition, then scratch."""
    lives = _lifetimes(program)
    groups = _in_place_groups(program, lives)
    types = program.types
    tensors = tuple(
        Buffer(
            size=max(align(types[name].bytes, program.alignment) for name in group),
            first=min(lives[name][0] for name in group),
            last=max(lives[name][1] for name in group),
            tensors=group,
        )
        for group in groups
    )
    scratch = tuple(
        Buffer(align(size, program.alignment), number, number, scratch_step=number)
        for number, step in enumerate(program.steps)
        if (size := program.layers[step.layer].scratch_bytes)
    )
    return tensors + scratch


def align(size: int, alignment: int) -> int:
    """`size` rounded up to a multiple of `alignment`, in bytes."""
    return -(-size // alignment) * alignment


def _lifetimes(program: Program) -> dict[str, tuple[int, int]]:
    """First and last step of each tensor in the arena. The input is there from the start, the output stays."""
    end = len(program.steps) - 1
    lives = {program.input: (0, 0)} if program.input in program.arena_tensors else {}
    for number, step in enumerate(program.steps):
        node = program.layers[step.layer].node
        lives.setdefault(node.name, (number, number))
        for name in (node.name, *node.inputs):
            if name in lives:
                lives[name] = (lives[name][0], number)
    if program.output in lives:
        lives[program.output] = (lives[program.output][0], end)
    return lives


def _in_place_groups(program: Program, lives: dict[str, tuple[int, int]]) -> list[tuple[str, ...]]:
    """Tensors that share one address: an output joins an input that dies in the step and may be overwritten."""
    group_of: dict[str, tuple[str, ...]] = {name: (name,) for name in lives}
    for number, step in enumerate(program.steps):
        layer = program.layers[step.layer]
        output = layer.node.name
        for index in layer.overwrites:
            source = layer.node.inputs[index]
            dies_here = source in lives and lives[source][1] == number and lives[output][0] == number
            if dies_here and source != program.output:
                joined = (*group_of[source], output)
                group_of.update(dict.fromkeys(joined, joined))
                break
    return list(dict.fromkeys(group_of.values()))
