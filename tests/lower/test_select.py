"""Which C function runs a layer, and its scratch: with our kernels, and with Arm's on three kinds of core."""

import pytest

from mcucompile.ir.operators import Mean, Operator
from mcucompile.ir.program import InputMode, KernelLibrary, Layer
from mcucompile.ir.tensors import Shape
from mcucompile.lower import lower
from mcucompile.target import CORES
from tests.lower.int8_nodes import (
    average_pool,
    convolution,
    depthwise,
    factors,
    fully_connected,
    graph_of,
    one_factor,
    window,
)

SAME = (1, 1, 1, 1)
PLAIN, DSP, MVE = "cortex-m0", "cortex-m4", "cortex-m55"


def layer(operator: Operator, shape: Shape, core: str = DSP, library: KernelLibrary = KernelLibrary.CMSIS_NN) -> Layer:
    return lower(graph_of(operator, shape), CORES[core], library, InputMode.ARENA).layers[0]


def arm(operator: Operator, shape: Shape) -> list[tuple[str, int]]:
    """Kernel and scratch bytes with Arm's library, without SIMD, with DSP instructions, with MVE."""
    layers = [layer(operator, shape, core) for core in (PLAIN, DSP, MVE)]
    return [(each.kernel.removeprefix("arm_"), each.scratch_bytes) for each in layers]


@pytest.mark.parametrize(
    ("operator", "shape", "kernel"),
    [
        (convolution(window(pad=SAME), 4, 8), Shape(6, 6, 4), "arm_convolve_s8"),
        (convolution(window(pad=SAME), 4, 8, groups=2), Shape(6, 6, 4), "arm_convolve_s8"),
        (convolution(window((1, 1)), 4, 8), Shape(6, 6, 4), "arm_convolve_1x1_s8_fast"),
        (convolution(window((1, 1), stride=(2, 2)), 4, 8), Shape(6, 6, 4), "arm_convolve_wrapper_s8"),
        (convolution(window((1, 1), pad=(0, 1, 0, 0)), 4, 8), Shape(6, 6, 4), "arm_convolve_wrapper_s8"),
        (convolution(window((1, 1)), 4, 8, groups=2), Shape(6, 6, 4), "arm_convolve_s8"),
        (convolution(window((1, 3), pad=(0, 0, 1, 0)), 4, 8), Shape(1, 6, 4), "arm_convolve_s8"),
        (depthwise(window(pad=SAME), 4), Shape(6, 6, 4), "arm_depthwise_conv_3x3_s8"),
        (depthwise(window(pad=(0, 2, 0, 2)), 4), Shape(6, 6, 4), "arm_depthwise_conv_3x3_s8"),
        (depthwise(window(pad=SAME), 4, 2), Shape(6, 6, 4), "arm_depthwise_conv_s8"),
        (depthwise(window(dilation=(2, 2)), 4), Shape(6, 6, 4), "arm_depthwise_conv_s8"),
        (depthwise(window((5, 5)), 4), Shape(6, 6, 4), "arm_depthwise_conv_s8"),
        (fully_connected(16, 3, one_factor(3)), Shape(2, 2, 4), "arm_fully_connected_s8"),
        (fully_connected(16, 3, factors(3)), Shape(2, 2, 4), "arm_convolve_1x1_s8_fast"),
        (average_pool(window((6, 6))), Shape(6, 6, 4), "arm_avgpool_s8"),
        (Mean(requantize=factors(1)), Shape(6, 6, 4), "mcu_mean_s8"),
    ],
)
def test_bundled_kernels_take_every_layer_and_no_scratch(operator: Operator, shape: Shape, kernel: str) -> None:
    for core in CORES:
        bound = layer(operator, shape, core, KernelLibrary.BUNDLED)
        assert (bound.kernel, bound.scratch_bytes) == (kernel, 0)


def test_scratch_of_arms_convolution() -> None:
    """Two columns of 3 · 3 · 5 = 45 elements of 16 bits, padded to 48; on MVE four of 8 bits, padded to 48."""
    operator = convolution(window(pad=SAME), 5, 8)
    assert arm(operator, Shape(6, 6, 5)) == [("convolve_wrapper_s8", 192)] * 3
    operator = convolution(window(pad=SAME), 3, 8)
    sizes = [4 * 28, 4 * 28, 4 * 32]
    assert arm(operator, Shape(6, 6, 3)) == [("convolve_wrapper_s8", size) for size in sizes]


def test_pointwise_convolutions_need_no_scratch() -> None:
    assert arm(convolution(window((1, 1)), 4, 8), Shape(6, 6, 4)) == [("convolve_1x1_s8_fast", 0)] * 3
    strided = convolution(window((1, 1), stride=(2, 2)), 4, 8)
    assert arm(strided, Shape(6, 6, 4)) == [("convolve_wrapper_s8", 0)] * 3


def test_scratch_of_arms_depthwise_convolution() -> None:
    """3x3: only MVE gathers, 4 · 124 · 9 bytes. 5x5: DSP gathers 16 bits for each of 25 · 6 taps."""
    assert arm(depthwise(window(pad=SAME), 6), Shape(6, 6, 6)) == [
        ("depthwise_conv_wrapper_s8", 0),
        ("depthwise_conv_wrapper_s8", 0),
        ("depthwise_conv_wrapper_s8", 4464),
    ]
    assert arm(depthwise(window((5, 5), pad=(2, 2, 2, 2)), 6), Shape(6, 6, 6)) == [
        ("depthwise_conv_wrapper_s8", 0),
        ("depthwise_conv_wrapper_s8", 300),
        ("depthwise_conv_wrapper_s8", 12400),
    ]


@pytest.mark.parametrize("operator", [depthwise(window(pad=SAME), 6, 2), depthwise(window(dilation=(2, 2)), 6)])
def test_arms_general_depthwise_convolution_needs_no_scratch(operator: Operator) -> None:
    assert arm(operator, Shape(6, 6, 6)) == [("depthwise_conv_wrapper_s8", 0)] * 3


def test_scratch_of_arms_average_pool() -> None:
    sizes = [0, 24, 0]
    assert arm(average_pool(window((6, 6))), Shape(6, 6, 6)) == [("avgpool_s8", size) for size in sizes]


@pytest.mark.parametrize(
    ("pad", "stride", "width", "is_wrong"),
    [
        ((1, 1, 1, 2), (1, 1), 6, True),
        ((0, 2, 0, 2), (1, 1), 6, True),
        ((1, 1, 0, 2), (2, 2), 7, True),
        ((0, 0, 0, 2), (1, 1), 1, True),
        ((2, 0, 1, 2), (1, 1), 6, True),
        ((1, 2, 1, 1), (1, 1), 6, False),
        ((1, 1, 0, 1), (2, 2), 6, False),
        ((1, 1, 0, 2), (2, 2), 6, False),
    ],
)
def test_arms_3x3_depthwise_path_never_gets_right_padding_above_1(
    pad: tuple[int, int, int, int], stride: tuple[int, int], width: int, is_wrong: bool
) -> None:
    """Padding that a stride leaves unread does no harm: of 6 columns and 2 of padding, the windows cover 7."""
    plain, dsp, mve = arm(depthwise(window(stride=stride, pad=pad), 4), Shape(6, width, 4))
    expected = "depthwise_conv_s8" if is_wrong else "depthwise_conv_wrapper_s8"
    assert (plain, dsp) == ((expected, 0), (expected, 0))
    assert mve == ("depthwise_conv_wrapper_s8", 4464)


def test_arms_dsp_depthwise_path_never_gets_windows_outside_the_input() -> None:
    """With 4 rows of padding, the first window of 2 rows would clear more of the scratch than there is."""
    operator = depthwise(window((2, 2), pad=(4, 0, 0, 0)), 4)
    assert arm(operator, Shape(6, 6, 4)) == [
        ("depthwise_conv_wrapper_s8", 0),
        ("depthwise_conv_s8", 0),
        ("depthwise_conv_wrapper_s8", 4 * 124 * 4),
    ]


def test_arms_mve_depthwise_path_never_gets_a_single_input_channel() -> None:
    kernels = [kernel for kernel, _ in arm(depthwise(window(pad=SAME), 1, 8), Shape(6, 6, 1))]
    assert kernels == ["depthwise_conv_wrapper_s8", "depthwise_conv_wrapper_s8", "depthwise_conv_s8"]


@pytest.mark.parametrize("height", [1, 6])
def test_arms_mve_row_path_is_never_taken(height: int) -> None:
    """Inputs, or blocks, of one row with a 1xN kernel, if stride times channels is a multiple of 4."""
    operator = convolution(window((1, 3), stride=(1, 2), pad=(0, 0, 1, 1)), 4, 8)
    assert arm(operator, Shape(height, 6, 4)) == [
        ("convolve_wrapper_s8", 48),
        ("convolve_wrapper_s8", 48),
        ("convolve_s8", 64),
    ]
    assert arm(convolution(window((1, 3)), 3, 8), Shape(1, 6, 3))[2] == ("convolve_wrapper_s8", 64)


def test_arms_1x1_path_never_gets_padding() -> None:
    """It looks at the top and left alone, and would read on behind the input."""
    operator = convolution(window((1, 1), pad=(0, 1, 0, 1)), 4, 8)
    assert arm(operator, Shape(6, 6, 4)) == [("convolve_s8", 16), ("convolve_s8", 16), ("convolve_s8", 64)]
    block_without_top = convolution(window((1, 1), pad=(1, 0, 0, 1)), 4, 8)
    assert arm(block_without_top, Shape(6, 6, 4))[0] == ("convolve_s8", 16)
    unread = convolution(window((1, 1), stride=(2, 2), pad=(0, 0, 0, 1)), 4, 8)
    assert arm(unread, Shape(5, 5, 4))[0] == ("convolve_wrapper_s8", 0)
