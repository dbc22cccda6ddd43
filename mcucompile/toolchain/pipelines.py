"""Cycles on cores that overlap instructions, from LLVM's models of their pipelines: llvm-mca runs each basic block.

A block takes as long as one more pass of many in a row; branches are predicted on Cortex-M7, and memory never waits.
The models are LLVM's ARMScheduleM7.td and ARMScheduleM55.td; Cortex-M55's refill is the latter's MispredictPenalty.
"""

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcucompile.toolchain.assembly import LOOP_ENDS, assembly
from mcucompile.toolchain.blocks import basic_blocks
from mcucompile.toolchain.counting import Execution
from mcucompile.toolchain.process import run
from mcucompile.toolchain.simulator import Simulator

_FEW_PASSES, _MANY_PASSES = 50, 150
_TIMEOUT_S = 600
_TOTAL = re.compile(r"^Total Cycles:\s+(\d+)$", re.M)


class SimulationError(Exception):
    """llvm-mca did not simulate every block; str() says why."""


@dataclass(frozen=True)
class Pipeline:
    """What llvm-mca is told of a core. taken: cycles added where a branch is taken, but at the end of an LE loop."""

    triple: str
    taken: int


PIPELINES = {
    "cortex-m7": Pipeline("thumbv7em-none-eabi", taken=0),
    "cortex-m55": Pipeline("thumbv8.1m.main-none-eabi", taken=3),
}


def pipelined_cycles(simulator: Simulator, core: str, executions: Iterable[Execution]) -> dict[Execution, float]:
    """Cycles of one execution of each: those of its block, shared out equally. Raises SimulationError."""
    blocks = basic_blocks(executions)
    texts = [assembly(execution.instruction for execution in block) for block in blocks]
    of_text = _simulate(simulator, core, sorted({text for text in texts if text}))
    return {
        execution: of_text.get(text, 0) / len(block) + _refill_cycles(PIPELINES[core], execution)
        for block, text in zip(blocks, texts, strict=True)
        for execution in block
    }


def _refill_cycles(pipeline: Pipeline, execution: Execution) -> float:
    """Cycles in which the pipeline is filled anew, on the average over all executions."""
    is_free = execution.instruction.operation in LOOP_ENDS
    return 0 if is_free else pipeline.taken * execution.taken / execution.count


def _simulate(simulator: Simulator, core: str, texts: Sequence[str]) -> dict[str, float]:
    """Cycles of one more pass of each text: the pipeline is full."""
    few, many = (_totals(simulator, core, texts, passes) for passes in (_FEW_PASSES, _MANY_PASSES))
    more = _MANY_PASSES - _FEW_PASSES
    return {text: (end - begin) / more for text, begin, end in zip(texts, few, many, strict=True)}


def _totals(simulator: Simulator, core: str, texts: Sequence[str], passes: int) -> list[int]:
    """Cycles of so many passes of each text."""
    if not texts:
        return []
    source = "".join(f"# LLVM-MCA-BEGIN\n{text}\n# LLVM-MCA-END\n" for text in texts)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        (folder / "blocks.s").write_text(source, encoding="utf-8")
        options = (f"-mtriple={PIPELINES[core].triple}", f"-mcpu={core}", f"-iterations={passes}")
        views = ("-instruction-info=0", "-resource-pressure=0")
        finished = run([simulator.path, *options, *views, "blocks.s"], folder, _TIMEOUT_S)
    totals = _TOTAL.findall(finished.output)
    if finished.status is None:
        raise SimulationError(f"still running after {_TIMEOUT_S} s")
    if finished.status != 0:
        errors = finished.output.partition("error:")[2] or finished.output
        raise SimulationError(" ".join(errors.split())[:200])
    if len(totals) != len(texts):
        raise SimulationError(f"{len(totals)} of {len(texts)} blocks were simulated")
    return [int(total) for total in totals]
