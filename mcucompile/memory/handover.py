"""Outputs that may take the place of an input: the kernel declares it, and nobody reads the input's rows afterwards."""

from dataclasses import dataclass

from mcucompile.ir.plan import Linear, Storage
from mcucompile.ir.program import Program
from mcucompile.memory.allocations import Life


@dataclass(frozen=True)
class Handover:
    """Tensor `output` may lie at the very offset of tensor `source`.

    times: for every row, the step that reads it last and writes its successor, None where the row died before that.
    """

    source: str
    output: str
    times: tuple[int | None, ...]


def find_handovers(
    program: Program, storages: dict[str, Storage], lives: dict[str, list[Life | None]]
) -> list[Handover]:
    """Every pair of tensors that may share one offset although a step reads one and writes the other."""
    found = []
    for layer in program.layers:
        output = layer.node.name
        kept = {name for i, name in enumerate(layer.node.inputs) if i not in layer.overwrites}
        for source in dict.fromkeys(layer.node.inputs):
            may_go = source in lives and source not in kept
            if not may_go or program.types[source].shape != program.types[output].shape:
                continue
            both_linear = storages[source] == storages[output] == Linear()
            pairs = zip(lives[source], lives[output], strict=True)
            ends = [(old.last, new.first) for old, new in pairs if old is not None and new is not None]
            if both_linear and len(ends) == len(lives[output]) and all(last <= first for last, first in ends):
                times = tuple(first if last == first else None for last, first in ends)
                found.append(Handover(source, output, times))
    return found
