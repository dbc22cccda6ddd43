"""Where a step finds what it reads and writes: C expressions for the first byte, and the shape of the rows there."""

from dataclasses import dataclass

from mcucompile.errors import InternalError
from mcucompile.ir.plan import Linear, MemoryPlan, ScratchPlacement
from mcucompile.ir.program import InputMode, Layer, Program, Rows, Step
from mcucompile.ir.tensors import Shape

CALLER_INPUT = "input"
"""The parameter of the emitted functions that points to an input outside the arena."""


@dataclass(frozen=True)
class Region:
    """Consecutive rows of tensor `name`: `pointer` is the C expression for their first byte.

    offset: of that byte in the arena; None where the caller keeps the tensor.
    """

    name: str
    pointer: str
    offset: int | None
    rows: Rows
    shape: Shape

    @property
    def bytes(self) -> int:
        return self.shape.elements

    def __str__(self) -> str:
        place = "caller's" if self.offset is None else f"[{self.offset}, {self.offset + self.bytes})"
        return f"%{self.name} {self.shape} {place}"


@dataclass(frozen=True)
class Operands:
    """One step with everything it touches."""

    layer: Layer
    step: Step
    inputs: tuple[Region, ...]
    output: Region
    scratch: ScratchPlacement | None

    @property
    def reads_caller_input(self) -> bool:
        return any(region.offset is None for region in self.inputs)

    def __str__(self) -> str:
        """The step in the IR's notation: shapes, and [begin, end) bytes of the arena."""
        node = self.layer.node
        text = f"{self.output} = {node.operator.mnemonic}({', '.join(map(str, self.inputs))})"
        if self.scratch is not None:
            text += f" scratch [{self.scratch.offset}, {self.scratch.end})"
        return f"{text} from {node.origin}" if node.origin else text


def operands(program: Program, plan: MemoryPlan, number: int) -> Operands:
    """The operands of step number `number`. Raises InternalError for storage that the emitted C cannot address."""
    step = program.steps[number]
    layer = program.layers[step.layer]
    inputs = tuple(region(program, plan, name, rows) for name, rows in zip(layer.node.inputs, step.reads, strict=True))
    return Operands(layer, step, inputs, region(program, plan, layer.node.name, step.rows), plan.scratch_of(number))


def region(program: Program, plan: MemoryPlan, name: str, rows: Rows) -> Region:
    """Rows `rows` of tensor `name`. Raises InternalError for storage that the emitted C cannot address."""
    type_ = program.types[name]
    shape = type_.shape._replace(h=rows.end - rows.begin)
    skipped = rows.begin * type_.row_bytes
    if name == program.input and program.input_mode is InputMode.EXTERNAL:
        return Region(name, _pointer(CALLER_INPUT, skipped), None, rows, shape)
    placement = plan.tensors[name]
    if placement.storage != Linear():
        raise InternalError.broken(f"storage of %{name}", str(placement.storage), str(Linear()))
    offset = placement.offset + skipped
    return Region(name, _pointer("base", offset), offset, rows, shape)


def _pointer(base: str, offset: int) -> str:
    return f"{base} + {offset}" if offset else base
