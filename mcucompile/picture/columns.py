"""Areas in columns of the picture, and as the path that an SVG draws."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from mcucompile.memory import Area, merged, union

MOST_COLUMNS = 900


def times_per_column(times: int) -> int:
    """How many times share a column, so that there are at most MOST_COLUMNS."""
    return -(-times // MOST_COLUMNS)


def in_columns(areas: Iterable[Area], per_column: int) -> tuple[Area, ...]:
    """The same bytes, columns for times: column 0 begins at time -1. A byte used at any time of a column fills it."""
    columns: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for area in areas:
        for column in range((area.begin + 1) // per_column, area.end // per_column + 1):
            columns[column].append((area.low, area.high))

    def pieces() -> Iterator[Area]:
        for column in sorted(columns):
            for low, high in union(columns[column]):
                yield Area(column, column + 1, low, high)

    return merged(pieces())


def path(areas: Iterable[Area]) -> str:
    """The `d` of a path of rectangles: x counts columns, y bytes.

    >>> path([Area(0, 3, 16, 24), Area(3, 4, 20, 28)])
    'M0 16h3v8h-3zM3 20h1v8h-1z'
    """
    return "".join(f"M{a.begin} {a.low}h{a.end - a.begin}v{a.high - a.low}h{a.begin - a.end}z" for a in areas)
