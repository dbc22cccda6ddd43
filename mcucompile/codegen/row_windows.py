"""When the rolling windows of a segment move, and what they keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from mcucompile.codegen.row_loops import Loop, first_variable, row_variable
from mcucompile.codegen.row_numbers import Affine, Least, Variables, first_read
from mcucompile.errors import InternalError
from mcucompile.ir.plan import MemoryPlan, RollingWindow
from mcucompile.ir.program import Program, Rows, Segment, Slide, Step
from mcucompile.ir.shapes import reach


@dataclass(frozen=True)
class Window:
    """A window of `size` rows of `tensor` that moves: rows from `kept` on go to its front.

    made, first: the variables that say up to which row it is filled, and which row lies at its front. at_pull: it
    moves before its layer pulls what the block lacks that does not fit, not after.
    """

    tensor: str
    size: int
    made: str
    first: str
    kept: Least
    at_pull: bool

    def is_full(self, end: int, variables: Variables) -> bool:
        """Whether rows before `end` do not fit."""
        return end > variables[self.first] + self.size

    def slide(self, variables: dict[str, int]) -> Slide:
        """Move the window on."""
        variables[self.first] = self.kept.value(variables)
        return Slide(self.tensor, Rows(variables[self.first], variables[self.made]))


@dataclass(frozen=True)
class _Event:
    """The variables when a window moved, and the row that then lay at its front. early: other layers' blocks follow."""

    variables: Variables
    front: int
    early: bool


def moving_windows(
    program: Program, plan: MemoryPlan, segment: Segment, loops: Loop, steps: Sequence[Step], start: Mapping[str, int]
) -> dict[str, Window]:
    """The windows of the segment whose steps move them. Raises InternalError if no rule gives what they keep."""
    events: dict[str, list[_Event]] = {}
    variables = dict(start)
    asked = row_variable(program, program.input)
    for (loop, rows), step in zip(loops.blocks(variables), steps, strict=False):
        if (loop.layer.index, rows) != (step.layer, step.rows):
            break
        for slide in step.slides:
            early = slide.tensor not in (loop.layer.node.name, program.input)
            events.setdefault(slide.tensor, []).append(_Event(dict(variables), slide.rows.begin, early))
        if asked in variables and program.input in loop.layer.node.inputs:
            variables[asked] = max(variables[asked], loop.rows_read(program, program.input).value(variables))
    return {tensor: _window(program, plan, segment, tensor, found) for tensor, found in events.items()}


def _window(program: Program, plan: MemoryPlan, segment: Segment, tensor: str, events: Sequence[_Event]) -> Window:
    storage = plan.tensors[tensor].storage
    if not isinstance(storage, RollingWindow):
        raise InternalError.broken(f"storage of %{tensor}, which moves", str(storage), "a window")
    made = row_variable(program, tensor)
    terms = [*_next_rows_read(program, segment, tensor), Affine(made, 1, 0)]
    at_pull = any(event.early for event in events)
    return Window(tensor, storage.rows, made, first_variable(program, tensor), _kept(tensor, terms, events), at_pull)


def _next_rows_read(program: Program, segment: Segment, tensor: str) -> list[Affine]:
    """For each layer of the segment that reads `tensor`: where the rows begin that its next block reads."""
    shape = program.types[tensor].shape
    layers = (layer for layer in program.layers[segment.first : segment.last + 1] if tensor in layer.node.inputs)
    return [
        first_read(reach(layer.node.operator, shape), Affine(row_variable(program, layer.node.name), 1, 0))
        for layer in layers
    ]


def _kept(tensor: str, terms: Sequence[Affine], events: Sequence[_Event]) -> Least:
    """The shortest rule that gives the first row kept of every move."""
    choices = (choice for size in range(1, len(terms) + 1) for choice in combinations(terms, size))
    for choice in choices:
        for rule in (Least(choice), Least(choice, floored=True)):
            if all(rule.value(event.variables) == event.front for event in events):
                return rule
    fronts = ", ".join(str(event.front) for event in events[:8])
    allowed = f"the first row that is read later: the least of {', '.join(map(str, terms))}"
    raise InternalError.broken(f"window of %{tensor}", f"moved to rows {fronts}", allowed)
