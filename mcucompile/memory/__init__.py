"""Program -> MemoryPlan: who lives when, where it lies; and a check of the result that shares no planner code."""

from mcucompile.memory.planner import plan_memory
from mcucompile.memory.validator import validate_plan

__all__ = ["plan_memory", "validate_plan"]
