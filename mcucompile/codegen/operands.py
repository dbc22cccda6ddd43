"""Where a step finds what it reads and writes: C expressions for the first byte, and the shape of the rows there."""

from dataclasses import dataclass

from mcucompile.errors import InternalError
from mcucompile.ir.plan import Linear, MemoryPlan, RollingWindow, ScratchPlacement
from mcucompile.ir.program import InputMode, Layer, Program, Rows
from mcucompile.ir.shapes import window_of
from mcucompile.ir.tensors import Shape

CALLER_INPUT = "input"
"""The parameter of the emitted functions that points to an input outside the arena."""


@dataclass(frozen=True)
class Region:
    """Consecutive rows of a tensor, as a kernel sees them. shape: of these rows, or of all where their number varies.

    pointer, height: C expressions for the first byte and the number of rows. text: the tensor in the IR's notation
    with its place. offset: of the first byte in the arena; None where that varies or the caller keeps the tensor.
    variables: the C names by which `pointer` counts rows.
    """

    shape: Shape
    pointer: str
    height: str
    text: str
    offset: int | None
    variables: frozenset[str] = frozenset()

    @property
    def pixels(self) -> str:
        """C for the number of pixels."""
        return self._times(self.shape.w)

    @property
    def bytes(self) -> str:
        """C for the number of bytes, which is that of elements."""
        return self._times(self.shape.w * self.shape.c)

    def _times(self, each: int) -> str:
        return str(int(self.height) * each) if self.height.isdigit() else f"({self.height}) * {each}"


@dataclass(frozen=True)
class Operands:
    """A layer with everything that one call of its function touches.

    padding: C for the rows of padding above the first input. preparation: declarations that the expressions need.
    """

    layer: Layer
    inputs: tuple[Region, ...]
    output: Region
    scratch: ScratchPlacement | None
    padding: str
    reads_caller_input: bool
    preparation: tuple[str, ...] = ()

    @property
    def description(self) -> tuple[str, ...]:
        """The layer in the IR's notation, part by part: shapes, [begin, end) bytes of the arena, the ONNX node."""
        node = self.layer.node
        operation = f"= {node.operator.mnemonic}({', '.join(region.text for region in self.inputs)})"
        if self.scratch is not None:
            operation += f" scratch [{self.scratch.offset}, {self.scratch.end})"
        return (self.output.text, operation, *([f"from {node.origin}"] if node.origin else []))


def operands(program: Program, plan: MemoryPlan, number: int) -> Operands:
    """The operands of step number `number`, the only one of its layer. Raises InternalError for windows."""
    step = program.steps[number]
    layer = program.layers[step.layer]
    node, window = layer.node, window_of(layer.node.operator)
    first_row = 0 if window is None else step.rows.begin * window.stride.h - window.padding.top
    return Operands(
        layer,
        inputs=tuple(region(program, plan, name, rows) for name, rows in zip(node.inputs, step.reads, strict=True)),
        output=region(program, plan, node.name, step.rows),
        scratch=plan.scratch_of(number),
        padding=str(step.reads[0].begin - first_row),
        reads_caller_input=is_callers(program, node.inputs),
    )


def region(program: Program, plan: MemoryPlan, name: str, rows: Rows) -> Region:
    """Rows `rows` of tensor `name`. Raises InternalError for a tensor in a window."""
    type_ = program.types[name]
    shape = type_.shape._replace(h=rows.end - rows.begin)
    skipped = rows.begin * type_.row_bytes
    if is_callers(program, (name,)):
        return Region(shape, pointer(CALLER_INPUT, skipped), str(shape.h), f"%{name} {shape} caller's", None)
    placement = plan.tensors[name]
    if placement.storage != Linear():
        raise InternalError.broken(f"storage of %{name}", str(placement.storage), str(Linear()))
    offset = placement.offset + skipped
    text = f"%{name} {shape} [{offset}, {offset + shape.elements})"
    return Region(shape, pointer("base", offset), str(shape.h), text, offset)


def is_callers(program: Program, names: tuple[str, ...]) -> bool:
    """Whether one of these tensors is an input that the caller keeps."""
    return program.input_mode is InputMode.EXTERNAL and program.input in names


def place(program: Program, plan: MemoryPlan, name: str) -> str:
    """Tensor `name` in the IR's notation, with the bytes of the arena that are its own."""
    text = f"%{name} {program.types[name].shape}"
    if is_callers(program, (name,)):
        return f"{text} caller's"
    placement = plan.tensors[name]
    text += f" [{placement.offset}, {placement.end})"
    if not isinstance(placement.storage, RollingWindow):
        return text
    rows = placement.storage.rows
    return f"{text} window of {rows} row{'s' if rows > 1 else ''}"


def pointer(base: str, offset: int) -> str:
    """C for a byte `offset` bytes behind `base`."""
    return f"{base} + {offset}" if offset else base
