"""A node of the ONNX graph as the converters see it."""

from dataclasses import dataclass

import numpy as np
from onnx import NodeProto

from mcucompile.importer.attributes import Attributes
from mcucompile.importer.constraints import COMPUTED_INPUT, Constraint, require_finite
from mcucompile.importer.values import Activation, Constant, Value
from mcucompile.ir.tensors import Array


@dataclass(frozen=True)
class OnnxNode:
    """operator: the type, with its domain where that is not ONNX's own. inputs: None for one that is left out."""

    name: str
    operator: str
    inputs: tuple[Value | None, ...]
    outputs: tuple[str, ...]
    attributes: Attributes
    opset: int

    @property
    def origin(self) -> str:
        return f"{self.name} ({self.operator})"

    def activation(self, index: int = 0) -> Activation:
        """Input `index`. Raises ViolationError unless it is computed from the graph's input."""
        value = self._input(index)
        if isinstance(value, Activation):
            return value
        found = f"input {index} is absent" if value is None else f"input {index} is a constant"
        COMPUTED_INPUT.require(False, found)
        raise AssertionError

    def constant(self, index: int, constraint: Constraint = COMPUTED_INPUT) -> Constant:
        """Input `index`. Raises ViolationError of `constraint` unless it is a constant."""
        value = self.optional_constant(index, constraint)
        constraint.require(value is not None, f"input {index} is absent")
        assert value is not None
        return value

    def optional_constant(self, index: int, constraint: Constraint = COMPUTED_INPUT) -> Constant | None:
        """Input `index`, None if left out. Raises ViolationError of `constraint` if it is computed by the network."""
        value = self._input(index)
        constraint.require(not isinstance(value, Activation), f"input {index} is computed by the network")
        return value if isinstance(value, Constant) else None

    def weights(self, index: int, constraint: Constraint) -> Array:
        """Constant input `index` as finite float64. Raises ViolationError."""
        constant = self.constant(index, constraint)
        require_finite(constant.array, constant.name)
        return constant.array.astype(np.float64)

    def optional_weights(self, index: int, constraint: Constraint) -> Array | None:
        """As `weights`; None where the input is left out."""
        return None if self.optional_constant(index, constraint) is None else self.weights(index, constraint)

    def steps(self, index: int) -> Array | None:
        """For a constant input that is quantized in the file: the scale of each number; otherwise None."""
        value = self._input(index)
        return value.steps if isinstance(value, Constant) else None

    def integers(self, name: str, index: int) -> tuple[int, ...] | None:
        """Integers that older opsets hold in attribute `name` and newer ones in input `index`; None if in neither."""
        constant = self.optional_constant(index)
        if constant is None:
            return self.attributes.integers(name)
        return tuple(int(i) for i in np.atleast_1d(constant.array))

    def _input(self, index: int) -> Value | None:
        return self.inputs[index] if index < len(self.inputs) else None


def operator_name(node: NodeProto) -> str:
    """Conv, or com.microsoft.QLinearAdd."""
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"


def node_name(node: NodeProto) -> str:
    """The node's name, or that of its first output where the file gives none."""
    return node.name or next((output for output in node.output if output), "")
