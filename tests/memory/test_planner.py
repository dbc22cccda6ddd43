import pytest
from hypothesis import given, settings

from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import InputMode, Program, Rows
from mcucompile.ir.tensors import Shape
from mcucompile.memory import plan_memory
from mcucompile.memory.validator import validate_placement
from tests.memory.pairs import clashes, fits, offsets_of
from tests.memory.programs import Make, inverted_residuals, program, separable
from tests.memory.strategies import programs

SMALL, LARGE = Shape(4, 2, 2), Shape(4, 4, 4)


def planned(whole: Program) -> MemoryPlan:
    plan = plan_memory(whole)
    validate_placement(whole, plan)
    return plan


def arena(whole: Program) -> int:
    """The planned arena, which must be the proven bound."""
    plan = planned(whole)
    assert plan.arena_bytes == plan.lower_bound_bytes
    return plan.arena_bytes


def test_a_chain_needs_its_largest_neighbours() -> None:
    chain = [Make("a", ["x"], LARGE), Make("b", ["a"], SMALL), Make("c", ["b"], LARGE), Make("d", ["c"], SMALL)]
    assert arena(program(SMALL, *chain)) == 64 + 16


def test_an_addition_takes_the_place_of_an_input_that_dies() -> None:
    residual = [Make("a", ["x"], LARGE), Make("b", ["a"], LARGE)]
    assert arena(program(SMALL, *residual, Make("sum", ["a", "b"], LARGE, overwrites=(0, 1)))) == 128
    assert arena(program(SMALL, *residual, Make("sum", ["a", "b"], LARGE))) == 192


def test_nothing_takes_the_place_of_a_tensor_that_is_read_again() -> None:
    layers = [
        Make("a", ["x"], LARGE),
        Make("swish", ["a"], LARGE, overwrites=(0,)),
        Make("sum", ["a", "swish"], LARGE, overwrites=(1,)),
    ]
    plan = planned(program(SMALL, *layers))
    assert plan.arena_bytes == plan.lower_bound_bytes == 128
    assert plan.tensors["swish"].offset != plan.tensors["a"].offset
    assert plan.tensors["sum"].offset == plan.tensors["swish"].offset


def test_a_chain_in_place_stays_where_it_is() -> None:
    layers = [Make(name, [source], LARGE, overwrites=(0,)) for source, name in zip("xabc", "abcd", strict=True)]
    assert arena(program(LARGE, *layers)) == 64
    assert arena(program(LARGE, *layers, mode=InputMode.EXTERNAL)) == 64


def test_an_external_input_is_not_in_the_arena() -> None:
    layers = [Make("a", ["x"], SMALL), Make("b", ["a"], SMALL)]
    assert arena(program(LARGE, *layers, mode=InputMode.EXTERNAL)) == 32
    assert arena(program(LARGE, *layers, mode=InputMode.ROWS)) == 80


def test_scratch_is_there_for_one_step() -> None:
    layers = [Make("a", ["x"], SMALL, scratch_bytes=100), Make("b", ["a"], SMALL), Make("c", ["b"], LARGE)]
    plan = planned(program(SMALL, *layers))
    assert plan.arena_bytes == plan.lower_bound_bytes == 16 + 16 + 100
    assert [(s.step, s.size) for s in plan.scratch] == [(0, 100)]


def test_offsets_are_aligned() -> None:
    odd = Shape(1, 1, 17)
    plan = planned(program(odd, Make("a", ["x"], odd), Make("b", ["a"], odd), alignment=16))
    assert plan.arena_bytes == plan.lower_bound_bytes == 64
    assert {placement.offset % 16 for placement in plan.tensors.values()} == {0}


def test_rows_that_nobody_reads_make_room() -> None:
    """The kernel reads two of eight rows, so that its output of six rows may lie upon the others."""
    tall, low = Shape(8, 1, 4), Shape(6, 1, 4)
    layer = Make("a", ["x"], low, reads=(Rows(0, 2),))
    assert arena(program(tall, layer)) == 32


def test_a_dead_end_lives_while_it_is_written() -> None:
    layers = [Make("dead", ["x"], LARGE), Make("a", ["x"], SMALL), Make("b", ["a"], LARGE)]
    assert arena(program(SMALL, *layers)) == 64 + 16


def test_the_output_stays_to_the_end() -> None:
    layers = [Make("a", ["x"], LARGE), Make("b", ["x"], LARGE), Make("c", ["b"], SMALL)]
    assert arena(program(SMALL, *layers, output="a")) == 64 + 64 + 16


def test_a_gap_that_no_placement_closes_counts_into_the_bound() -> None:
    """Found at random: 76 bytes live at once, but they only fit into 80, as trying every offset shows."""
    layers = [
        Make("a", ["x"], Shape(1, 1, 24)),
        Make("b", ["a"], Shape(1, 1, 32)),
        Make("c", ["b"], Shape(1, 1, 20)),
        Make("d", ["b"], Shape(1, 1, 16)),
        Make("e", ["x"], Shape(1, 1, 16)),
        Make("f", ["x", "b"], Shape(1, 1, 12)),
        Make("g", ["d"], Shape(1, 1, 16)),
        Make("h", ["b"], Shape(1, 1, 24)),
        Make("i", ["f"], Shape(1, 1, 24)),
    ]
    whole = program(Shape(1, 1, 8), *layers)
    assert arena(whole) == 80
    assert fits(whole, 80)
    assert not fits(whole, 76)


def test_tensors_in_one_place_are_moved_together() -> None:
    """Found at random: placing one by one at the lowest offset ends at 60 bytes, in every order that is tried."""
    five, six = Shape(1, 1, 20), Shape(1, 1, 24)
    layers = [
        Make("a", ["x", "x"], five, (0, 1)),
        Make("b", ["a", "x"], five, (0, 1)),
        Make("c", ["a", "a"], five, (0, 1)),
        Make("d", ["b", "c"], five, (0, 1)),
        Make("e", ["d"], six),
        Make("f", ["d", "d"], five, (0, 1)),
        Make("g", ["e", "e"], six, (0, 1)),
        Make("h", ["f", "f"], five, (0, 1)),
        Make("i", ["g"], six),
        Make("j", ["g", "i"], six, (0, 1)),
    ]
    assert arena(program(five, *layers)) == 48


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        (separable(0.25, 96), 55_296),
        (separable(0.5, 128), 196_608),
        (separable(1.0, 224), 1_204_224),
        (inverted_residuals(0.35, 96), 138_240),
        (inverted_residuals(0.35, 144), 311_040),
        (inverted_residuals(1.0, 224), 1_505_280),
    ],
)
def test_the_networks_reach_their_bound(whole: Program, expected: int) -> None:
    assert arena(whole) == expected


@given(programs(max_layers=16))
@settings(max_examples=60, deadline=None)
def test_every_plan_is_valid_and_not_below_its_bound(whole: Program) -> None:
    plan = planned(whole)
    assert plan.lower_bound_bytes <= plan.arena_bytes
    assert not clashes(whole, offsets_of(plan))


@given(programs(max_layers=7, reach=7, alignments=(16,)))
@settings(max_examples=40, deadline=None)
def test_no_smaller_arena_exists_for_small_programs(whole: Program) -> None:
    plan = planned(whole)
    assert plan.lower_bound_bytes == plan.arena_bytes
    assert not fits(whole, plan.arena_bytes - whole.alignment)


@given(programs())
@settings(max_examples=20, deadline=None)
def test_planning_twice_gives_the_same_plan(whole: Program) -> None:
    assert plan_memory(whole) == plan_memory(whole)
