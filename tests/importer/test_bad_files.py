"""Files that are no usable ONNX model: one clear message each, exit code 2."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper

from mcucompile.errors import CompileError, UnsupportedModelError, UsageError
from mcucompile.importer import import_onnx
from tests.onnx_models import model, node, normal

GOOD = model([node("Conv", ["x", "w"], ["y"], name="conv")], {"w": normal(4, 3, 3, 3)})


def message(path: Path, kind: type[CompileError] = UsageError) -> str:
    """The error for `path`, its folder left out."""
    with pytest.raises(kind) as caught:
        import_onnx(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def written(folder: Path, content: bytes | ModelProto, name: str = "model.onnx") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.SerializeToString())
    return path


def expected(where: str, found: str, allowed: str, remedy: str, headline: str = "error") -> str:
    return f"{headline}: {where}\n  found    {found}\n  allowed  {allowed}\n  do       {remedy}"


AGAIN = "export the model again, and copy the whole file"
MALFORMED = "export the model again; this file is malformed"


def test_missing_file(tmp_path: Path) -> None:
    text = message(tmp_path / "model.onnx")
    assert text == expected("model.onnx", "no such file", "an ONNX model", "check the path")


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").mkdir()
    found = "a file that cannot be read: Is a directory"
    assert message(tmp_path / "model.onnx") == expected(
        "model.onnx", found, "an ONNX model", "name a readable .onnx file"
    )


NOT_ONNX = "bytes that are not an ONNX model, or only a part of one"
CONTENTS: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "an empty file", "an ONNX model"),
    "text": (b"layer 1: conv 3x3\n", NOT_ONNX, "an ONNX model"),
    "truncated": (GOOD.SerializeToString()[:200], NOT_ONNX, "an ONNX model"),
    "no graph": (
        ModelProto(ir_version=8).SerializeToString(),
        "no graph in it",
        "an ONNX model with a graph and an opset",
    ),
    "no nodes": (model([]).SerializeToString(), "a graph without nodes", "a network of at least one layer"),
}


@pytest.mark.parametrize(("content", "found", "allowed"), CONTENTS.values(), ids=CONTENTS.keys())
def test_content(content: bytes, found: str, allowed: str, tmp_path: Path) -> None:
    assert message(written(tmp_path, content)) == expected("model.onnx", found, allowed, AGAIN)


FORMATS: dict[str, tuple[str, bytes, str, str]] = {
    "tflite": (
        "net.tflite",
        b"\x1c\0\0\0TFL3rest",
        "a TensorFlow Lite model",
        "convert it: pip install tf2onnx; python -m tf2onnx.convert --tflite net.tflite --output net.onnx; "
        "better, export the float model, which mcucompile quantizes itself",
    ),
    "keras": (
        "net.h5",
        b"\x89HDF\r\n",
        "a Keras model",
        "convert it: load it with keras and model.export('folder'), then "
        "python -m tf2onnx.convert --saved-model folder --output net.onnx",
    ),
    "torch": (
        "net.pt",
        b"PK\x03\x04data",
        "a zip archive, as PyTorch saves weights",
        "export it: load it with PyTorch, then torch.onnx.export(model.eval(), example_input, 'model.onnx')",
    ),
}


@pytest.mark.parametrize(("name", "content", "found", "remedy"), FORMATS.values(), ids=FORMATS.keys())
def test_other_format(name: str, content: bytes, found: str, remedy: str, tmp_path: Path) -> None:
    assert message(written(tmp_path, content, name)) == expected(name, found, "an ONNX model", remedy)


def test_tflite_under_another_name(tmp_path: Path) -> None:
    assert "a TensorFlow Lite model" in message(written(tmp_path, b"\x1c\0\0\0TFL3rest"))


@pytest.mark.parametrize("opset", [6, 99])
def test_opset(opset: int, tmp_path: Path) -> None:
    newest = onnx.defs.onnx_opset_version()
    remedy = "export with opset 17, or convert with onnx.version_converter.convert_version"
    text = message(written(tmp_path, model(GOOD.graph.node, opset=opset)))
    assert text == expected("model.onnx", f"opset {opset}", f"opset 7 to {newest}", remedy)


def test_missing_external_data(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    copy = ModelProto()
    copy.CopyFrom(GOOD)
    onnx.save(copy, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    import_onnx(path)
    (tmp_path / "weights.bin").unlink()
    text = message(path)
    assert text.startswith("error: model.onnx\n  found    weights in another file that cannot be read: ")
    assert "weights.bin" in text
    assert text.endswith(
        "\n  allowed  the external data of the model in its folder"
        "\n  do       put the data file that was exported with the model beside it, or save the model as one file"
    )


def changed(change: Callable[[ModelProto], object]) -> ModelProto:
    copy = ModelProto()
    copy.CopyFrom(GOOD)
    change(copy)
    return copy


def test_initializer_of_another_size(tmp_path: Path) -> None:
    proto = changed(lambda m: m.graph.initializer[0].dims.append(2))
    found = "data that do not fit the shape [4, 3, 3, 3, 2]"
    allowed = "as many elements as the shape says"
    assert message(written(tmp_path, proto)) == expected("model.onnx: initializer 'w'", found, allowed, AGAIN)


def test_undefined_tensor(tmp_path: Path) -> None:
    found = "node 'conv' (Conv) reads 'w', which nothing defines"
    proto = changed(lambda m: m.graph.ClearField("initializer"))
    assert message(written(tmp_path, proto)) == expected("model.onnx", found, "tensors that are defined", MALFORMED)


def test_tensor_defined_twice(tmp_path: Path) -> None:
    proto = changed(lambda m: m.graph.node.append(m.graph.node[0]))
    text = message(written(tmp_path, proto))
    assert text == expected("model.onnx", "two nodes define 'y'", "one definition of each tensor", MALFORMED)


def test_cycle(tmp_path: Path) -> None:
    proto = model([node("Relu", ["b"], ["a"], name="a"), node("Add", ["a", "x"], ["b"]), node("Relu", ["b"], ["y"])])
    text = message(written(tmp_path, proto))
    assert text == expected("model.onnx", "node 'b' depends on its own output", "a graph without cycles", MALFORMED)


def test_nodes_out_of_order_are_sorted(tmp_path: Path) -> None:
    proto = model([node("Relu", ["c"], ["y"]), node("Conv", ["x", "w"], ["c"])], {"w": normal(4, 3, 3, 3)})
    graph = import_onnx(written(tmp_path, proto))
    assert [n.operator.mnemonic for n in graph] == ["conv2d", "clip"]


def test_initializer_that_is_also_an_input(tmp_path: Path) -> None:
    value = helper.make_tensor_value_info("w", TensorProto.FLOAT, [4, 3, 3, 3])
    assert import_onnx(written(tmp_path, changed(lambda m: m.graph.input.append(value)))).input == "x"


ONE = "a network with one input and one output"


def test_two_inputs(tmp_path: Path) -> None:
    value = helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 3, 8, 8])
    text = message(written(tmp_path, changed(lambda m: m.graph.input.append(value))), UnsupportedModelError)
    remedy = "export a model with one input, for instance by cutting the graph (onnx.utils.extract_model)"
    assert text == expected("model.onnx", "2 inputs: 'x', 'z'", ONE, remedy, "not supported")


def test_two_outputs_and_an_unsupported_node(tmp_path: Path) -> None:
    def change(proto: ModelProto) -> None:
        proto.graph.node.append(node("Softplus", ["y"], ["z"], name="soft"))
        proto.graph.output.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, None))

    text = message(written(tmp_path, changed(change)), UnsupportedModelError)
    assert "found    2 outputs: 'y', 'z'" in text
    assert "node 'soft' (Softplus)" in text


def test_dynamic_image_size(tmp_path: Path) -> None:
    proto = model(GOOD.graph.node, {"w": normal(4, 3, 3, 3)}, ("batch", 3, "height", 8))
    command = "python -m onnxruntime.tools.make_dynamic_shape_fixed --input_name x --input_shape 1,3,SIZE,8"
    assert message(written(tmp_path, proto), UnsupportedModelError) == expected(
        "model.onnx: input 'x'",
        "axis 2 of [batch, 3, height, 8] has no fixed size (height)",
        "fixed sizes; only the batch, axis 0, may be open",
        f"export with a fixed size, or run: {command} model.onnx fixed.onnx",
        "not supported",
    )


def test_integer_input(tmp_path: Path) -> None:
    def change(proto: ModelProto) -> None:
        proto.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8

    remedy = "export the float32 model; mcucompile quantizes it, and scales camera bytes itself (--mean, --scale)"
    text = message(written(tmp_path, changed(change)), UnsupportedModelError)
    where, found = "model.onnx: input 'x'", "elements of type uint8"
    allowed = "float elements, or 8-bit integers that a DequantizeLinear reads"
    assert text == expected(where, found, allowed, remedy, "not supported")


def test_input_without_a_shape(tmp_path: Path) -> None:
    proto = changed(lambda m: m.graph.input[0].type.tensor_type.ClearField("shape"))
    remedy = "export with an example input of the shape that the device will feed"
    text = message(written(tmp_path, proto), UnsupportedModelError)
    assert text == expected("model.onnx: input 'x'", "no shape", "a shape of rank 1 to 4", remedy, "not supported")


def test_constant_output(tmp_path: Path) -> None:
    proto = model([node("Relu", ["c"], ["y"])], {"c": np.ones(3, np.float32)})
    assert message(written(tmp_path, proto), UnsupportedModelError) == expected(
        "model.onnx: output 'y'",
        "a constant, which nothing computes from the input",
        "an output that the network computes",
        "export the model again with its scores as the output",
        "not supported",
    )


def test_local_functions_are_inlined(tmp_path: Path) -> None:
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    body = [node("Conv", ["a", "b"], ["c"]), node("Relu", ["c"], ["d"])]
    function = helper.make_function("local", "ConvRelu", ["a", "b"], ["d"], body, imports)
    proto = model([node("ConvRelu", ["x", "w"], ["y"], domain="local")], {"w": normal(4, 3, 3, 3)})
    proto.functions.append(function)
    assert [n.operator.mnemonic for n in import_onnx(written(tmp_path, proto))] == ["conv2d", "clip"]
