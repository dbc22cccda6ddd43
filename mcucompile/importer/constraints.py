"""A restriction is one sentence: the check, the error message and the row of the supported-operator table."""

from dataclasses import dataclass

import numpy as np

from mcucompile.ir.tensors import Array


@dataclass(frozen=True)
class Constraint:
    """What has to hold (`sentence`, lower case, no full stop) and what to do where it does not (`remedy`)."""

    sentence: str
    remedy: str = "change this layer in the training framework and export the model again"

    def require(self, holds: bool, found: str) -> None:
        """Raise ViolationError unless `holds`."""
        if not holds:
            raise ViolationError(self, found)


class ViolationError(Exception):
    """A node breaks `constraint`; `found` says how. Caught by the conversion, which knows the node."""

    def __init__(self, constraint: Constraint, found: str) -> None:
        super().__init__(f"{found}: {constraint.sentence}")
        self.constraint = constraint
        self.found = found


COMPUTED_INPUT = Constraint(
    "the first input is computed from the graph's input, the others are constants",
    "make the other operand a constant (initializer) and export the model again",
)
ATTRIBUTE_TYPE = Constraint(
    "every attribute has the type that the ONNX specification gives it",
    "export the model again; this file is malformed",
)
FINITE = Constraint(
    "all constants are finite numbers",
    "the training diverged or the export is broken: repair the weights, export again",
)
FOLDABLE = Constraint(
    "whatever does not depend on the graph's input can be computed at compile time",
    "run onnxsim or onnxruntime's basic optimizations over the model first, so that the file stores this constant",
)
LAYOUT = Constraint(
    "axes can be permuted, merged and split again, but the image axes keep their meaning as N, C, H and W",
    "remove the reshape or transpose that mixes the axes before this node",
)
REAL_NUMBERS = Constraint(
    "only operators of quantized networks read int8 and uint8 tensors, the others floating-point numbers",
    "put a DequantizeLinear before this node, as onnxruntime's quantize_static does",
)

EVERY_OPERATOR = (COMPUTED_INPUT, ATTRIBUTE_TYPE, FINITE, FOLDABLE, LAYOUT, REAL_NUMBERS)
"""The constraints that hold for all operators."""


def require_finite(array: Array, tensor: str) -> None:
    """Raise ViolationError if a floating-point constant holds NaN or infinity."""
    bad = array.size - int(np.count_nonzero(np.isfinite(array)))
    FINITE.require(bad == 0, f"{bad} of {array.size} numbers of '{tensor}' are NaN or infinite")
