"""The sliding window of a convolution or pool, and how many zeros surround its input."""

from dataclasses import dataclass

Pair = int | tuple[int, int]
"""(vertical, horizontal), or one number for both."""

Pads = int | str
"""How many zeros on each side, or SAME."""

SAME = "same"
"""TensorFlow's padding: as many zeros as ceil(size / stride) outputs need, the odd one at the end."""


@dataclass(frozen=True)
class Span:
    """A window along one axis: `before` and `after` are the zeros at the two ends."""

    kernel: int
    stride: int
    before: int
    after: int

    def output(self, size: int, ceil_mode: bool = False) -> int:
        """How many windows fit; with ceil_mode also one that sticks out."""
        free = size + self.before + self.after - self.kernel
        return (free + (self.stride - 1 if ceil_mode else 0)) // self.stride + 1


@dataclass(frozen=True)
class Window:
    """Over a plane."""

    rows: Span
    cols: Span

    @staticmethod
    def over(height: int, width: int, kernel: Pair, stride: Pair, pads: Pads) -> "Window":
        """The window for a plane of height x width."""
        kernels, strides = pair(kernel), pair(stride)
        rows, cols = (_span(*axis, pads) for axis in zip((height, width), kernels, strides, strict=True))
        return Window(rows, cols)

    def attributes(self) -> dict[str, list[int]]:
        """As ONNX spells them."""
        return {
            "kernel_shape": [self.rows.kernel, self.cols.kernel],
            "strides": [self.rows.stride, self.cols.stride],
            "pads": [self.rows.before, self.cols.before, self.rows.after, self.cols.after],
        }


def pair(value: Pair) -> tuple[int, int]:
    """Both numbers.

    >>> pair(3), pair((10, 4))
    ((3, 3), (10, 4))
    """
    return (value, value) if isinstance(value, int) else value


def _span(size: int, kernel: int, stride: int, pads: Pads) -> Span:
    if isinstance(pads, int):
        return Span(kernel, stride, pads, pads)
    outputs = -(-size // stride)
    zeros = max((outputs - 1) * stride + kernel - size, 0)
    return Span(kernel, stride, zeros // 2, zeros - zeros // 2)
