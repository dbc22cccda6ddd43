"""Recognizes hard-sigmoid, hard-swish and SiLU in the arithmetic that exporters write for them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mcucompile.ir.functions import Function, HardSigmoid, HardSwish, Sigmoid, Silu
from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import NO_CLAMP, ChannelAffine, Clip, Elementwise, Mul
from mcucompile.passes.compose_clamps import compose
from mcucompile.passes.rewrite import rewrite

TOLERANCE = 1e-5
"""How far a product of constants, such as 6 and a float32 1/6, may be from 1."""


@dataclass(frozen=True)
class Term:
    """factor · function(x), x being a tensor; without a function, factor · x."""

    factor: float
    function: Function | None
    x: str


def recognize_functions(graph: Graph) -> Graph:
    """min(max(a·x + b, 0), h) / h -> hard_sigmoid; x · hard_sigmoid(x) -> hard_swish; x · sigmoid(x) -> silu.

    Operands may stand in any order, and a constant factor anywhere among them.
    """
    terms = {graph.input: Term(1, None, graph.input)}
    found = {}
    for node in graph:
        term = _term(graph, node, terms)
        if term.function is not None and math.isclose(term.factor, 1, rel_tol=TOLERANCE):
            found[node.name] = replace(node, operator=Elementwise(term.function), inputs=(term.x,))
        # What is rounded to a given quantization is no longer what the terms say.
        terms[node.name] = term if node.type.given is None else Term(1, None, node.name)
    return rewrite(graph, found, {})


def _term(graph: Graph, node: Node, terms: Mapping[str, Term]) -> Term:
    """What a node computes; its own tensor where that is nothing simpler."""
    itself = Term(1, None, node.name)
    match node.operator:
        case Elementwise(function=function):
            return Term(1, function, node.inputs[0])
        case ChannelAffine():
            scale, offset = _constants(node)
            inner = terms[node.inputs[0]]
            return replace(inner, factor=inner.factor * scale) if offset == 0 else itself
        case Clip():
            return _hard_sigmoid(graph, node) or itself
        case Mul():
            first, second = node.inputs
            return _gated(terms[first], second, terms) or _gated(terms[second], first, terms) or itself
        case _:
            return itself


def _hard_sigmoid(graph: Graph, clip: Node) -> Term | None:
    """Clips of a · x + b to [0, h]: h · hard_sigmoid(x) with a / h and b / h."""
    clamp, node = NO_CLAMP, clip
    while isinstance(node.operator, Clip):
        clamp = compose(node.operator.clamp, clamp)
        source = graph.by_name.get(node.inputs[0])
        if source is None or source.type.given is not None:
            return None
        node = source
    scale, offset = _constants(node)
    if clamp.low != 0 or not 0 < clamp.high < np.inf or math.isnan(scale):
        return None
    return Term(clamp.high, HardSigmoid(scale / clamp.high, offset / clamp.high), node.inputs[0])


def _gated(gate: Term, other: str, terms: Mapping[str, Term]) -> Term | None:
    """The product of a sigmoid of x and the tensor `other`, if that is x, or x times a factor."""
    match gate.function:
        case HardSigmoid(alpha=alpha, beta=beta):
            function: Function = HardSwish(alpha, beta)
        case Sigmoid():
            function = Silu()
        case _:
            return None
    if other == gate.x:
        return replace(gate, function=function)
    scaled = terms[other]
    if scaled.function is not None or scaled.x != gate.x:
        return None
    return Term(gate.factor * scaled.factor, function, gate.x)


def _constants(node: Node) -> tuple[float, float]:
    """Scale and offset of a channel_affine that has the same ones for all channels; not numbers for other nodes."""
    match node.operator:
        case ChannelAffine(scale=scale, offset=offset) if np.ptp(scale) == 0 and np.ptp(offset) == 0:
            return float(scale[0]), float(offset[0])
        case _:
            return math.nan, math.nan
