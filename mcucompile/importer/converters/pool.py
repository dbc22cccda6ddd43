"""AveragePool, GlobalAveragePool and ReduceMean -> average_pool; MaxPool -> max_pool."""

from dataclasses import replace

from mcucompile.importer.axes import batch_of, describe, labelled, normalized
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation
from mcucompile.importer.windows import TWO_DIMENSIONS, WINDOW_CONSTRAINTS, image_input, read_window
from mcucompile.ir.operators import AveragePool, MaxPool, Size2D, Window
from mcucompile.ir.shapes import output_shape

COUNTED_PADDING = Constraint(
    "count_include_pad is 0, or there is no padding", "export with count_include_pad=False, or pool without padding"
)
DILATION = Constraint("the window of a pool has no dilation")
FULL_PADDING = Constraint("the padding is smaller than the window, so that every window holds an element")
REDUCED_AXES = Constraint("the mean is taken over H, W or both", "use global average pooling instead")


def convert_average_pool(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """The mean of the elements under the window."""
    x = image_input(node)
    window = _pool_window(node, x)
    counted = node.attributes.integer("count_include_pad", 0) != 0
    COUNTED_PADDING.require(not (counted and any(window.padding)), f"count_include_pad with pads {window.padding}")
    return _pooled(node, builder, x, AveragePool(window))


def convert_max_pool(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """The largest of the elements under the window; of quantized ones as well, in the same quantization."""
    x = image_input(node)
    return replace(_pooled(node, builder, x, MaxPool(_pool_window(node, x))), quantization=x.quantization)


def convert_global_average_pool(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """The mean of the whole image."""
    x = image_input(node)
    return _pooled(node, builder, x, AveragePool(Window(Size2D(x.shape.h, x.shape.w))))


def convert_reduce_mean(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Axes are an attribute, from opset 18 on an input; without any, all axes are meant."""
    x = node.activation()
    chosen = node.integers("axes", 1)
    if not chosen and node.attributes.integer("noop_with_empty_axes", 0):
        return x
    reduced = normalized(chosen or range(x.rank), x.rank)
    factors = [factor for i in reduced for factor in x.axes[i]]
    letters = {factor.letter for factor in factors}
    found = f"the mean over {describe(tuple(x.axes[i] for i in reduced))}"
    REDUCED_AXES.require(letters <= {"H", "W"}, found)

    rest = tuple(() if i in reduced else product for i, product in enumerate(x.axes))
    if not node.attributes.integer("keepdims", 1):
        rest = tuple(product for i, product in enumerate(rest) if i not in reduced)
    if not letters:
        return Activation(x.tensor, x.shape, rest)
    kernel = Size2D(x.shape.h if "H" in letters else 1, x.shape.w if "W" in letters else 1)
    return builder.add(node, AveragePool(Window(kernel)), [x], rest)


def _pool_window(node: OnnxNode, x: Activation) -> Window:
    """The window of a pool. Raises ViolationError."""
    kernel = node.attributes.integers("kernel_shape") or ()
    TWO_DIMENSIONS.require(len(kernel) == 2, f"kernel_shape {list(kernel)}")
    window = read_window(node, Size2D(x.shape.h, x.shape.w), Size2D(*kernel))
    DILATION.require(window.dilation == (1, 1), f"dilations {window.dilation}")
    top, bottom, left, right = window.padding
    fits = max(top, bottom) < window.kernel.h and max(left, right) < window.kernel.w
    FULL_PADDING.require(fits, f"pads {window.padding} around a {window.kernel} window")
    return window


def _pooled(node: OnnxNode, builder: GraphBuilder, x: Activation, operator: AveragePool | MaxPool) -> Activation:
    axes = labelled("NCHW", output_shape(operator, [x.shape]), batch_of(x.axes))
    return builder.add(node, operator, [x], axes)


AVERAGE_POOL = OnnxOperator(
    "AveragePool",
    "average_pool",
    (*WINDOW_CONSTRAINTS, COUNTED_PADDING, DILATION, FULL_PADDING),
    convert_average_pool,
)
MAX_POOL = OnnxOperator(
    "MaxPool", "max_pool", (*WINDOW_CONSTRAINTS, DILATION, FULL_PADDING), convert_max_pool, integers=True
)
GLOBAL_AVERAGE_POOL = OnnxOperator(
    "GlobalAveragePool", "average_pool", (WINDOW_CONSTRAINTS[0],), convert_global_average_pool
)
REDUCE_MEAN = OnnxOperator("ReduceMean", "average_pool", (REDUCED_AXES,), convert_reduce_mean)
