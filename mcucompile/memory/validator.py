"""Proves a program's steps, and its memory plan by replaying them, byte by byte.

Shares no code with the planner and knows nothing of lives and conflicts: it writes what every step writes, and looks
whether every step finds what it reads.
"""

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import InputMode, Program, Rows
from mcucompile.memory.check_steps import check_steps
from mcucompile.memory.layout import check_layout
from mcucompile.memory.replay import Replay


def validate_plan(program: Program, plan: MemoryPlan) -> None:
    """Raise InternalError if the steps of `program` are not what its segments say, or do not run in `plan`."""
    check_steps(program)
    validate_placement(program, plan)


def validate_placement(program: Program, plan: MemoryPlan) -> None:
    """Raise InternalError if the steps do not run in `plan`, naming step, bytes, and the two whose rows clash.

    The steps are taken as they are.
    """
    check_layout(program, plan)
    replay = Replay(program, plan)
    where = f"memory plan of {program.name}"
    if program.input_mode is InputMode.ARENA:
        rows = Rows(0, program.input_type.shape.h)
        replay.write_rows(f"{where}, before the first step", program.input, rows)
    for number, step in enumerate(program.steps):
        replay.run_step(number, step)
    rows = Rows(0, program.types[program.output].shape.h)
    replay.check_rows(f"{where}, after the last step", program.output, rows)
