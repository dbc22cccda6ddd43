"""The compiler on one screen: from model.onnx to C.

model.onnx ─ importer ─▶ Graph(float) ─ passes ─▶ Graph ─ quantize ─▶ Graph(int8)
           ─ simplify ─▶ Graph(int8) ─ lower ─▶ Program ─ memory ─▶ (Program, MemoryPlan) ─ codegen ─▶ Sources
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from mcucompile.codegen import EmitOptions, emit
from mcucompile.data import Samples, check_channels, read_samples
from mcucompile.errors import Problem, UsageError
from mcucompile.importer import import_onnx
from mcucompile.input_modes import other_modes
from mcucompile.ir.graph import Graph
from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import InputMode, KernelLibrary, Program
from mcucompile.ir.sources import Sources
from mcucompile.ir.tensors import Array
from mcucompile.ir.text import format_graph, format_plan, format_program
from mcucompile.ir.verify import verify_graph
from mcucompile.lower import lower
from mcucompile.memory import plan_rows, validate_plan
from mcucompile.passes import optimize
from mcucompile.quantize import DEFAULT_METHOD, CalibrationMethod, Effort, QuantizationResult, quantize
from mcucompile.ram_budget import RamUse, require_ram
from mcucompile.reference.evaluate import run_int8
from mcucompile.simplify import simplify
from mcucompile.target import Target

STAGES = ("import", "optimize", "quantize", "simplify", "lower", "memory", "codegen")
KEPT_SAMPLES = 8


@dataclass(frozen=True)
class BuildOptions:
    """What the user asked for. calibration None: no data. cmsis_nn: prefix of Arm's library, None for our kernels.

    ram_budget: bytes of RAM that the model may use, None for all that the target has.
    """

    model: Path
    directory: Path
    name: str
    target: Target
    calibration: Path | None = None
    calibration_method: CalibrationMethod = DEFAULT_METHOD
    preprocessing: Preprocessing = Preprocessing()
    effort: Effort = Effort.NORMAL
    input_mode: InputMode = InputMode.ARENA
    ram_budget: int | None = None
    keep_dead_channels: bool = False
    optimize: Literal["size", "speed"] = "speed"
    cmsis_nn: Path | None = None
    sources_only: bool = False
    verify: bool = True

    @property
    def library(self) -> KernelLibrary:
        return KernelLibrary.BUNDLED if self.cmsis_nn is None else KernelLibrary.CMSIS_NN

    @property
    def ram_limit(self) -> tuple[str, int]:
        """What limits the RAM, the budget or the target, and to how many bytes."""
        of_target = f"target {self.target.name}, RAM", self.target.ram_bytes
        if self.ram_budget is None or self.ram_budget > self.target.ram_bytes:
            return of_target
        return "--ram-budget", self.ram_budget


class Listener(Protocol):
    """Hears how a build goes on."""

    def stage_done(self, stage: str, show: Callable[[], str]) -> None:
        """`stage` is done; show() gives its result in the text notation."""

    def progress(self, what: str, done: int, total: int) -> None:
        """`done` of `total` units of `what` are behind us."""


@dataclass(frozen=True)
class Compiled:
    """Everything that is known before a C compiler runs. graph: the int8 graph that the program computes."""

    imported: Graph
    quantization: QuantizationResult
    graph: Graph
    program: Program
    plan: MemoryPlan
    sources: Sources
    samples: Array


def compile_model(options: BuildOptions, listener: Listener) -> Compiled:
    """Run every stage up to the emitted C, verifying each value on the way. Raises CompileError."""
    imported = import_onnx(options.model)
    verify_graph(imported)
    listener.stage_done("import", lambda: format_graph(imported))

    optimized = optimize(imported)
    verify_graph(optimized)
    listener.stage_done("optimize", lambda: format_graph(optimized))

    check_channels(options.preprocessing, optimized.input_type.shape.c)
    samples = None
    if options.calibration is not None:
        _require_float(optimized, options.calibration)
        samples = read_samples(options.calibration, optimized, options.preprocessing)
    quantization = _quantize(optimized, samples, options, listener)
    verify_graph(quantization.graph)
    listener.stage_done("quantize", lambda: format_graph(quantization.graph))

    graph = quantization.graph if options.keep_dead_channels else simplify(quantization.graph)
    verify_graph(graph)
    listener.stage_done("simplify", lambda: format_graph(graph))

    lowered = lower(graph, options.target.core, options.library, options.input_mode)
    listener.stage_done("lower", lambda: format_program(lowered))

    planned = plan_rows(lowered)
    program, plan = planned.program, planned.plan
    validate_plan(program, plan)
    listener.stage_done("memory", lambda: f"{format_program(program)}\n{format_plan(plan)}")
    require_fit(options, graph, program, RamUse(plan.arena_bytes))

    crc32 = selftest_crc32(graph)
    emit_options = EmitOptions(options.name, options.target, options.library, options.preprocessing, crc32)
    sources = emit(program, plan, emit_options)
    listener.stage_done("codegen", lambda: "".join(f"==> {name}\n{text}" for name, text in sources.files.items()))
    return Compiled(imported, quantization, graph, program, plan, sources, _kept_samples(graph, samples))


def describe(compiled: Compiled) -> str:
    """graph.txt: the integer graph, the program and the memory plan."""
    return "\n".join((format_graph(compiled.graph), format_program(compiled.program), format_plan(compiled.plan)))


def selftest_crc32(graph: Graph) -> int:
    """CRC-32 of the output bytes for the input that the flashed firmware makes itself.

    Input bytes: the high bytes of state = state · 1664525 + 1013904223 mod 2^32, from state 1 (Numerical Recipes).
    """
    state, values = 1, np.empty(graph.input_type.shape.elements, np.uint8)
    for i in range(values.size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state >> 24
    x = values.view(np.int8).reshape(1, *graph.input_type.shape)
    return zlib.crc32(run_int8(graph, x).tobytes())


def _require_float(graph: Graph, calibration: Path) -> None:
    """Raise UsageError for a quantized model: its scales are fixed."""
    if graph.is_given:
        raise UsageError(
            Problem(
                f"--calibration {calibration}",
                "calibration data for a model that is quantized already",
                "calibration data for a float model; a quantized one keeps its own scales",
                "leave out --calibration, or build the float model that this one was made from",
            )
        )


def _quantize(graph: Graph, samples: Samples | None, options: BuildOptions, listener: Listener) -> QuantizationResult:
    x, labels = (None, None) if samples is None else (samples.x, samples.labels)
    limits, method = options.preprocessing.limits(), options.calibration_method
    return quantize(graph, x, limits, listener.progress, options.effort, labels, method)


def require_fit(options: BuildOptions, graph: Graph, program: Program, use: RamUse) -> None:
    """Raise DoesNotFitError if `program` uses more RAM than the target has, or than the user allows it."""
    where, limit = options.ram_limit
    others = partial(other_modes, graph, options.target.core, options.library, program.input_mode)
    require_ram(where, limit, use, program, others)


def _kept_samples(graph: Graph, samples: Samples | None) -> Array:
    """A few int8 inputs for later checks: the first calibration samples, or none."""
    if samples is None:
        return np.empty((0, *graph.input_type.shape), np.int8)
    return graph.input_type.quantized().quantize(samples.x[:KEPT_SAMPLES])
