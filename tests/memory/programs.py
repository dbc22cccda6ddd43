"""Programs without arithmetic: shapes, steps and kernels' declarations, which is all that memory planning looks at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mcucompile.ir.graph import Interface, Node
from mcucompile.ir.operators import NO_CLAMP, Add, Lookup, Operator
from mcucompile.ir.program import InputMode, Layer, Program, Rows, Slide, Step
from mcucompile.ir.tensors import Quantization, Shape, TensorType

ANY = Quantization(1.0, 0)
TABLE = Lookup(np.zeros(256, np.int8))


@dataclass(frozen=True)
class Make:
    """A layer that makes tensor `name` from `inputs`, all rows from all rows unless `reads` says otherwise."""

    name: str
    inputs: Sequence[str]
    shape: Shape
    overwrites: tuple[int, ...] = ()
    scratch_bytes: int = 0
    reads: tuple[Rows, ...] | None = None


def program(
    input_shape: Shape,
    *layers: Make,
    output: str | None = None,
    mode: InputMode = InputMode.ARENA,
    alignment: int = 4,
) -> Program:
    """One step a layer. The input is called x; the output is the last tensor unless `output` names another."""
    shapes = {"x": input_shape} | {layer.name: layer.shape for layer in layers}
    whole = {name: Rows(0, shape.h) for name, shape in shapes.items()}
    return Program(
        name="net",
        input="x",
        input_type=TensorType(input_shape, ANY),
        input_mode=mode,
        origin_input=Interface("x", "NHWC"),
        layers=tuple(_layer(index, layer) for index, layer in enumerate(layers)),
        steps=tuple(
            Step(index, whole[layer.name], layer.reads or tuple(whole[name] for name in layer.inputs))
            for index, layer in enumerate(layers)
        ),
        output=output or layers[-1].name,
        alignment=alignment,
    )


def with_steps(whole: Program, *steps: tuple[str, Rows, tuple[Rows, ...]]) -> Program:
    """The same layers, run by other steps: (tensor made, its rows, the rows read of each input)."""
    index = {layer.node.name: layer.index for layer in whole.layers}
    return replace(whole, steps=tuple(Step(index[name], rows, reads) for name, rows, reads in steps))


def with_slides(whole: Program, slides: dict[int, Slide]) -> Program:
    """The same steps, before which windows slide: step number -> slide."""
    steps = enumerate(whole.steps)
    return replace(whole, steps=tuple(replace(s, slides=(slides[i],)) if i in slides else s for i, s in steps))


def _layer(index: int, made: Make) -> Layer:
    operator: Operator = Add(NO_CLAMP) if len(made.inputs) == 2 else TABLE
    node = Node(made.name, operator, tuple(made.inputs), TensorType(made.shape, ANY))
    offsets = (0,) * len(made.inputs)
    return Layer(index, node, "kernel", offsets, None, made.scratch_bytes, made.overwrites)


def inverted_residuals(alpha: float, resolution: int, mode: InputMode = InputMode.ARENA) -> Program:
    """The activations of MobileNetV2 (Sandler et al. 2018, table 2) up to the last inverted residual block."""
    layers: list[Make] = []

    def make(name: str, inputs: Sequence[str], side: int, channels: int, overwrites: tuple[int, ...] = ()) -> str:
        layers.append(Make(name, inputs, Shape(side, side, channels), overwrites))
        return name

    side, depth = resolution // 2, _channels(32 * alpha)
    block = make("stem", ["x"], side, depth)
    for expansion, width, count, stride in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for i in range(count):
            source, number, channels = block, len(layers), _channels(width * alpha)
            if expansion > 1:
                block = make(f"expand{number}", [block], side, depth * expansion)
            side = -(-side // (stride if i == 0 else 1))
            block = make(f"depthwise{number}", [block], side, depth * expansion)
            block = make(f"project{number}", [block], side, channels)
            if i > 0:
                block = make(f"sum{number}", [source, block], side, channels, (0, 1))
            depth = channels
    return program(Shape(resolution, resolution, 3), *layers, mode=mode)


def separable(alpha: float, resolution: int) -> Program:
    """The activations of MobileNetV1 (Howard et al. 2017, table 1) up to the pooling."""
    side, depth = resolution // 2, int(32 * alpha)
    layers = [Make("stem", ["x"], Shape(side, side, depth))]
    for width, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2)):
        side //= stride
        layers.append(Make(f"depthwise{len(layers)}", [layers[-1].name], Shape(side, side, depth)))
        depth = int(width * alpha)
        layers.append(Make(f"pointwise{len(layers)}", [layers[-1].name], Shape(side, side, depth)))
    return program(Shape(resolution, resolution, 3), *layers)


def _channels(wanted: float) -> int:
    """MobileNetV2's rounding to multiples of 8, at most 10 % down."""
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded
