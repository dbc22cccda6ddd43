"""What the planner finds."""

from dataclasses import dataclass

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import Program


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
