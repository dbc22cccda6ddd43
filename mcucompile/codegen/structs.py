"""C definitions of CMSIS-NN's parameter structs: constants with designated initialisers in declaration order.

That order, and every field written out, is what C++20 asks for too.
"""

from collections.abc import Callable

from mcucompile.codegen.literals import INDENT
from mcucompile.codegen.operands import Operands, Region
from mcucompile.ir.operators import Clamp, Size2D, Window
from mcucompile.ir.tensors import Shape

MOST_PADDED = 2
"""The most rows of padding on top for which every number of them gets constants of its own."""


def constant(declarator: str, *parts: str) -> str:
    """A static const object; several parts of its initialiser are laid out one a line."""
    return f"static {local(declarator, *parts)}"


def local(declarator: str, *parts: str) -> str:
    """A const object whose initialiser may use variables."""
    if len(parts) == 1:
        return f"const {declarator} = {{{parts[0]}}};"
    lines = "".join(f"{INDENT}{part},\n" for part in parts)
    return f"const {declarator} = {{\n{lines}}};"


def dims(name: str, n: int, shape: Shape) -> str:
    """A cmsis_nn_dims."""
    return constant(f"cmsis_nn_dims {name}", f".n = {n}, .h = {shape.h}, .w = {shape.w}, .c = {shape.c}")


def activation_dims(name: str, region: Region) -> str:
    """A cmsis_nn_dims of the rows of an activation."""
    if region.height.isdigit():
        return dims(name, 1, region.shape)
    return local(f"cmsis_nn_dims {name}", f".n = 1, .h = {region.height}, .w = {region.shape.w}, .c = {region.shape.c}")


def window_params(type_: str, operands: Operands, window: Window, fields: Callable[[str], tuple[str, ...]]) -> str:
    """The `params` of a kernel with a window. fields: the parts of their initialiser, given the rows of padding on top.

    Where their number varies, there are constants for every one: what is chosen need not be filled in for each block.
    """
    if not _is_chosen(operands, window):
        make = constant if operands.padding.isdigit() else local
        return make(f"{type_} params", *fields(operands.padding))
    choices = ["\n".join(f"{INDENT}{INDENT}{part}," for part in fields(str(k))) for k in range(window.padding.top + 1)]
    entries = "".join(f"{INDENT}{{\n{choice}\n{INDENT}}},\n" for choice in choices)
    return f"static const {type_} params[] = {{ /* by the rows of padding on top */\n{entries}}};"


def params(operands: Operands, window: Window) -> str:
    """The address of what `window_params` declares."""
    return f"&params[{operands.padding}]" if _is_chosen(operands, window) else "&params"


def _is_chosen(operands: Operands, window: Window) -> bool:
    """Whether there are constants to choose from, as long as they are few."""
    return not operands.padding.isdigit() and window.padding.top <= MOST_PADDED


def context(operands: Operands) -> str:
    """A cmsis_nn_context with the step's scratch."""
    if operands.scratch is None:
        return constant("cmsis_nn_context ctx", ".buf = NULL, .size = 0")
    scratch = operands.scratch
    return f"const cmsis_nn_context ctx = {{.buf = base + {scratch.offset}, .size = {scratch.size}}};"


def offsets(operands: Operands) -> str:
    """The fields input_offset and output_offset."""
    return f".input_offset = {operands.layer.input_offsets[0]}, .output_offset = {operands.layer.output_offset}"


def tiles(window: Window, padding_top: str) -> str:
    """The fields stride, padding and dilation."""
    return f"{stride_and_padding(window, padding_top)}, .dilation = {_tile(window.dilation)}"


def stride_and_padding(window: Window, padding_top: str) -> str:
    """The fields stride and padding; a block of rows that begins inside the input has no padding on top."""
    padding = f"{{.w = {window.padding.left}, .h = {padding_top}}}"
    return f".stride = {_tile(window.stride)}, .padding = {padding}"


def activation(clamp: Clamp) -> str:
    """The field activation."""
    low, high = limits(clamp)
    return f".activation = {{.min = {low}, .max = {high}}}"


def limits(clamp: Clamp) -> tuple[int, int]:
    """The clamp as int8 values."""
    return int(max(clamp.low, -128)), int(min(clamp.high, 127))


def _tile(size: Size2D) -> str:
    return f"{{.w = {size.w}, .h = {size.h}}}"
