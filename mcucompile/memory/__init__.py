"""Program -> Program and MemoryPlan: its steps, who lives when, where it lies; and a check that shares no planner code.

plan_rows searches steps, storages and offsets together, plan_memory only the offsets of a program that runs layer by
layer.
"""

from mcucompile.memory.planner import plan_memory
from mcucompile.memory.row_planner import PlannedProgram, plan_rows
from mcucompile.memory.validator import validate_plan

__all__ = ["PlannedProgram", "plan_memory", "plan_rows", "validate_plan"]
