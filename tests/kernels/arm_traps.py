"""Calls that Arm's CMSIS-NN answers wrongly, reading outside the input: never to be sent to it.

Both come from padding at the right and bottom, which the API does not state: it follows from the output's size.
"""

from tests.int8_cases import Case


def beyond(case: Case, kernel: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns by which the last window leaves the input at the bottom and at the right."""
    top, bottom, left, right = case["padding"]
    stride, dilation = case["stride"], case["dilation"]
    _, height, width, _ = case["x"].shape
    extent_h, extent_w = (kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1
    unused_h, unused_w = (height + top + bottom - extent_h) % stride[0], (width + left + right - extent_w) % stride[1]
    return bottom - unused_h, right - unused_w


def pointwise_padded_behind(case: Case) -> bool:
    """arm_convolve_wrapper_s8: a 1x1 kernel padded only at the bottom or right is taken for an unpadded one."""
    return (
        case["weights"].shape[1:3] == (1, 1)
        and case["weights"].shape[3] == case["x"].shape[3]
        and case["dilation"] == (1, 1)
        and case["padding"][0] == case["padding"][2] == 0
        and max(beyond(case, (1, 1))) > 0
    )


def depthwise_3x3_padded_right(case: Case) -> bool:
    """arm_depthwise_conv_wrapper_s8: the 3x3 path takes the middle kernel column to lie inside the input always."""
    return (
        case["weights"].shape == (3, 3, case["x"].shape[3])
        and len(case["x"]) == 1
        and case["dilation"] == (1, 1)
        and max(case["padding"][0], case["padding"][2]) <= 1
        and beyond(case, (3, 3))[1] > 1
    )
