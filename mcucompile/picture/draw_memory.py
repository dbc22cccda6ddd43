"""Draws the arena: bytes upwards, steps from left to right, a colour for each tensor."""

from dataclasses import dataclass

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import Program
from mcucompile.memory import occupancy
from mcucompile.picture.columns import MOST_COLUMNS, in_columns, path, times_per_column
from mcucompile.resources import fill

HEIGHT = 420
LEGEND_COLUMNS = 3
LONGEST_NAME = 24
HUE_STEP = 137
"""Degrees, the golden angle: neighbours in the legend have colours far apart."""


@dataclass(frozen=True)
class _Entry:
    """A tensor: full says in one line what it is, name fits into the legend."""

    name: str
    full: str
    color: str
    path: str


def draw_memory(program: Program, plan: MemoryPlan, limit: tuple[str, int]) -> str:
    """An SVG of every tensor's live rows, byte by byte and step by step.

    limit: what limits the RAM, and to how many bytes. Beyond MOST_COLUMNS times, several steps share a column.
    """
    occupied = occupancy(program, plan)
    per_column = times_per_column(occupied.steps + 2)
    columns = -(-(occupied.steps + 2) // per_column)
    width = MOST_COLUMNS // columns * columns
    live = occupied.live_bytes()
    peak = int(live.argmax()) - 1
    limit_name, limit_bytes = limit
    shown = [
        ("arena", plan.arena_bytes),
        *([("RAM limit", limit_bytes)] if limit_bytes <= 2 * plan.arena_bytes else []),
    ]
    top = max(max(size for _, size in shown) * 21 // 20, 1)
    entries = [
        _Entry(
            name=name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…",
            full=f"%{name} : {program.types[name].shape} {placement.storage} [{placement.offset}, {placement.end})",
            color=f"hsl({number * HUE_STEP % 360},60%,62%)",
            path=path(in_columns(occupied.tensors[name], per_column)),
        )
        for number, (name, placement) in enumerate(plan.tensors.items())
    ]
    return fill(
        "memory.svg.j2",
        {
            "name": program.name,
            "mode": program.input_mode.value,
            "arena": plan.arena_bytes,
            "bound": plan.lower_bound_bytes,
            "limit_name": limit_name,
            "limit": limit_bytes,
            "steps": occupied.steps,
            "peak_bytes": int(live.max()),
            "peak": _moment(program, peak),
            "peak_column": (peak + 1) // per_column,
            "columns": columns,
            "width": width,
            "height": HEIGHT,
            "top": top,
            "lines": shown,
            "byte_ticks": range(0, top, _byte_step(top)),
            "step_ticks": [
                ((step + 1) // per_column, step) for step in range(0, occupied.steps, _round_step(occupied.steps))
            ],
            "page_width": MOST_COLUMNS,
            "bands": _bands(program, per_column),
            "entries": entries,
            "legend_columns": LEGEND_COLUMNS,
            "scratch": path(in_columns(occupied.scratch, per_column)),
        },
        escape=True,
    )


def _moment(program: Program, time: int) -> str:
    """What happens at this time."""
    if time < 0:
        return "before the first step"
    if time == len(program.steps):
        return "after the last step"
    step = program.steps[time]
    return f"in step {time} (%{program.layers[step.layer].node.name}{step.rows})"


def _bands(program: Program, per_column: int) -> list[tuple[int, int, str]]:
    """The columns [begin, end) of every segment that runs row by row, and its layers."""
    found = []
    for segment in filter(program.runs_by_rows, program.segments):
        first, last, _ = segment
        steps = [number for number, step in enumerate(program.steps) if first <= step.layer <= last]
        layers = f"layer {first}" if first == last else f"layers {first} to {last}"
        found.append((steps[0] + 1, steps[-1] + 2, f"{layers}, row by row"))
    return [(begin // per_column, -(-end // per_column), label) for begin, end, label in found]


def _byte_step(top: int) -> int:
    """The least power of two that makes at most eight ticks."""
    step = 1
    while step * 8 < top:
        step *= 2
    return step


def _round_step(steps: int) -> int:
    """1, 2 or 5 times a power of ten, that makes at most ten ticks."""
    power = 1
    while power * 100 < steps:
        power *= 10
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power * 10 >= steps)
