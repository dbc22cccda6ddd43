"""Shows a profile: where the instructions of one inference go."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mcucompile.display import table
from mcucompile.profiling import Profile, Work

_BAR_CELLS = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LAYER_COLUMNS = ("layer", "kernel", "", "instructions", "share", "MACs", "per MAC", "loads", "stores", "cycles (est.)")
_FUNCTION_COLUMNS = ("instructions", "share", "loads", "stores", "multiplies", "branches", "taken", "cycles (est.)")
_FEW = 0.001


def show_profile(console: Console, profile: Profile) -> None:
    """Layers, functions, totals, and what the numbers are and are not."""
    total = profile.total
    busiest = max((layer.work.instructions for layer in profile.layers), default=0)
    layers = [
        (
            layer.name,
            layer.kernel,
            bar(layer.work.instructions, busiest),
            layer.work.instructions,
            _share(layer.work, total),
            layer.macs,
            "" if layer.instructions_per_mac is None else f"{layer.instructions_per_mac:.2f}",
            layer.work.loads,
            layer.work.stores,
            _cycles(layer.work),
        )
        for layer in profile.layers
    ]
    rest = profile.between_layers
    moved = (rest.instructions, _share(rest, total), 0, "", rest.loads, rest.stores, _cycles(rest))
    console.print(table(_LAYER_COLUMNS, [*layers, ("between layers", "", "", *moved)], left=3))
    console.print()
    busy = {name: work for name, work in profile.functions.items() if work.instructions >= _FEW * total.instructions}
    functions = [
        (
            name,
            work.instructions,
            _share(work, total),
            work.loads,
            work.stores,
            work.multiplies,
            work.branches,
            work.branches_taken,
            _cycles(work),
        )
        for name, work in busy.items()
    ]
    console.print(table((f"function (from {_FEW:.1%})", *_FUNCTION_COLUMNS), functions))
    console.print()
    console.print(_summary(profile))


def bar(value: int, longest: int) -> str:
    """A bar of at most 8 cells, in eighths of one.

    >>> bar(1, 2)
    '████'
    """
    eighths = 8 * _BAR_CELLS * value // max(longest, 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _share(work: Work, total: Work) -> str:
    return f"{100 * work.instructions / max(total.instructions, 1):.1f} %"


def _cycles(work: Work) -> int | str:
    return "" if work.cycles is None else work.cycles


def _summary(profile: Profile) -> Table:
    total, macs = profile.total, profile.macs
    per_mac = f", {total.instructions / macs:.2f} per multiply-add ({macs:,})" if macs else ""
    rows = [
        ("instructions", f"{total.instructions:,} in one inference{per_mac}"),
        ("", f"exact, counted in QEMU ({profile.machine})"),
        ("transfers", f"{total.loads:,} registers loaded, {total.stores:,} stored"),
        ("branches", f"{total.branches:,}, taken {total.branches_taken:,}"),
    ]
    if total.cycles is None:
        rows.append(("cycles", f"no estimate: Arm publishes no instruction timings that fit {profile.target}"))
    else:
        rows.append(("cycles", f"about {total.cycles:,}: an estimate for memory without wait states"))
        rows.append(("", f"from the {profile.cycles_source}"))
    if profile.unaligned_accesses:
        rows.append(("unaligned", f"{profile.unaligned_accesses:,} accesses, which take extra cycles"))
    grid = Table.grid(padding=(0, 2))
    for name, value in rows:
        grid.add_row(Text(name, style="bold"), Text(value))
    return grid
