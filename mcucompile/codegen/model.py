"""NAME.h and NAME.c, NAME_weights.h and NAME_weights.c: the model that a user's project compiles."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mcucompile.codegen.call import Call, Table
from mcucompile.codegen.calls import render_call
from mcucompile.codegen.functions import Function, layer_function
from mcucompile.codegen.kernels import OWN_PREFIX, ROWS_HEADER
from mcucompile.codegen.literals import c_type, comment, float_literal, integer_lines, signed
from mcucompile.codegen.operands import Operands, operands, pointer
from mcucompile.codegen.options import EmitOptions
from mcucompile.codegen.row_operands import RowLayer
from mcucompile.codegen.segment import asked_for, segment_code, segment_steps
from mcucompile.codegen.segment_function import SegmentFunction
from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import InputMode, Program, Rows
from mcucompile.ir.tensors import Array, TensorType
from mcucompile.resources import fill

ARENA_ALIGNMENT = 16
SLIDE = "mcu_slide_rows"
"""The kernel that moves windows."""


@dataclass(frozen=True)
class Statement:
    """What the inference does next: a layer or a segment. pull: the input rows that must have come before a layer."""

    function: Function
    trace: str = ""
    pull: Rows = Rows(0, 0)


@dataclass(frozen=True)
class Code:
    """All that the inference is made of. input_moves: rows of the input are asked for into a window that moves."""

    layers: tuple[Function, ...]
    segments: tuple[Function, ...]
    statements: tuple[Statement, ...]
    calls: tuple[Call, ...]
    input_moves: bool


def emit_model(program: Program, plan: MemoryPlan, options: EmitOptions) -> tuple[dict[str, str], tuple[str, ...]]:
    """The files of src/ by name, and the kernels they call. Raises InternalError."""
    code = _code(program, plan, options)
    tables = list({table.name: table for call in code.calls for table in call.tables}.values())
    text = "\n\n".join(function.definition for function in (*code.layers, *code.segments))
    kernels = dict.fromkeys([*(call.kernel for call in code.calls), *([SLIDE] if f"{SLIDE}(" in text else [])])
    values = _interface(program, plan, options) | {
        "own_kernels": any(kernel.startswith(OWN_PREFIX) for kernel in kernels),
        "casts_tables": any("MCU_TABLE" in line for call in code.calls for line in call.declarations),
        "input_moves": code.input_moves,
        "tables": [_table_values(table) for table in tables],
        "code": code,
    }
    name = options.name
    files = {
        f"{name}.h": fill("model.h.j2", values),
        f"{name}.c": fill("model.c.j2", values),
        f"{name}_weights.h": fill("weights.h.j2", values),
        f"{name}_weights.c": fill("weights.c.j2", values),
    }
    return files, tuple(kernels) + ((ROWS_HEADER,) if code.segments else ())


def _code(program: Program, plan: MemoryPlan, options: EmitOptions) -> Code:
    layers: list[Function] = []
    segments: list[Function] = []
    statements: list[Statement] = []
    calls: list[Call] = []
    input_moves = False
    for segment, numbers in segment_steps(program):
        if segment.first == segment.last and len(numbers) == 1:
            step = operands(program, plan, numbers.start)
            calls.append(render_call(step, options))
            layers.append(layer_function(options, step, calls[-1]))
            statements.append(_statement(program, numbers.start, step, layers[-1]))
            continue
        code = segment_code(program, plan, segment, numbers)
        input_moves |= code.moves(program.input)
        for layer in program.layers[segment.first : segment.last + 1]:
            rows = RowLayer(program, plan, code, layer)
            calls.append(render_call(rows.operands(), options))
            layers.append(layer_function(options, rows.operands(), calls[-1], rows))
        segments.append(SegmentFunction(program, plan, options, code).render())
        statements.append(Statement(segments[-1]))
    return Code(tuple(layers), tuple(segments), tuple(statements), tuple(calls), input_moves)


def _statement(program: Program, number: int, step: Operands, function: Function) -> Statement:
    rows = program.steps[number].rows
    pull = Rows(0, 0)
    if program.input_mode is InputMode.ROWS:
        before, after = (asked_for(program, program.steps[:end]) for end in (number, number + 1))
        pull = Rows(before, after)
    trace = f"{step.layer.index}, {rows.begin}, {rows.end}, {step.output.pointer}, {step.output.bytes}"
    return Statement(function, trace, pull)


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
        "input": pointer("base", _offset(plan, program.input)),
        "input_offset": _offset(plan, program.input),
        "output_offset": _offset(plan, program.output),
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


def _offset(plan: MemoryPlan, name: str) -> int:
    """Where a tensor begins in the arena; 0 for the caller's."""
    return plan.tensors[name].offset if name in plan.tensors else 0


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
