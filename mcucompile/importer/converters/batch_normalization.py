"""BatchNormalization -> channel_affine."""

import numpy as np

from mcucompile.importer.axes import axis, describe
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.registry import OnnxOperator
from mcucompile.importer.values import Activation
from mcucompile.ir.graph import ChannelStatistics
from mcucompile.ir.operators import ChannelAffine

INFERENCE = Constraint(
    "training_mode is 0 and only the first output is used",
    "put the model into inference mode (model.eval()) and export",
)
CHANNEL_AXIS = Constraint("the second axis is C", "normalize over the channels: the layout must be N, C, H, W or N, C")
STATISTICS = Constraint("scale, bias, mean and variance are constants, one number for each channel")
VARIANCE = Constraint("variance + epsilon is positive", "repair the running statistics, export again")


def convert_batch_normalization(node: OnnxNode, builder: GraphBuilder) -> Activation:
    """Ioffe and Szegedy 2015, algorithm 2: y = gamma · (x - mean) / sqrt(variance + epsilon) + beta.

    So the mean of y is beta, and its standard deviation |gamma|.
    """
    training = node.attributes.integer("training_mode", 0)
    INFERENCE.require(training == 0 and not any(node.outputs[1:]), "a node in training mode")
    x = node.activation()
    good = x.rank >= 2 and x.axes[1] == axis("C", x.shape.c)
    CHANNEL_AXIS.require(good, f"an input with the axes {describe(x.axes)}")
    gamma, beta, mean, variance = (node.weights(i, STATISTICS) for i in range(1, 5))
    for array in (gamma, beta, mean, variance):
        STATISTICS.require(array.shape == (x.shape.c,), f"shape {list(array.shape)} for {x.shape.c} channels")
    spread = variance + node.attributes.number("epsilon", 1e-5)
    VARIANCE.require(bool(np.all(spread > 0)), f"a smallest variance + epsilon of {spread.min():g}")

    scale = gamma / np.sqrt(spread)
    operator = ChannelAffine(scale.astype(np.float32), (beta - mean * scale).astype(np.float32))
    statistics = ChannelStatistics(beta.astype(np.float64), np.abs(gamma.astype(np.float64)))
    return builder.add(node, operator, [x], x.axes, gamma.size + beta.size, statistics)


BATCH_NORMALIZATION = OnnxOperator(
    "BatchNormalization",
    "channel_affine",
    (INFERENCE, CHANNEL_AXIS, STATISTICS, VARIANCE),
    convert_batch_normalization,
)
