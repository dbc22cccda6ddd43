"""The row that describes one supported ONNX operator."""

from collections.abc import Callable
from dataclasses import dataclass

from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import Constraint
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.values import Activation

Converter = Callable[[OnnxNode, GraphBuilder], Activation]
"""Adds to the graph what the ONNX node computes and says what its first output is. Raises ViolationError."""


@dataclass(frozen=True)
class OnnxOperator:
    """A supported operator of ONNX.

    becomes: IR mnemonics, or what else happens to it. constraints: what it needs beside EVERY_OPERATOR's.
    integers: it takes int8 and uint8 tensors; others work on real numbers.
    """

    name: str
    becomes: str
    constraints: tuple[Constraint, ...]
    convert: Converter
    integers: bool = False
