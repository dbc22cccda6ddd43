"""The three ways to hand over the input, in QEMU: bit-exact, and within what each promises."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from mcucompile.errors import NotBitExactError
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Padding, Size2D, Window
from mcucompile.ir.program import InputMode
from mcucompile.ir.tensors import Shape
from mcucompile.target import find_target
from mcucompile.toolchain import run_board_image
from tests.emulator.images import Arrange, Built, build_graph, layer_by_layer, row_by_row
from tests.emulator.int8_builder import INPUT, Int8Builder

INPUT_ARRAY = "static int8_t external_input[MODEL_INPUT_BYTES] __attribute__((aligned(16)));\n"
MOVED_INPUT = """\
static int8_t input_bytes[MODEL_INPUT_BYTES + {address}] __attribute__((aligned(16)));
#define external_input (input_bytes + {address})
"""


@cache
def reads_its_input_twice() -> Graph:
    """The first layer, and the last but one after everything else: the input must not be overwritten between them."""
    builder = Int8Builder("twice", Shape(7, 5, 3), seed=4, zero_point=127)
    same = Window(Size2D(3, 3), padding=Padding(1, 1, 1, 1))
    stem = builder.conv(INPUT, same, 3)
    middle = builder.depthwise(builder.depthwise(stem, same), same)
    summed = builder.add(middle, INPUT)
    builder.softmax(builder.fully_connected(summed, 5, one_factor=False))
    return builder.graph()


@cache
def may_lose_its_input() -> Graph:
    """Element-wise layers in place, from the input on."""
    builder = Int8Builder("once", Shape(7, 5, 3), seed=5)
    looked_up = builder.lookup(builder.lookup(INPUT))
    builder.fully_connected(builder.add(looked_up, looked_up), 5, one_factor=True)
    return builder.graph()


@pytest.fixture(params=list(InputMode), ids=lambda mode: mode.value)
def mode(request: pytest.FixtureRequest) -> InputMode:
    result: InputMode = request.param
    return result


@pytest.mark.parametrize("arrange", [layer_by_layer, row_by_row])
@pytest.mark.parametrize("graph", [reads_its_input_twice, may_lose_its_input])
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m55", "microbit"])
def test_every_layer_equals_the_reference(
    tmp_path: Path, target: str, graph: Callable[[], Graph], arrange: Arrange, mode: InputMode
) -> None:
    built = build_graph(graph(), find_target(target), tmp_path, mode, arrange=arrange)
    built.assert_bit_exact()
    assert (built.program.input in built.plan.tensors) == (mode is not InputMode.EXTERNAL)


def test_the_flashed_image_passes_its_self_test(tmp_path: Path, mode: InputMode) -> None:
    built = build_graph(reads_its_input_twice(), find_target("microbit"), tmp_path, mode)
    assert run_board_image(built.images.elf, built.target, timeout_s=60).endswith(" PASS\n")


def test_an_external_input_needs_no_more_alignment_than_it_says(tmp_path: Path) -> None:
    build_with_input_at(tmp_path, 4).assert_bit_exact()


def test_an_external_input_at_an_odd_address_is_refused(tmp_path: Path) -> None:
    built = build_with_input_at(tmp_path, 1)
    with pytest.raises(NotBitExactError) as caught:
        built.verify()
    assert caught.value.problems[0].found == "exit status 2; it said: invoke returned 1"


def build_with_input_at(directory: Path, address: int) -> Built:
    """A harness whose input lies so many bytes behind a multiple of 16."""

    def move_input(directory: Path) -> None:
        harness = directory / "firmware/harness.c"
        text = harness.read_text()
        assert INPUT_ARRAY in text
        harness.write_text(text.replace(INPUT_ARRAY, MOVED_INPUT.format(address=address)))

    graph, target = reads_its_input_twice(), find_target("microbit")
    return build_graph(graph, target, directory, InputMode.EXTERNAL, edit=move_input)
