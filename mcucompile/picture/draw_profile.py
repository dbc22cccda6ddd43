"""Draws a profile: a bar for each layer, as long as it has instructions, in a colour for each kind of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcucompile.resources import fill

BAR_WIDTH = 520
LONGEST_NAME = 32
_COLORS = {
    "loads": "#4c78a8",
    "stores": "#72b7b2",
    "multiplies": "#f58518",
    "branches": "#e45756",
    "other": "#bab0ac",
    "instructions": "#4c78a8",
}


@dataclass(frozen=True)
class Bar:
    """A layer. instructions: by their kind, in the order of drawing. macs: 0 where there is nothing to divide by."""

    name: str
    kernel: str
    macs: int
    instructions: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.instructions.values())


@dataclass(frozen=True)
class _Piece:
    x: int
    width: int
    color: str
    title: str


def draw_profile(title: str, notes: Sequence[str], bars: Sequence[Bar], macs: int) -> str:
    """An SVG of all bars under a title and lines of notes. macs: of the network."""
    total = sum(bar.total for bar in bars)
    kinds = {kind: sum(bar.instructions.get(kind, 0) for bar in bars) for bar in bars for kind in bar.instructions}
    longest = max((bar.total for bar in bars), default=0)
    return fill(
        "profile.svg.j2",
        {
            "title": title,
            "notes": notes,
            "bar_width": BAR_WIDTH,
            "legend": [(kind, _COLORS[kind], count, share(count, total)) for kind, count in kinds.items()],
            "rows": [
                {
                    "name": bar.name if len(bar.name) <= LONGEST_NAME else f"{bar.name[:LONGEST_NAME]}…",
                    "full": f"%{bar.name} {bar.kernel}".strip(),
                    "pieces": _pieces(bar, longest),
                    "instructions": bar.total,
                    "share": share(bar.total, total),
                    "per_mac": _per_mac(bar.total, bar.macs),
                }
                for bar in bars
            ],
            "total": total,
            "per_mac": _per_mac(total, macs),
        },
        escape=True,
    )


def _pieces(bar: Bar, longest: int) -> list[_Piece]:
    """Side by side, without gaps: an end is rounded, not a width."""
    pieces, done = [], 0
    for kind, count in bar.instructions.items():
        begin, end = (round(BAR_WIDTH * at / max(longest, 1)) for at in (done, done + count))
        done += count
        if end > begin:
            title = f"{kind} {count:,} ({share(count, bar.total)})"
            pieces.append(_Piece(begin, end - begin, _COLORS[kind], title))
    return pieces


def share(count: int, total: int) -> str:
    """A percentage; of nothing, 0.

    >>> share(1, 3)
    '33.3 %'
    """
    return f"{100 * count / max(total, 1):.1f} %"


def _per_mac(instructions: int, macs: int) -> str:
    return f"{instructions / macs:.2f}" if macs else ""
