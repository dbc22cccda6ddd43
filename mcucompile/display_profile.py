"""Shows a profile: where the instructions of one inference go."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mcucompile.display import table
from mcucompile.picture import share
from mcucompile.profiling import Profile, Work

_BAR_CELLS = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LAYER_COLUMNS = ("layer", "kernel", "", "instructions", "share", "MACs", "per MAC", "loads", "stores", "cycles (est.)")
_FUNCTION_COLUMNS = ("instructions", "share", "loads", "stores", "multiplies", "branches", "taken", "cycles (est.)")
_FEW = 0.001


def show_profile(console: Console, profile: Profile, chart: Path) -> None:
    """Layers, functions, totals, and what the numbers are and are not. chart: where they are drawn."""
    total = profile.total
    busiest = max((layer.work.instructions for layer in profile.layers), default=0)
    layers = [
        (
            layer.name,
            layer.kernel,
            bar(layer.work.instructions, busiest),
            layer.work.instructions,
            share(layer.work.instructions, total.instructions),
            layer.macs,
            "" if layer.instructions_per_mac is None else f"{layer.instructions_per_mac:.2f}",
            *_known(layer.work.loads, layer.work.stores, layer.work.cycles),
        )
        for layer in profile.layers
    ]
    rest = profile.between_layers
    if rest is not None:
        moved = (
            rest.instructions,
            share(rest.instructions, total.instructions),
            0,
            "",
            *_known(rest.loads, rest.stores, rest.cycles),
        )
        layers.append(("between layers", "", "", *moved))
    known = len(_LAYER_COLUMNS) if profile.no_plugin is None else _LAYER_COLUMNS.index("loads")
    console.print(table(_LAYER_COLUMNS[:known], [layer[:known] for layer in layers], left=3))
    console.print()
    if profile.functions is not None:
        console.print(_function_table(profile.functions, total))
        console.print()
    console.print(_summary(profile, chart))


def _function_table(all_functions: dict[str, Work], total: Work) -> Table:
    busy = {name: work for name, work in all_functions.items() if work.instructions >= _FEW * total.instructions}
    functions = [
        (
            name,
            work.instructions,
            share(work.instructions, total.instructions),
            *_known(work.loads, work.stores, work.multiplies, work.branches, work.branches_taken, work.cycles),
        )
        for name, work in busy.items()
    ]
    return table((f"function (from {_FEW:.1%})", *_FUNCTION_COLUMNS), functions)


def bar(value: int, longest: int) -> str:
    """A bar of at most 8 cells, in eighths of one.

    >>> bar(1, 2)
    '████'
    """
    eighths = 8 * _BAR_CELLS * value // max(longest, 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _known(*values: int | None) -> tuple[int | str, ...]:
    return tuple("" if value is None else value for value in values)


def _summary(profile: Profile, chart: Path) -> Table:
    total, macs = profile.total, profile.macs
    per_mac = f", {total.instructions / macs:.2f} per multiply-add ({macs:,})" if macs else ""
    rows = [("instructions", f"{total.instructions:,} in one inference{per_mac}")]
    if profile.no_plugin is None:
        rows += _summary_of_plugin(profile)
    else:
        rows += _summary_of_systick(profile, profile.no_plugin)
    rows.append(("chart", str(chart)))
    grid = Table.grid(padding=(0, 2))
    for name, value in rows:
        grid.add_row(Text(name, style="bold"), Text(value))
    return grid


def _summary_of_plugin(profile: Profile) -> list[tuple[str, str]]:
    total = profile.total
    rows = [
        ("", profile.how_counted),
        ("transfers", f"{total.loads:,} registers loaded, {total.stores:,} stored"),
        ("branches", f"{total.branches:,}, taken {total.branches_taken:,}"),
    ]
    if total.cycles is None:
        rows.append(("cycles", f"no estimate: {profile.no_cycles}"))
    else:
        rows.append(("cycles", f"about {total.cycles:,}: an estimate for memory without wait states"))
        rows.append(("", f"from the {profile.cycles_source}"))
    if profile.unaligned_accesses:
        rows.append(("unaligned", f"{profile.unaligned_accesses:,} accesses, which take extra cycles"))
    return rows


def _summary_of_systick(profile: Profile, no_plugin: str) -> list[tuple[str, str]]:
    return [
        ("", f"{profile.how_counted}, where a plugin would count more:"),
        ("", no_plugin),
        (
            "",
            "to the instruction, but with up to 15 around the model, and as many for each input row that it asks for;",
        ),
        ("", "layers as traced: some 20 more for each step, and with the rows that are moved before it"),
        ("not known", "loads, stores, multiplies, branches, functions, cycles, unaligned accesses"),
    ]
