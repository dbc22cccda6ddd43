"""Walks the ONNX nodes and converts each; collects what cannot be converted."""

from collections.abc import Sequence

from onnx import NodeProto

from mcucompile.errors import InternalError, Problem
from mcucompile.importer.advice import advice
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.constraints import EVERY_OPERATOR, REAL_NUMBERS, ViolationError
from mcucompile.importer.converters import CONVERTERS
from mcucompile.importer.guess import Guesser
from mcucompile.importer.node import OnnxNode
from mcucompile.importer.scope import Scope
from mcucompile.importer.values import Activation, Unknown, Value


class Conversion:
    """Converts nodes one by one into `builder`; the values of their outputs go into `scope`."""

    def __init__(self, where: str, scope: Scope, builder: GraphBuilder, guesser: Guesser) -> None:
        self._problems: list[Problem] = []
        self._where = where
        self._scope = scope
        self._builder = builder
        self._guesser = guesser

    def run(self, nodes: Sequence[NodeProto]) -> list[Problem]:
        """Define every output of every node: a value, a guess after an error, or Unknown.

        Returns one problem for every node that cannot be converted.
        """
        for proto in nodes:
            self._scope.values.update(dict.fromkeys(proto.output, Unknown()))
            node = self._scope.view(proto)
            try:
                if self._scope.fold(proto, node):
                    continue
                value = self._convert(node)
            except ViolationError as violation:
                constraint = violation.constraint
                self._report(node, violation.found, constraint.sentence, constraint.remedy)
                value = None
            if value is None:
                self._scope.values.update(self._guesser.guess(node))
            else:
                self._scope.define(proto, value)
        return self._problems

    def _convert(self, node: OnnxNode) -> Value | None:
        """The node's output, None if the operator is not supported. Raises ViolationError."""
        operator = CONVERTERS.get(node.operator)
        if operator is None:
            allowed = "the operators that `mcucompile operators` lists"
            self._report(node, f"the operator {node.operator}", allowed, advice(node.operator))
            return None
        if any(isinstance(value, Unknown) for value in node.inputs):
            return Unknown()
        try:
            if not operator.integers:
                integers = [value for value in node.inputs if isinstance(value, Activation) and value.quantization]
                REAL_NUMBERS.require(not integers, "an input of 8-bit integers")
            return operator.convert(node, self._builder)
        except ViolationError as violation:
            if violation.constraint not in (*operator.constraints, *EVERY_OPERATOR):
                listed = "a constraint from the operator's row in the table"
                raise InternalError.broken(node.origin, violation.constraint.sentence, listed) from violation
            raise

    def _report(self, node: OnnxNode, found: str, allowed: str, remedy: str) -> None:
        self._problems.append(Problem(f"{self._where}: node '{node.name}' ({node.operator})", found, allowed, remedy))
