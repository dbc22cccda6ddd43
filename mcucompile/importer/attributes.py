"""Typed access to a node's attributes."""

from onnx import AttributeProto, NodeProto, numpy_helper

from mcucompile.importer.constraints import ATTRIBUTE_TYPE, ViolationError
from mcucompile.ir.tensors import Array


class Attributes:
    """The attributes of one node. Every getter raises ViolationError where the attribute has another type."""

    def __init__(self, node: NodeProto) -> None:
        self._attributes = {attribute.name: attribute for attribute in node.attribute}

    def __contains__(self, name: str) -> bool:
        return name in self._attributes

    def integer(self, name: str, default: int) -> int:
        attribute = self._get(name, AttributeProto.INT)
        return default if attribute is None else int(attribute.i)

    def number(self, name: str, default: float) -> float:
        attribute = self._get(name, AttributeProto.FLOAT)
        return default if attribute is None else float(attribute.f)

    def string(self, name: str, default: str) -> str:
        attribute = self._get(name, AttributeProto.STRING)
        return default if attribute is None else attribute.s.decode(errors="replace")

    def integers(self, name: str) -> tuple[int, ...] | None:
        """None where the attribute is absent."""
        attribute = self._get(name, AttributeProto.INTS)
        return None if attribute is None else tuple(int(i) for i in attribute.ints)

    def tensor(self, name: str) -> Array | None:
        """None where the attribute is absent."""
        attribute = self._get(name, AttributeProto.TENSOR)
        if attribute is None:
            return None
        try:
            return numpy_helper.to_array(attribute.t)
        except Exception as error:  # numpy and onnx raise ValueError, TypeError and others for a malformed tensor
            raise ViolationError(ATTRIBUTE_TYPE, f"a malformed tensor in attribute {name}") from error

    def _get(self, name: str, kind: AttributeProto.AttributeType) -> AttributeProto | None:
        attribute: AttributeProto | None = self._attributes.get(name)
        if attribute is None:
            return None
        found = f"attribute {name} of type {AttributeProto.AttributeType.Name(attribute.type)}"
        ATTRIBUTE_TYPE.require(attribute.type == kind, found)
        return attribute
