"""What the planner finds."""

from dataclasses import dataclass

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import Program
from mcucompile.memory.memory_plan import memory_plan
from mcucompile.memory.order_search import Arrangement
from mcucompile.memory.row_program import RowProgram


@dataclass(frozen=True)
class PlannedProgram:
    """A program and where its tensors lie."""

    program: Program
    plan: MemoryPlan

    @property
    def bytes_moved(self) -> int:
        """By all windows, in one inference."""
        types = self.program.types
        slides = [slide for step in self.program.steps for slide in step.slides]
        return sum((slide.rows.end - slide.rows.begin) * types[slide.tensor].row_bytes for slide in slides)


def planned_program(rows: RowProgram, arrangement: Arrangement, lower_bound_bytes: int) -> PlannedProgram:
    """The program as arranged."""
    allocations = [ways[way] for ways, way in zip(rows.choices, arrangement.chosen, strict=True)]
    plan = memory_plan(allocations, arrangement.offsets, arrangement.end, min(lower_bound_bytes, arrangement.end))
    return PlannedProgram(rows.with_slides(arrangement.chosen), plan)
