"""The search of placement orders: what it keeps from one arrangement for the next is what a fresh start would give."""

from itertools import chain
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.ir.program import InputMode, Program
from mcucompile.memory import order_search, plan_rows
from mcucompile.memory.conflicts import find_conflicts
from mcucompile.memory.cuts import Cuts
from mcucompile.memory.measures import Measures
from mcucompile.memory.order_search import Arrangement, OrderSearch
from mcucompile.memory.row_graph import row_graph
from mcucompile.memory.row_program import RowPrograms
from tests.memory.row_networks import row_networks
from tests.memory.zoo_programs import zoo_program


def search_of(whole: Program, fixed: int = 0) -> tuple[OrderSearch, Arrangement]:
    """fixed: how many of the first allocations stay where an arrangement of all puts them."""
    graph = row_graph(whole)
    cuts = Cuts(Measures(graph))
    rows = RowPrograms(whole, graph).of(cuts.least_cost(cuts.least_live_bytes(), 0.0, 200))
    conflicts = find_conflicts(list(chain.from_iterable(rows.choices)), rows.handovers)
    search = OrderSearch(rows.choices, conflicts, whole.alignment)
    numbers = range(len(rows.choices))
    arranged = search.arrange(numbers, [0] * len(numbers))
    if fixed:
        kept = dict(enumerate(arranged.offsets[:fixed]))
        search = OrderSearch(rows.choices, conflicts, whole.alignment, kept)
        arranged = search.arrange(numbers[fixed:], [0] * len(numbers))
    return search, arranged


def check_changes(whole: Program, random: Random, count: int, fixed: int = 0) -> None:
    search, now = search_of(whole, fixed)
    start = now
    for _ in range(count):
        changed = search.rearrange(now, search.change(now, random), lambda: True)
        assert changed is not None
        assert changed == search.arrange(changed.order, changed.chosen)
        assert changed.offsets[:fixed] == start.offsets[:fixed]
        now = changed


@given(row_networks(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_changing_a_part_is_the_same_as_arranging_all(whole: Program, random: Random) -> None:
    check_changes(whole, random, 20)


def test_changing_when_windows_slide_is_the_same_as_arranging_all() -> None:
    """A network of many windows: random ones seldom leave a choice of when they slide."""
    whole = zoo_program("mobilenet_v2", 0.35, 96, InputMode.ROWS)
    check_changes(whole, Random(0), 200)
    check_changes(whole, Random(0), 200, fixed=20)


def test_a_change_fits_only_what_it_concerns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fitting all allocations again after each change would be 66 times for each of 7,000 changes."""
    calls = 0
    lowest_offset = order_search.lowest_offset

    def counting(*args: object) -> int:
        nonlocal calls
        calls += 1
        return lowest_offset(*args)

    monkeypatch.setattr(order_search, "lowest_offset", counting)
    plan_rows(zoo_program("mobilenet_v2", 0.35, 96, InputMode.ROWS))
    assert calls < 75_000
