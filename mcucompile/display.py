"""Everything a command shows on the terminal. Tables and verdicts go to stdout, progress and warnings to stderr."""

from collections.abc import Callable, Iterable

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from rich.text import Text

from mcucompile.display_memory import show_memory
from mcucompile.existing import Results
from mcucompile.importer import SupportedOperator
from mcucompile.inspection import Inspection
from mcucompile.quantization_report import costly_layers
from mcucompile.report import Report
from mcucompile.target import Target
from mcucompile.toolchain import Tool
from mcucompile.verification import Verification


def console(stderr: bool = False) -> Console:
    """A console as wide as the terminal; 120 columns where there is none, so that nothing is folded in a log."""
    result = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if not result.is_terminal:
        result.width = max(result.width, 120)
    return result


def table(columns: Iterable[str], rows: Iterable[Iterable[object]], left: int = 1) -> Table:
    """A plain table; the first `left` columns are flush left, the others (numbers) right."""
    result = Table(box=None, pad_edge=False, header_style="bold")
    for position, column in enumerate(columns):
        result.add_column(column, justify="left" if position < left else "right", no_wrap=position == 0)
    for row in rows:
        result.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row))
    return result


class TerminalListener:
    """Shows progress bars on stderr and prints the stage that --dump-after names."""

    def __init__(self, dump_after: str | None, errors: Console, dump: Callable[[str], None]) -> None:
        self._dump_after = dump_after
        self._dump = dump
        self._progress = Progress(console=errors, transient=True, disable=not errors.is_terminal)
        self._tasks: dict[str, TaskID] = {}

    def stage_done(self, stage: str, show: Callable[[], str]) -> None:
        """Print the value of `stage` if it was asked for."""
        if stage == self._dump_after:
            self._dump(show())

    def progress(self, what: str, done: int, total: int) -> None:
        """Move the bar of `what`; it goes away when all is done."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
            self._progress.start()
        self._progress.update(self._tasks[what], completed=done)
        if done >= total:
            self._progress.stop()


def show_build(console: Console, report: Report, directory: object) -> None:
    """The summary of a build, its layers and the verdict."""
    layers = [
        (index, layer["name"], layer["kernel"], shape(layer["out_shape"]), layer["macs"], layer["weight_bytes"])
        for index, layer in enumerate(report["layers"])
    ]
    columns = ("#", "layer", "kernel", "output", "MACs", "weight bytes")
    console.print(table(columns, layers, left=3))
    console.print()
    console.print(_summary(report))
    console.print(Text(f"{_verdict(report)}; written to {directory}", style="bold"))


def shape(dims: Iterable[int]) -> str:
    """[1, 48, 48, 8] as 48x48x8."""
    return "x".join(map(str, list(dims)[1:]))


def _summary(report: Report) -> Table:
    bound = report["arena_lower_bound_bytes"]
    rows: list[tuple[str, str]] = [("target", str(report["target"]))]
    rows.append(("arena", f"{report['arena_bytes']:,} bytes (lower bound {bound:,})"))
    if report["flash_bytes"] is not None:
        parts = f"arena + {report['static_bytes']:,} static + {report['stack_bytes']:,} stack"
        rows.append(("RAM", f"{report['ram_bytes']:,} bytes ({parts})"))
        parts = f"{report['weight_bytes']:,} weights + {report['code_bytes']:,} code"
        rows.append(("flash", f"{report['flash_bytes']:,} bytes ({parts})"))
    work = f"{report['macs_executed']:,}" if report["macs_executed"] == report["macs"] else _executed(report)
    rows.append(("work", f"{work} multiply-adds, {report['parameters']:,} parameters"))
    rows += _quantization(report["quantization"])
    grid = Table.grid(padding=(0, 2))
    for name, value in rows:
        grid.add_row(Text(name, style="bold"), Text(value))
    return grid


def _quantization(section: Report) -> list[tuple[str, str]]:
    """How int8 was made, what it changes on the calibration samples, and which layers add most noise."""
    sqnr, count, top1 = section["sqnr_db"], section["calibration_samples"], section["top1"]
    effort = "" if section["effort"] is None else f", {section['effort']} effort"
    samples = f", {count} samples" if count else ""
    noise = "" if sqnr is None else f", output SQNR {sqnr:.1f} dB"
    rows = [("int8", f"{section['method']}{effort}{samples}{noise}")]
    if top1 is not None:
        accuracies = (top1["float_accuracy"], top1["int8_accuracy"])
        right = "" if None in accuracies else " (accuracy {:.1%} -> {:.1%})".format(*accuracies)
        rows.append(("", f"the float network's class for {top1['agreement']:.1%} of {top1['samples']} samples{right}"))
    costly = ", ".join(f"{name} {loss:.1f} dB" for name, loss in costly_layers(section))
    return [*rows, ("", f"most noise from {costly}")] if costly else rows


def _executed(report: Report) -> str:
    return f"{report['macs_executed']:,} executed of {report['macs']:,}"


def _verdict(report: Report) -> str:
    verified = report["verified"]
    if verified is None:
        return "not verified"
    return f"bit-exact in QEMU: {verified['inputs']} inputs, all {len(report['layers'])} layers"


def show_verification(console: Console, verification: Verification, target: str) -> None:
    """The verdict of verify."""
    if verification.bit_exact:
        text = f"bit-exact on {target}: {verification.inputs} inputs, all {verification.layers} layers and the output"
        console.print(Text(text, style="bold green"))


def show_results(console: Console, results: Results) -> None:
    """Accuracy if it is known, else the classes found."""
    if results.accuracy is None:
        rows = [(index, int(top)) for index, top in enumerate(results.top1)]
        console.print(table(("input", "top-1 class"), rows))
    else:
        right = round(results.accuracy * len(results.top1))
        console.print(
            f"top-1 accuracy {100 * results.accuracy:.2f} % ({right} of {len(results.top1)})", highlight=False
        )


def show_inspection(console: Console, inspection: Inspection) -> None:
    """Layers, kinds, totals, and what depthwise separable layers save."""
    cost = inspection.cost
    layers = [
        (c.name, c.kind, str(c.in_shape), str(c.out_shape), c.macs, c.parameters, c.weight_bytes) for c in cost.layers
    ]
    columns = ("layer", "kind", "input", "output", "MACs", "parameters", "weight bytes")
    console.print(table(columns, layers, left=4))
    total = max(cost.macs, 1)
    kinds = [(kind, macs, f"{100 * macs / total:.1f} %", params) for kind, (macs, params) in cost.by_kind().items()]
    console.print()
    console.print(table(("kind", "MACs", "share", "parameters"), kinds))
    console.print()
    grid = Table.grid(padding=(0, 2))
    grid.add_row("multiply-adds", Text(f"{cost.macs:,}"))
    grid.add_row("parameters", Text(f"{cost.parameters:,}"))
    grid.add_row("weights, int8", Text(f"{cost.weight_bytes:,} bytes"))
    bound = f"(lower bound {inspection.arena_lower_bound_bytes:,})"
    grid.add_row("arena", Text(f"{inspection.arena_bytes:,} bytes {bound}"))
    if cost.separable_macs:
        saving = (
            f"{cost.standard_macs:,} as standard convolutions: {cost.standard_macs / cost.separable_macs:.1f} times"
        )
        grid.add_row("depthwise separable", Text(f"{cost.separable_macs:,} multiply-adds, {saving} as many"))
    console.print(grid)
    if inspection.memory is not None:
        show_memory(console, inspection.memory)


def show_targets(console: Console, targets: Iterable[Target]) -> None:
    """All targets with the memory they have."""
    rows = [(t.name, t.core.name, t.machine, t.description, t.flash_bytes, t.ram_bytes) for t in targets]
    console.print(table(("target", "core", "QEMU machine", "board", "flash bytes", "RAM bytes"), rows, left=4))


def show_operators(console: Console, operators: Iterable[SupportedOperator]) -> None:
    """Each operator with what it becomes; its conditions below one another."""
    rows = [(row.name, row.becomes, ";\n".join(row.conditions)) for row in operators]
    console.print(table(("ONNX operator", "becomes", "where"), rows, left=3))


def show_tools(console: Console, tools: Iterable[Tool]) -> None:
    """Each tool's version, or what to type to get it."""
    rows = [
        (
            tool.name,
            tool.version or "missing",
            *((tool.remedy, tool.without or "") if tool.version is None else ("", "")),
        )
        for tool in tools
    ]
    console.print(table(("tool", "version", "to install it", ""), rows, left=4))
