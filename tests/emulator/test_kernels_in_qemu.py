"""Every bundled kernel on every target, bit for bit, in random graphs and in the one that Arm's library finds hard."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.program import InputMode, KernelLibrary
from mcucompile.ir.shapes import window_of
from mcucompile.ir.tensors import Shape
from mcucompile.lower import lower
from mcucompile.lower.padding import padding_read
from mcucompile.reference.evaluate import evaluate_int8
from mcucompile.target import CORES, find_target, targets
from mcucompile.toolchain.elf import functions
from tests.emulator.arm_trap_graph import window
from tests.emulator.graphs import graph_called
from tests.emulator.images import build_graph, layer_by_layer
from tests.emulator.int8_builder import INPUT, Int8Builder, awkward_inputs

GRAPHS = ("random-0", "random-1", "traps")


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("target", list(targets()))
def test_every_layer_equals_the_reference(tmp_path: Path, target: str, name: str) -> None:
    graph = graph_called(name)
    build_graph(graph, find_target(target), tmp_path, arrange=layer_by_layer).assert_bit_exact()


@pytest.mark.parametrize(
    ("name", "target", "optimize"),
    [
        ("vectors", "cortex-m55", "speed"),
        ("pointwise", "cortex-m4", "speed"),
        ("windows", "cortex-m4", "size"),
        ("taps", "cortex-m33", "speed"),
        ("packed", "cortex-m0", "speed"),
        ("packed", "cortex-m3", "size"),
    ],
)
def test_every_path(tmp_path: Path, name: str, target: str, optimize: str) -> None:
    """Against the reference itself. test_kernel_fuzz.py has all cores and optimizations, against portable C."""
    graph = graph_called(name)
    built = build_graph(graph, find_target(target), tmp_path, optimize=optimize, arrange=layer_by_layer)
    built.assert_bit_exact()


@pytest.mark.parametrize("name", GRAPHS)
def test_odd_addresses_on_a_core_that_faults_on_them(tmp_path: Path, name: str) -> None:
    """The micro:bit takes no unaligned word. Here tensors lie anywhere in the arena, and weights anywhere in flash."""
    target, graph = find_target("microbit"), graph_called(name)
    built = build_graph(
        graph,
        target,
        tmp_path,
        optimize="size",
        alignment=1,
        edit=move_tables_to_odd_addresses,
        arrange=layer_by_layer,
    )
    tables = [at for symbol, at in addresses(built.images.verify_elf).items() if TABLE.fullmatch(symbol)]
    tensors = [placement.offset for placement in built.plan.tensors.values()]
    assert {place % 4 for place in tables} >= {1, 2}
    assert any(place % 2 for place in tensors)
    built.assert_bit_exact()


TABLE = re.compile(r"\w+_layer_\d+_(weights|table)")
DEFINITION = re.compile(rf"const int8_t ({TABLE.pattern})\[(\d+)\] = {{")


def move_tables_to_odd_addresses(directory: Path) -> None:
    """Each int8 table becomes the end of a longer one, that begins with 1 to 3 bytes which nobody reads."""
    (source,) = (directory / "src").glob("*_weights.c")
    labels = []

    def define(match: re.Match[str]) -> str:
        name, size, more = match[1], match[3], 1 + len(labels) % 3
        labels.append(f'__asm__(".global {name}\\n.set {name}, {name}_in + {more}");\n')
        return f"__attribute__((used)) static const int8_t {name}_in[{more} + {size}] = {{{'99, ' * more}"

    source.write_text("".join([DEFINITION.sub(define, source.read_text()), *labels]))


def addresses(elf: Path) -> dict[str, int]:
    listing = subprocess.run(["arm-none-eabi-nm", elf], check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in listing.splitlines())
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3}


def test_equal_layers_stay_functions_of_their_own(tmp_path: Path) -> None:
    """GCC would merge two functions of one content; then stack depth and profile miss a layer."""
    builder = Int8Builder("twins", Shape(4, 4, 3), seed=0)
    builder.average_pool(INPUT, window((2, 2)))
    builder.fully_connected(INPUT, 2, one_factor=True)
    pool, output = builder.nodes
    graph = builder.graph().with_nodes([pool, replace(pool, name="twin"), output])
    built = build_graph(graph, find_target("cortex-m4"), tmp_path, arrange=layer_by_layer)
    assert built.plan.tensors["twin"] == built.plan.tensors[pool.name]
    layers = {f.name: f.addresses.start for f in functions(built.images.elf) if f.name.startswith("twins_layer_")}
    assert len(set(layers.values())) == len(layers) == 3
    built.assert_bit_exact()


def test_the_graphs_reach_every_kernel() -> None:
    kernels = {
        layer.kernel
        for name in GRAPHS
        for layer in lower(graph_called(name), CORES["cortex-m4"], KernelLibrary.BUNDLED, InputMode.ARENA).layers
    }
    assert kernels == {
        "arm_convolve_wrapper_s8",
        "arm_convolve_s8",
        "arm_convolve_1x1_s8_fast",
        "arm_depthwise_conv_3x3_s8",
        "arm_depthwise_conv_s8",
        "arm_fully_connected_s8",
        "arm_avgpool_s8",
        "arm_max_pool_s8",
        "arm_elementwise_add_s8",
        "arm_elementwise_mul_s8",
        "arm_softmax_s8",
        "mcu_channel_scale_s8",
        "mcu_concat_s8",
        "mcu_lookup_s8",
        "mcu_mean_s8",
    }


def test_the_random_graphs_are_awkward() -> None:
    seen = set()
    for graph in map(graph_called, GRAPHS[:2]):
        for node in graph:
            source, operator, over = graph.input_types(node)[0], node.operator, window_of(node.operator)
            seen |= {("channels", source.shape.c % 4), ("zero point", source.quantized().zero_point)}
            if isinstance(operator, Conv2D | DepthwiseConv2D | FullyConnected):
                assert operator.requantize is not None
                seen |= {"left shift" if shift > 0 else "right shift" for shift in operator.requantize.shift}
                seen |= {"huge bias"} if np.abs(operator.bias).max() > 2**27 else set()
            if over is not None:
                pads = padding_read(over, source.shape, node.type.shape)
                seen |= {("stride", max(over.stride)), ("dilation", max(over.dilation)), ("right", pads.right)}
            if isinstance(operator, Conv2D):
                seen |= {("groups", operator.groups)}
            if isinstance(operator, DepthwiseConv2D):
                seen |= {("multiplier", len(operator.bias) // source.shape.c)}
    assert seen >= {"left shift", "right shift", "huge bias", ("right", 2), ("right", 3), ("multiplier", 2)}
    assert seen >= {("channels", 1), ("channels", 3), ("zero point", -128), ("zero point", 127), ("zero point", 0)}
    assert seen >= {(what, size) for what in ("stride", "dilation") for size in (1, 2, 3)}
    assert seen >= {("groups", 1), ("groups", 3), ("groups", 5)}


def test_most_layers_answer_to_their_input() -> None:
    for name in GRAPHS:
        graph = graph_called(name)
        tensors = evaluate_int8(graph, awkward_inputs(graph.input_type.shape))
        varied = [name for name, x in tensors.items() if len(np.unique(x)) >= min(20, x[0].size)]
        assert len(varied) > 0.4 * len(tensors)
        assert graph.output in varied
