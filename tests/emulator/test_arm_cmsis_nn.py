"""Arm's own CMSIS-NN, where CMSIS_NN_PREFIX names builds of it: the same bits, and the scratch that it asks for."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from mcucompile.build import build
from mcucompile.errors import UsageError
from mcucompile.ir.program import InputMode, KernelLibrary
from mcucompile.lower import lower
from mcucompile.pipeline import BuildOptions
from mcucompile.target import CORES, find_target
from mcucompile.toolchain import emulate
from tests.codegen.row_programs import camera_graph
from tests.emulator.graphs import graph_called
from tests.emulator.images import build_graph, layer_by_layer
from tests.emulator.int8_builder import awkward_inputs
from tests.networks import tiny_model
from tests.quiet import QuietListener

GRAPHS = ("random-2", "traps")

SCRATCH_PROBE = """
#define CHECKED(needed, ctx, call) \\
    (MCU_TRACE(-1, (int)(needed), (int)(ctx)->size, (const int8_t *)(ctx), 0), call)
#define arm_convolve_wrapper_s8(ctx, p, q, in, x, f, w, bd, b, out, y) \\
    CHECKED(arm_convolve_wrapper_s8_get_buffer_size(p, in, f, out), ctx, \\
            arm_convolve_wrapper_s8(ctx, p, q, in, x, f, w, bd, b, out, y))
#define arm_convolve_s8(ctx, p, q, in, x, f, w, bd, b, up, out, y) \\
    CHECKED(arm_convolve_s8_get_buffer_size(in, f), ctx, arm_convolve_s8(ctx, p, q, in, x, f, w, bd, b, up, out, y))
#define arm_convolve_1x1_s8_fast(ctx, p, q, in, x, f, w, bd, b, out, y) \\
    CHECKED(arm_convolve_1x1_s8_fast_get_buffer_size(in), ctx, \\
            arm_convolve_1x1_s8_fast(ctx, p, q, in, x, f, w, bd, b, out, y))
#define arm_depthwise_conv_wrapper_s8(ctx, p, q, in, x, f, w, bd, b, out, y) \\
    CHECKED(arm_depthwise_conv_wrapper_s8_get_buffer_size(p, in, f, out), ctx, \\
            arm_depthwise_conv_wrapper_s8(ctx, p, q, in, x, f, w, bd, b, out, y))
#define arm_depthwise_conv_s8(ctx, p, q, in, x, f, w, bd, b, out, y) \\
    CHECKED(0, ctx, arm_depthwise_conv_s8(ctx, p, q, in, x, f, w, bd, b, out, y))
#define arm_fully_connected_s8(ctx, p, q, in, x, f, w, bd, b, out, y) \\
    CHECKED(arm_fully_connected_s8_get_buffer_size(f), ctx, \\
            arm_fully_connected_s8(ctx, p, q, in, x, f, w, bd, b, out, y))
#define arm_avgpool_s8(ctx, p, in, x, f, out, y) \\
    CHECKED(arm_avgpool_s8_get_buffer_size((out)->w, (in)->c), ctx, arm_avgpool_s8(ctx, p, in, x, f, out, y))
"""
"""Traces, as layer -1 before each layer, the bytes that the library asks for and those that the kernel is given."""


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("core", list(CORES))
def test_every_layer_equals_the_reference(
    tmp_path: Path, cmsis_nn_prefix: Callable[[str], Path], core: str, name: str
) -> None:
    graph, prefix = graph_called(name), cmsis_nn_prefix(core)
    build_graph(graph, find_target(core), tmp_path, cmsis_nn=prefix, arrange=layer_by_layer).assert_bit_exact()


@pytest.mark.parametrize("mode", InputMode)
@pytest.mark.parametrize("core", list(CORES))
def test_rows_of_a_camera_network(
    tmp_path: Path, cmsis_nn_prefix: Callable[[str], Path], core: str, mode: InputMode
) -> None:
    built = build_graph(camera_graph(), find_target(core), tmp_path, mode, cmsis_nn=cmsis_nn_prefix(core))
    assert built.program.segments
    built.assert_bit_exact()


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4", "cortex-m55"])
def test_scratch_is_what_the_library_asks_for(
    tmp_path: Path, cmsis_nn_prefix: Callable[[str], Path], core: str
) -> None:
    for name in GRAPHS:
        directory = tmp_path / name
        built = build_graph(
            graph_called(name),
            find_target(core),
            directory,
            cmsis_nn=cmsis_nn_prefix(core),
            edit=add_scratch_probe,
            arrange=layer_by_layer,
        )
        flat = awkward_inputs(built.graph.input_type.shape)[:1].reshape(1, -1)
        records = emulate(built.images.verify_elf, built.target, flat, built.graph.output_type.bytes, 120).records[0]
        sizes = {
            built.layers[layer.layer]: (probe.row_begin, probe.row_end)
            for probe, layer in pairwise(records)
            if probe.layer == -1
        }
        assert {layer: given for layer, (_, given) in sizes.items()} == {
            layer: needed for layer, (needed, _) in sizes.items()
        }
        assert len(sizes) >= 0.5 * len(built.layers)
        assert core == "cortex-m0" or any(needed > 0 for needed, _ in sizes.values())


def add_scratch_probe(directory: Path) -> None:
    (source,) = (path for path in (directory / "src").glob("*.c") if not path.name.endswith("_weights.c"))
    text = source.read_text()
    # Behind the definition of the trace hook, in front of the first layer.
    head, mark, tail = text.partition("/* Runs a layer; ends the inference if its kernel fails. */\n")
    assert mark
    source.write_text(head + SCRATCH_PROBE + mark + tail)


@pytest.mark.parametrize("core", list(CORES))
def test_the_traps_make_lower_take_other_functions(core: str) -> None:
    layers = lower(graph_called("traps"), CORES[core], KernelLibrary.CMSIS_NN, InputMode.ARENA).layers
    assert {layer.kernel for layer in layers} >= {
        "arm_convolve_s8",
        "arm_convolve_wrapper_s8",
        "arm_depthwise_conv_s8",
        "arm_depthwise_conv_wrapper_s8",
    }


def test_single_rounding_is_refused(tmp_path: Path, cmsis_nn_prefix: Callable[[str], Path]) -> None:
    prefix = cmsis_nn_prefix("cortex-m4-single-rounding")
    if not prefix.is_dir():
        pytest.skip(f"CMSIS_NN_PREFIX has no build with single rounding: {prefix}")
    model = tiny_model(tmp_path / "tiny.onnx")
    options = BuildOptions(model, tmp_path / "out", "tiny", find_target("cortex-m4"), cmsis_nn=prefix)
    with pytest.raises(UsageError) as caught:
        build(options, QuietListener())
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        f"error: --cmsis-nn {prefix}/lib/libcmsis-nn.a\n"
        "  found    built with single rounding (CMSIS_NN_USE_SINGLE_ROUNDING)\n"
        "  allowed  double rounding, whose bits the compiled model has\n"
        "  do       build CMSIS-NN without CMSIS_NN_USE_SINGLE_ROUNDING"
    )
    assert not (tmp_path / "out").exists()
