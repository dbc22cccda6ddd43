"""The tables of `mcucompile zoo --table` on the terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mcucompile.display import table
from mcucompile.zoo import Row, ZooTable
from mcucompile.zoo.published import POINTWISE_SHARES

_COLUMNS = ("network", "alpha", "input", "MACs", "printed", "parameters", "printed", "1x1 MACs", "1x1 weights")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def show_zoo_table(console: Console, zoo: ZooTable) -> None:
    """All networks with the published figures; one with standard convolutions; sources, and reasons for differences."""
    pair = (zoo.separable, zoo.standard)
    published = [row.published for row in (*zoo.rows, *pair) if row.published is not None]
    sources = _distinct(entry.source for entry in published)
    reasons = _distinct(entry.reason for entry in published if entry.reason)
    console.print(_networks(zoo.rows, sources, reasons))
    console.print()
    console.print(_networks(pair, sources, reasons))
    times = zoo.standard.cost.macs / zoo.separable.cost.macs
    ours = _shares(zoo.separable.cost.pointwise_macs, zoo.separable.cost.pointwise_weights)
    console.print(Text(f"Standard convolutions take {times:.2f} times the multiply-adds."))
    console.print(Text(f"1x1 convolutions have {ours}; printed in 1, table 2: {_shares(*POINTWISE_SHARES)}."))
    console.print()
    console.print(
        Text("MACs (multiply-adds), parameters, and what is printed about them, in millions. 1x1: their share.")
    )
    console.print(_notes(map(str, range(1, len(sources) + 1)), sources))
    console.print(_notes(_LETTERS, reasons))


def _networks(rows: Sequence[Row], sources: Sequence[str], reasons: Sequence[str]) -> Table:
    return table((*_COLUMNS, "source", "why"), (_cells(row, sources, reasons) for row in rows))


def _cells(row: Row, sources: Sequence[str], reasons: Sequence[str]) -> tuple[str, ...]:
    cost, published = row.cost, row.published
    name = f"{row.network} minimal" if row.minimal else row.network
    macs, parameters, source, reason = "", "", "", ""
    if published is not None:
        macs, parameters = f"{published.macs:g}", f"{published.parameters:g}"
        source = str(sources.index(published.source) + 1)
        reason = _LETTERS[reasons.index(published.reason)] if published.reason else ""
    return (
        name,
        f"{row.alpha:g}",
        str(row.resolution),
        f"{cost.macs / 1e6:,.2f}",
        macs,
        f"{cost.parameters / 1e6:.3f}",
        parameters,
        f"{100 * cost.pointwise_macs:.1f} %",
        f"{100 * cost.pointwise_weights:.1f} %",
        source,
        reason,
    )


def _shares(macs: float, weights: float) -> str:
    return f"{100 * macs:.2f} % of the multiply-adds, {100 * weights:.2f} % of the weights"


def _distinct(texts: Iterable[str]) -> list[str]:
    """In the order of their first use."""
    return list(dict.fromkeys(texts))


def _notes(marks: Iterable[str], texts: Sequence[str]) -> Table:
    grid = Table.grid(padding=(0, 1))
    for mark, text in zip(marks, texts, strict=False):
        grid.add_row(Text(mark, style="bold"), Text(text))
    return grid
