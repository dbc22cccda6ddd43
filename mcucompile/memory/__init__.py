"""Program to MemoryPlan: liveness, placement, and a validator that shares no code with either."""

from mcucompile.memory.planner import plan_memory
from mcucompile.memory.validator import validate_plan

__all__ = ["plan_memory", "validate_plan"]
