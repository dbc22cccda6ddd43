"""The C function of a layer: its kernel call, for all rows or for a block of them."""

from dataclasses import dataclass
from textwrap import indent

from mcucompile.codegen.call import Call
from mcucompile.codegen.literals import INDENT, comment
from mcucompile.codegen.operands import CALLER_INPUT, Operands
from mcucompile.codegen.options import EmitOptions
from mcucompile.codegen.row_operands import RowLayer


@dataclass(frozen=True)
class Function:
    """A static function of the emitted C. arguments: of a call from where the parameters' names are known."""

    comment: str
    type: str
    name: str
    parameters: str
    arguments: str
    body: str

    @property
    def definition(self) -> str:
        """The whole function."""
        head = f"static MCU_NOINLINE {self.type} {self.name}({self.parameters})"
        return f"{self.comment}\n{head}\n{{\n{_indented(self.body)}\n}}"


def layer_function(options: EmitOptions, operands: Operands, call: Call, rows: RowLayer | None = None) -> Function:
    """The function of a layer that makes all rows, or the block that its parameters name."""
    parameters = ["int8_t *base"]
    if operands.reads_caller_input:
        parameters.append(f"const int8_t *{CALLER_INPUT}")
    arguments = ["base", *([CALLER_INPUT] if operands.reads_caller_input else [])]
    if rows is not None:
        parameters, arguments = row_layer_signature(rows)
    return Function(
        comment=comment(*operands.description),
        type="arm_cmsis_nn_status",
        name=options.names.layer_function(operands.layer),
        parameters=", ".join(parameters),
        arguments=", ".join(arguments),
        body=_body(operands, call),
    )


def row_layer_signature(rows: RowLayer) -> tuple[list[str], list[str]]:
    """Parameters and their names, of the function of a layer that makes rows [row, end)."""
    pointers = {"base": "int8_t *base"}
    if rows.operands().reads_caller_input:
        pointers[CALLER_INPUT] = f"const int8_t *{CALLER_INPUT}"
    return [*pointers.values(), *(f"int {name}" for name in rows.numbers)], [*pointers, *rows.numbers]


def _body(operands: Operands, call: Call) -> str:
    """Declarations, a blank line, the call."""
    result = "return " if call.returns_status else ""
    lines = [f"{result}{call.kernel}("]
    hanging = " " * len(lines[0])
    last = len(call.arguments) - 1
    for i, (text, remark) in enumerate(call.arguments):
        ending = ");" if i == last else ","
        lines.append(f"{hanging}{text}{ending}" + (f" /* {remark} */" if remark else ""))
    lines[:2] = [lines[0] + lines[1].lstrip()]
    if not call.returns_status:
        lines.append("return ARM_CMSIS_NN_SUCCESS;")
    declarations = [*operands.preparation, *call.declarations]
    return "\n".join([*declarations, *([""] if declarations else []), *lines])


def _indented(body: str) -> str:
    return indent(body, INDENT)
