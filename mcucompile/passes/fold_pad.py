"""Folds zero padding into the convolutions that read it."""

from dataclasses import replace

from mcucompile.errors import Problem, UnsupportedModelError
from mcucompile.ir.graph import Graph, Node
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, Pad, Padding
from mcucompile.passes.rewrite import rewrite


def fold_pad(graph: Graph) -> Graph:
    """Pad then convolution -> convolution with more padding. Raises UnsupportedModelError for every other Pad."""
    problems = []
    for pad in reversed(graph.nodes):
        if not isinstance(pad.operator, Pad):
            continue
        padded = {node.name: _with_padding(node, pad.operator.padding) for node in graph.consumers[pad.name]}
        usable = {name: node for name, node in padded.items() if node is not None}
        if len(usable) < len(padded) or graph.output == pad.name:
            problems.append(_problem(graph, pad))
        else:
            graph = rewrite(graph, usable, {pad.name: pad.inputs[0]})
    if problems:
        raise UnsupportedModelError(problems[::-1])
    return graph


def _with_padding(node: Node, padding: Padding) -> Node | None:
    """The node that pads its input itself, None if it cannot."""
    match node.operator:
        case Conv2D(window=window) | DepthwiseConv2D(window=window):
            total = Padding(*(a + b for a, b in zip(window.padding, padding, strict=True)))
            return replace(node, operator=replace(node.operator, window=replace(window, padding=total)))
        case _:
            return None


def _problem(graph: Graph, pad: Node) -> Problem:
    readers = ", ".join(node.origin for node in graph.consumers[pad.name]) or "nothing: it is the output"
    return Problem(
        f"{graph.name}: node {pad.origin}",
        f"padding that is read by {readers}",
        "padding that only convolutions read",
        "pad inside the convolution; a pool that counts padding must become one without padding",
    )
