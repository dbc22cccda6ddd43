"""Program -> Program and MemoryPlan: its steps, who lives when, where it lies; and a check that shares no planner code.

plan_rows searches steps, storages and offsets together, plan_memory only the offsets of a program that runs layer by
layer. occupancy shows a plan: which bytes hold live rows at which step.
"""

from mcucompile.memory.occupancy import Area, Occupancy, merged, occupancy, union
from mcucompile.memory.planned_program import PlannedProgram
from mcucompile.memory.planner import plan_memory
from mcucompile.memory.row_planner import plan_rows
from mcucompile.memory.validator import validate_plan

__all__ = [
    "Area",
    "Occupancy",
    "PlannedProgram",
    "merged",
    "occupancy",
    "plan_memory",
    "plan_rows",
    "union",
    "validate_plan",
]
