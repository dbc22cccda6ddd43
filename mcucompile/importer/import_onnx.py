"""The importer from file to Graph."""

from collections.abc import Mapping
from pathlib import Path

from mcucompile.errors import Problem, UnsupportedModelError
from mcucompile.importer import constants
from mcucompile.importer.axes import letters_of
from mcucompile.importer.builder import GraphBuilder
from mcucompile.importer.convert import Conversion
from mcucompile.importer.graph_input import read_input, read_output
from mcucompile.importer.guess import Guesser
from mcucompile.importer.integer_input import integer_input
from mcucompile.importer.layout import input_layout
from mcucompile.importer.load import opset_of, read_model
from mcucompile.importer.names import Names, identifier
from mcucompile.importer.node import node_name
from mcucompile.importer.scope import Scope
from mcucompile.importer.topology import execution_order
from mcucompile.importer.values import Activation, Unknown, Value
from mcucompile.ir.graph import Graph, Interface
from mcucompile.ir.tensors import TensorType


def import_onnx(path: Path) -> Graph:
    """The float graph of the ONNX file `path`, NHWC, for one image at a time.

    Raises UsageError for a file that cannot be read, UnsupportedModelError with all nodes that cannot be compiled.
    """
    model = read_model(path)
    where = path.name
    nodes = execution_order(model.graph, where)
    opset = opset_of(model)
    stored: dict[str, Value] = dict(constants.initializers(model))
    all_names = [node_name(node) for node in nodes]
    try:
        source, result = read_input(model.graph, where), read_output(model.graph, where)
        given = None if source.element == "float" else integer_input(source, nodes, stored, opset, where)
    except UnsupportedModelError as error:
        unknown = {value.name: Unknown() for value in model.graph.input}
        blind = Conversion(
            where, Scope(unknown | stored, opset), GraphBuilder(Names("", all_names)), Guesser(model, None)
        )
        raise UnsupportedModelError((*error.problems, *blind.run(nodes))) from error

    layout = input_layout(source, nodes, stored, opset)
    x = Activation(identifier(source.name, "input"), layout.shape, layout.axes, given)
    scope = Scope({**stored, source.name: x}, opset)
    builder = GraphBuilder(Names(x.tensor, all_names))
    problems = Conversion(where, scope, builder, Guesser(model, source)).run(nodes)
    if problems:
        raise UnsupportedModelError(problems)
    y = _output_activation(scope.values, result, where)
    return Graph(
        name=identifier(path.stem, "model"),
        input=x.tensor,
        input_type=TensorType(x.shape, given=given),
        nodes=tuple(builder.nodes),
        output=y.tensor,
        origin_input=Interface(source.name, layout.letters),
        origin_output=Interface(result, letters_of(y.axes)),
    )


def _output_activation(values: Mapping[str, Value], name: str, where: str) -> Activation:
    value = values[name]
    if not isinstance(value, Activation):
        found = "a constant" if not isinstance(value, Unknown) else "a second output of a node"
        problem = Problem(
            f"{where}: output '{name}'",
            f"{found}, which nothing computes from the input",
            "an output that the network computes",
            "export the model again with its scores as the output",
        )
        raise UnsupportedModelError(problem)
    return value
