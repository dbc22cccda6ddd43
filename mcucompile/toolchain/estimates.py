"""The estimate of cycles: from the manuals' timings where they suffice, otherwise from LLVM's model of the pipeline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mcucompile.toolchain.counting import Execution
from mcucompile.toolchain.cycles import TIMINGS, average_cycles
from mcucompile.toolchain.pipelines import PIPELINES, SimulationError, pipelined_cycles
from mcucompile.toolchain.simulator import OLDEST_LLVM, SIMULATOR, SIMULATOR_REMEDY, Simulator, find_simulator


@dataclass(frozen=True)
class Estimate:
    """Cycles of one execution of each instruction, and where they are from; or why_none says why there are none."""

    source: str | None = None
    why_none: str | None = None
    cycles_each: dict[Execution, float] = field(default_factory=dict)

    def cycles(self, executions: Iterable[Execution]) -> int | None:
        """Cycles of all of them; None without an estimate."""
        if self.source is None:
            return None
        return round(sum(execution.count * self.cycles_each[execution] for execution in executions))


def estimate_cycles(core: str, executions: Sequence[Execution]) -> Estimate:
    """The estimate for these executions on `core`."""
    timing = TIMINGS.get(core)
    if timing is not None:
        return Estimate(timing.source, None, {each: average_cycles(timing, each) for each in executions})
    simulator = find_simulator()
    if simulator is None:
        wanted = f"{SIMULATOR} of LLVM {OLDEST_LLVM} or newer, which models the pipeline"
        return Estimate(why_none=f"no {wanted}, on PATH ({SIMULATOR_REMEDY})")
    try:
        cycles_each = pipelined_cycles(simulator, core, executions)
    except SimulationError as error:
        return Estimate(why_none=f"{SIMULATOR} of LLVM {simulator.version} failed: {error}")
    return Estimate(_source(core, simulator), None, cycles_each)


def _source(core: str, simulator: Simulator) -> str:
    refill = f"; refill {PIPELINES[core].taken}" if PIPELINES[core].taken else ""
    return f"pipeline model of {core} in LLVM ({SIMULATOR} {simulator.version}{refill})"
