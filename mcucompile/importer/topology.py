"""Puts the ONNX nodes in execution order and drops those that the output does not need."""

from onnx import GraphProto, NodeProto

from mcucompile.errors import Problem, UsageError
from mcucompile.importer.node import node_name, operator_name


def execution_order(graph: GraphProto, where: str) -> list[NodeProto]:
    """The nodes that the graph's outputs depend on, each after what it reads; otherwise in file order.

    Raises UsageError for a tensor that nobody or more than one node defines, and for a cycle.
    """
    producers = _producers(graph, where)
    given = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    order: list[NodeProto] = []
    done: set[int] = set()
    open_nodes: set[int] = set()
    # Depth first with an explicit stack: a network may be deeper than Python's recursion limit.
    stack = [(name, False, "the graph's output") for name in reversed([output.name for output in graph.output])]
    while stack:
        name, expanded, reader = stack.pop()
        node = producers.get(name)
        if node is None:
            if name not in given:
                raise _invalid(where, f"{reader} reads '{name}', which nothing defines", "tensors that are defined")
            continue
        if id(node) in done:
            continue
        if expanded:
            done.add(id(node))
            open_nodes.discard(id(node))
            order.append(node)
            continue
        if id(node) in open_nodes:
            raise _invalid(where, f"node '{node_name(node)}' depends on its own output", "a graph without cycles")
        open_nodes.add(id(node))
        stack.append((name, True, reader))
        reader = f"node '{node_name(node)}' ({operator_name(node)})"
        stack += [(read, False, reader) for read in reversed(node.input) if read]
    return order


def _producers(graph: GraphProto, where: str) -> dict[str, NodeProto]:
    producers: dict[str, NodeProto] = {}
    for node in graph.node:
        for name in filter(None, node.output):
            if name in producers:
                raise _invalid(where, f"two nodes define '{name}'", "one definition of each tensor")
            producers[name] = node
    return producers


def _invalid(where: str, found: str, allowed: str) -> UsageError:
    return UsageError(Problem(where, found, allowed, "export the model again; this file is malformed"))
