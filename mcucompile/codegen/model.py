"""NAME.h, NAME.c and NAME_weights.c: the model that a user's project compiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import Any

import numpy as np

from mcucompile.codegen.call import Call, Table
from mcucompile.codegen.calls import render_call
from mcucompile.codegen.kernels import OWN_PREFIX
from mcucompile.codegen.literals import INDENT, c_type, comment, float_literal, integer_lines, signed
from mcucompile.codegen.operands import CALLER_INPUT, Operands, Region, operands, region
from mcucompile.codegen.options import EmitOptions
from mcucompile.codegen.templates import fill
from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import InputMode, Program, Rows
from mcucompile.ir.tensors import Array, TensorType

ARENA_ALIGNMENT = 16


@dataclass(frozen=True)
class StepText:
    """One step as C. pull: the input rows that must have come before it; empty if they have."""

    comment: str
    function: str
    parameters: str
    arguments: str
    body: str
    trace: str
    pull: Rows


def emit_model(program: Program, plan: MemoryPlan, options: EmitOptions) -> tuple[dict[str, str], tuple[str, ...]]:
    """The files of src/ by name, and the kernels they call. Raises InternalError."""
    steps = [operands(program, plan, number) for number in range(len(program.steps))]
    calls = [render_call(step, options) for step in steps]
    tables = list({table.name: table for call in calls for table in call.tables}.values())
    kernels = tuple(dict.fromkeys(call.kernel for call in calls))
    values = _interface(program, plan, options) | {
        "own_kernels": any(kernel.startswith(OWN_PREFIX) for kernel in kernels),
        "casts_tables": any("MCU_TABLE" in line for call in calls for line in call.declarations),
        "tables": [_table_values(table) for table in tables],
        "steps": _step_texts(program, options, steps, calls),
    }
    name = options.name
    files = {
        f"{name}.h": fill("model.h.j2", **values),
        f"{name}.c": fill("model.c.j2", **values),
        f"{name}_weights.c": fill("weights.c.j2", **values),
    }
    return files, kernels


def _interface(program: Program, plan: MemoryPlan, options: EmitOptions) -> dict[str, Any]:
    """What the caller of the model must know."""
    types, origin = program.types, program.origin_input
    return {
        "name": options.name,
        "macro": options.names.macro,
        "mode": program.input_mode.value,
        "arena_bytes": plan.arena_bytes,
        "arena_alignment": ARENA_ALIGNMENT,
        "input_alignment": program.alignment,
        "tensors": [
            _tensor("input", types[program.input], f'"{origin.name}" ({origin.axes} in ONNX)'),
            _tensor("output", types[program.output], f"%{program.output}"),
        ],
        "input": _whole(program, plan, program.input),
        "output": _whole(program, plan, program.output),
        "row_bytes": types[program.input].row_bytes,
        "pixel_tables": _pixel_tables(options.preprocessing, types[program.input]),
    }


def _tensor(role: str, type_: TensorType, origin: str) -> dict[str, str]:
    quantization = type_.quantized()
    return {
        "comment": comment(f"{role.capitalize()} {origin}: int8, in the order height, width, channel."),
        "macro": role.upper(),
        "height": str(type_.shape.h),
        "width": str(type_.shape.w),
        "channels": str(type_.shape.c),
        "bytes": str(type_.bytes),
        "scale": float_literal(quantization.scale),
        "zero_point": signed(quantization.zero_point),
    }


def _whole(program: Program, plan: MemoryPlan, name: str) -> Region:
    return region(program, plan, name, Rows(0, program.types[name].shape.h))


def _pixel_tables(preprocessing: Preprocessing, type_: TensorType) -> list[str]:
    """The int8 of each pixel value, a table per channel that differs; none where it is the pixel minus 128."""
    table = preprocessing.table(type_.quantized())
    columns: Array = table.reshape(256, -1).T
    if np.all(columns == columns[0]):
        columns = columns[:1]
    if np.array_equal(columns[0], np.arange(-128, 128)):
        return []
    return [integer_lines(column) for column in columns]


def _table_values(table: Table) -> dict[str, str]:
    return {
        "comment": comment(table.label),
        "declarator": f"{c_type(table.values)} {table.name}[{table.values.size}]",
        "lines": integer_lines(table.values),
    }


def _step_texts(
    program: Program, options: EmitOptions, steps: Sequence[Operands], calls: Sequence[Call]
) -> list[StepText]:
    texts, pulled = [], 0
    for step, call in zip(steps, calls, strict=True):
        pull = Rows(pulled, pulled)
        if program.input_mode is InputMode.ROWS:
            pull = Rows(pulled, max([pulled, *(r.rows.end for r in step.inputs if r.name == program.input)]))
        pulled = pull.end
        texts.append(_step_text(options, step, call, pull))
    return texts


def _step_text(options: EmitOptions, step: Operands, call: Call, pull: Rows) -> StepText:
    rows, output = step.step.rows, step.output
    reads_input = step.reads_caller_input
    return StepText(
        comment=comment(str(step)),
        function=options.names.step_function(step.layer, step.step),
        parameters=f"int8_t *base, const int8_t *{CALLER_INPUT}" if reads_input else "int8_t *base",
        arguments=f"base, {CALLER_INPUT}" if reads_input else "base",
        body=indent(_body(call), INDENT),
        trace=f"{step.layer.index}, {rows.begin}, {rows.end}, {output.pointer}, {output.bytes}",
        pull=pull,
    )


def _body(call: Call) -> str:
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
    return "\n".join([*call.declarations, *([""] if call.declarations else []), *lines])
