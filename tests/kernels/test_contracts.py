"""What the bundled kernels refuse, and that they are right where Arm's are not."""

import ctypes

import numpy as np
import pytest

from mcucompile.reference import int8
from tests.int8_cases import Case
from tests.kernels.arm_traps import depthwise_3x3_padded_right, pointwise_padded_behind
from tests.kernels.cmsis_abi import Kernels, StatusError

ARG_ERROR, NO_IMPL_ERROR = "-1", "-2"


def filter_case(x_shape: tuple[int, ...], weights_shape: tuple[int, ...], output_ch: int, **changed: object) -> Case:
    return {
        "x": np.full(x_shape, 7, np.int8),
        "weights": np.full(weights_shape, 5, np.int8),
        "bias": np.zeros(output_ch, np.int32),
        "input_offset": 1,
        "output_offset": 0,
        "multiplier": np.full(output_ch, 2**30, np.int32),
        "shift": np.zeros(output_ch, np.int32),
        "stride": (1, 1),
        "padding": (0, 0, 0, 0),
        "dilation": (1, 1),
        "act_min": -128,
        "act_max": 127,
    } | changed


def test_pointwise_with_padding_at_the_right_only(bundled_kernels: Kernels) -> None:
    case = filter_case((1, 1, 1, 1), (1, 1, 1, 1), 1, padding=(0, 0, 0, 1))
    assert pointwise_padded_behind(case)
    for convolve_s8 in (int8.convolve_s8, bundled_kernels.convolve_s8):
        assert convolve_s8(**case).ravel().tolist() == [20, 0]


def test_depthwise_3x3_with_two_columns_of_padding_at_the_right(bundled_kernels: Kernels) -> None:
    case = filter_case((1, 3, 1, 1), (3, 3, 1), 1, padding=(0, 0, 0, 2))
    case["x"][0, :, 0, 0] = [1, 2, 3]
    assert depthwise_3x3_padded_right(case)
    for depthwise_conv_s8 in (int8.depthwise_conv_s8, bundled_kernels.depthwise_conv_s8):
        assert depthwise_conv_s8(**case).item() == 23


@pytest.mark.parametrize(
    ("function", "changed"),
    [
        ("arm_convolve_1x1_s8", {"padding": (0, 0, 1, 1)}),
        ("arm_convolve_1x1_s8_fast", {"padding": (1, 1, 0, 0)}),
        ("arm_convolve_1x1_s8_fast", {"stride": (2, 1)}),
        ("arm_convolve_s8", {"weights": np.zeros((2, 1, 1, 3), np.int8)}),
    ],
)
def test_convolutions_refuse_what_is_not_theirs(bundled_kernels: Kernels, function: str, changed: Case) -> None:
    case = filter_case((1, 2, 2, 4), (2, 1, 1, 4), 2, **changed)
    with pytest.raises(StatusError, match=ARG_ERROR):
        bundled_kernels.convolve_s8(**case, function=function)


@pytest.mark.parametrize(
    ("function", "weights_shape", "changed"),
    [
        ("arm_depthwise_conv_3x3_s8", (3, 2, 2), {}),
        ("arm_depthwise_conv_3x3_s8", (3, 3, 4), {}),
        ("arm_depthwise_conv_3x3_s8", (3, 3, 2), {"dilation": (1, 2)}),
        ("arm_depthwise_conv_s8", (3, 3, 3), {}),
    ],
)
def test_depthwise_convolutions_refuse_what_is_not_theirs(
    bundled_kernels: Kernels, function: str, weights_shape: tuple[int, ...], changed: Case
) -> None:
    case = filter_case((1, 6, 6, 2), weights_shape, weights_shape[2], **changed)
    with pytest.raises(StatusError, match=ARG_ERROR):
        bundled_kernels.depthwise_conv_s8(**case, function=function)


@pytest.mark.parametrize("pool", ["avgpool_s8", "max_pool_s8"])
def test_pools_refuse_a_window_of_padding_only(bundled_kernels: Kernels, pool: str) -> None:
    with pytest.raises(StatusError, match=ARG_ERROR):
        getattr(bundled_kernels, pool)(np.zeros((1, 2, 2, 1), np.int8), (1, 1), (1, 1), (0, 0, 1, 0), -128, 127)


def test_convolve_refuses_upscaling(bundled_library: ctypes.CDLL) -> None:
    dims = (ctypes.c_int32 * 16)(*[1] * 16)
    arguments = [dims] * 9
    assert bundled_library.arm_convolve_s8(None, *arguments, dims, dims) == int(NO_IMPL_ERROR)
