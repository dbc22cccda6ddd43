"""Random calls of the int8 operators, as keyword arguments: for the reference, for its oracle and for the C kernels.

Every case keeps its accumulators, shifted left for requantization, within 32 bits; extremes are frequent.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st

Case = dict[str, Any]

offsets = st.sampled_from([-128, -127, -1, 0, 1, 3, 100, 127])
input_offsets = st.sampled_from([-127, -100, -1, 0, 1, 5, 128])
FILLS = ("random", "lowest", "highest", "extremes")


def int8_array(draw: st.DrawFn, *shape: int) -> np.ndarray:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    fill = draw(st.sampled_from(FILLS))
    if fill == "lowest":
        return np.full(shape, -128, np.int8)
    if fill == "highest":
        return np.full(shape, 127, np.int8)
    if fill == "extremes":
        return rng.choice(np.array([-128, 127], np.int8), shape)
    return rng.integers(-128, 128, shape).astype(np.int8)


def factors(draw: st.DrawFn, channels: int, largest_acc: int) -> tuple[np.ndarray, np.ndarray]:
    """Multipliers and shifts for accumulators of this magnitude: many near the scale of int8, some far off."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    to_int8 = 7 - int(largest_acc).bit_length()
    highest_shift = 31 - int(largest_acc).bit_length()
    if draw(st.booleans()):
        shift = rng.integers(to_int8 - 1, to_int8 + 3, channels)
    else:
        shift = rng.integers(-31, highest_shift + 1, channels)
    multiplier = rng.integers(2**30, 2**31, channels)
    if draw(st.booleans()):
        multiplier = rng.choice([0, 2**30, 2**30 + 1, 2**31 - 1], channels)
    return multiplier.astype(np.int32), np.clip(shift, -31, highest_shift).astype(np.int32)


def bias_array(draw: st.DrawFn, channels: int) -> np.ndarray:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    limit = draw(st.sampled_from([1, 1000, 2**20, 2**28]))
    return rng.integers(-limit, limit, channels).astype(np.int32)


def clamps(draw: st.DrawFn) -> tuple[int, int]:
    low, high = sorted((draw(st.sampled_from([-128, -128, -100, -3, 0])), draw(st.sampled_from([127, 127, 100, 3, 0]))))
    return low, high


def window(draw: st.DrawFn, x: np.ndarray, kernel: tuple[int, int], dilated: bool = True) -> Case:
    """Stride, asymmetric padding (any, also beyond the kernel) and dilation, with at least one output."""
    small = st.integers(1, 3)
    pads = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4])
    dilation = (draw(small), draw(small)) if dilated and draw(st.booleans()) else (1, 1)
    top, left = draw(pads), draw(pads)
    bottom = max(draw(pads), (kernel[0] - 1) * dilation[0] + 1 - x.shape[1] - top)
    right = max(draw(pads), (kernel[1] - 1) * dilation[1] + 1 - x.shape[2] - left)
    return {
        "stride": (draw(small), draw(small)),
        "padding": (top, bottom, left, right),
        "dilation": dilation,
    }


def products(draw: st.DrawFn, channels: int, per_output: int) -> Case:
    """What every operator that sums products has: offsets, bias, factors, clamp."""
    bias = bias_array(draw, channels)
    multiplier, shift = factors(draw, channels, per_output * 255 * 128 + int(np.abs(bias.astype(np.int64)).max()))
    act_min, act_max = clamps(draw)
    return {
        "bias": bias,
        "input_offset": draw(input_offsets),
        "output_offset": draw(offsets),
        "multiplier": multiplier,
        "shift": shift,
        "act_min": act_min,
        "act_max": act_max,
    }


@st.composite
def convolutions(draw: st.DrawFn) -> Case:
    kernel = draw(st.sampled_from([(1, 1), (3, 3), (1, 3), (3, 1), (2, 2), (5, 4)]))
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    kernel_ch, group_ch = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    x = int8_array(draw, draw(st.integers(1, 2)), *(draw(st.integers(1, 6)) for _ in range(2)), groups * kernel_ch)
    weights = int8_array(draw, groups * group_ch, *kernel, kernel_ch)
    case = products(draw, groups * group_ch, kernel[0] * kernel[1] * kernel_ch)
    return {"x": x, "weights": weights, **case, **window(draw, x, kernel)}


@st.composite
def pointwise_convolutions(draw: st.DrawFn, stride: tuple[int, int] | None = None) -> Case:
    input_ch, output_ch = draw(st.integers(1, 40)), draw(st.integers(1, 9))
    x = int8_array(draw, draw(st.integers(1, 2)), draw(st.integers(1, 5)), draw(st.integers(1, 5)), input_ch)
    return {
        "x": x,
        "weights": int8_array(draw, output_ch, 1, 1, input_ch),
        **products(draw, output_ch, input_ch),
        "stride": stride or (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        "padding": (0, 0, 0, 0),
        "dilation": (1, 1),
    }


@st.composite
def depthwise_convolutions(draw: st.DrawFn) -> Case:
    kernel = draw(st.sampled_from([(3, 3), (3, 3), (1, 1), (5, 5), (2, 3)]))
    input_ch, ch_mult = draw(st.integers(1, 9)), draw(st.sampled_from([1, 1, 2, 3, 4]))
    x = int8_array(draw, draw(st.integers(1, 2)), *(draw(st.integers(1, 7)) for _ in range(2)), input_ch)
    weights = int8_array(draw, *kernel, input_ch * ch_mult)
    case = products(draw, input_ch * ch_mult, kernel[0] * kernel[1])
    return {"x": x, "weights": weights, **case, **window(draw, x, kernel)}


@st.composite
def plain_3x3_depthwise_convolutions(draw: st.DrawFn) -> Case:
    input_ch = draw(st.integers(1, 9))
    x = int8_array(draw, draw(st.integers(1, 2)), *(draw(st.integers(1, 7)) for _ in range(2)), input_ch)
    weights = int8_array(draw, 3, 3, input_ch)
    return {"x": x, "weights": weights, **products(draw, input_ch, 9), **window(draw, x, (3, 3), dilated=False)}


@st.composite
def fully_connected_layers(draw: st.DrawFn) -> Case:
    output_ch = draw(st.integers(1, 9))
    x = int8_array(
        draw, draw(st.integers(1, 2)), draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 70))
    )
    depth = x[0].size
    case = products(draw, output_ch, depth)
    case |= {"multiplier": int(case["multiplier"][0]), "shift": int(case["shift"].min())}
    return {"x": x, "weights": int8_array(draw, output_ch, depth), **case}


@st.composite
def additions(draw: st.DrawFn) -> Case:
    size = draw(st.integers(1, 50))
    case: Case = {"x1": int8_array(draw, size), "x2": int8_array(draw, size)}
    for side in ("input_1", "input_2"):
        multiplier, shift = factors(draw, 1, 2**30)
        case |= {f"{side}_offset": draw(input_offsets)}
        case |= {f"{side}_multiplier": int(multiplier[0]), f"{side}_shift": min(int(shift[0]), 0)}
    multiplier, shift = factors(draw, 1, 2**29)
    act_min, act_max = clamps(draw)
    return case | {
        "output_offset": draw(offsets),
        "output_multiplier": int(multiplier[0]),
        "output_shift": int(shift[0]),
        "act_min": act_min,
        "act_max": act_max,
    }


@st.composite
def multiplications(draw: st.DrawFn) -> Case:
    size = draw(st.integers(1, 50))
    multiplier, shift = factors(draw, 1, 255 * 255)
    act_min, act_max = clamps(draw)
    return {
        "x1": int8_array(draw, size),
        "x2": int8_array(draw, size),
        "input_1_offset": draw(input_offsets),
        "input_2_offset": draw(input_offsets),
        "output_offset": draw(offsets),
        "multiplier": int(multiplier[0]),
        "shift": int(shift[0]),
        "act_min": act_min,
        "act_max": act_max,
    }


@st.composite
def channel_scalings(draw: st.DrawFn) -> Case:
    """x1 [1, H, W, C] and one number for each of its channels."""
    channels = draw(st.integers(1, 20))
    shape = (1, draw(st.integers(1, 4)), draw(st.integers(1, 4)), channels)
    return draw(multiplications()) | {"x1": int8_array(draw, *shape), "x2": int8_array(draw, 1, 1, 1, channels)}


@st.composite
def means(draw: st.DrawFn) -> Case:
    """x [N, H, W, C] and one factor for the sums over H and W."""
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    multiplier, shift = factors(draw, 1, 255 * height * width)
    act_min, act_max = clamps(draw)
    return {
        "x": int8_array(draw, 1, height, width, draw(st.integers(1, 20))),
        "input_offset": draw(input_offsets),
        "output_offset": draw(offsets),
        "multiplier": int(multiplier[0]),
        "shift": int(shift[0]),
        "act_min": act_min,
        "act_max": act_max,
    }


@st.composite
def concatenations(draw: st.DrawFn) -> list[np.ndarray]:
    """Two to five [1, H, W, any C]."""
    size = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    return [int8_array(draw, 1, *size, draw(st.integers(1, 9))) for _ in range(draw(st.integers(2, 5)))]


@st.composite
def poolings(draw: st.DrawFn) -> Case:
    """Windows that all hold at least one input element."""
    kernel = (draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    top, bottom = (draw(st.integers(0, kernel[0] - 1)) for _ in range(2))
    left, right = (draw(st.integers(0, kernel[1] - 1)) for _ in range(2))
    height = draw(st.integers(max(1, kernel[0] - top - bottom), 8))
    width = draw(st.integers(max(1, kernel[1] - left - right), 8))
    act_min, act_max = clamps(draw)
    return {
        "x": int8_array(draw, draw(st.integers(1, 2)), height, width, draw(st.integers(1, 9))),
        "kernel": kernel,
        "stride": (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        "padding": (top, bottom, left, right),
        "act_min": act_min,
        "act_max": act_max,
    }


@st.composite
def softmax_inputs(draw: st.DrawFn) -> np.ndarray:
    return int8_array(draw, draw(st.integers(1, 3)), draw(st.integers(1, 40)))
