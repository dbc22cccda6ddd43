"""Reads an ONNX file into a ModelProto with its weights, and says what is wrong with a file that is no such thing."""

from pathlib import Path

import onnx
import onnx.inliner
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, numpy_helper
from onnx.external_data_helper import load_external_data_for_model

from mcucompile.errors import Problem, UsageError

OLDEST_OPSET = 7

_AN_ONNX_MODEL = "an ONNX model"
_NOT_ONNX = "bytes that are not an ONNX model, or only a part of one"
_EXPORT = "export the model again, and copy the whole file"


def read_model(path: Path) -> ModelProto:
    """The model with its external data loaded and its local functions inlined. Raises UsageError."""
    data = _read_bytes(path)
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError as error:
        raise _error(
            path, "bytes that are not an ONNX model, or only a part of one", _AN_ONNX_MODEL, _EXPORT
        ) from error
    if not model.HasField("graph") or not model.opset_import:
        raise _error(path, "no graph in it", "an ONNX model with a graph and an opset", _EXPORT)
    if not model.graph.node:
        raise _error(path, "a graph without nodes", "a network of at least one layer", _EXPORT)
    if not _holds_text(model.graph):
        raise _error(path, _NOT_ONNX, _AN_ONNX_MODEL, _EXPORT)
    _check_opset(path, model)
    _load_external_data(path, model)
    model = _with_functions_inlined(path, model)
    _check_initializers(path, model)
    return model


def _holds_text(graph: GraphProto) -> bool:
    """False if a name is not UTF-8: protobuf lets such damage pass and gives bytes for the name."""
    named = (*graph.node, *graph.input, *graph.output, *graph.initializer)
    names = [value.name for value in named]
    names += [text for node in graph.node for text in (node.op_type, node.domain, *node.input, *node.output)]
    return all(isinstance(name, str) for name in names)


def opset_of(model: ModelProto) -> int:
    """The version of ONNX's own operators that the model uses."""
    return next((int(entry.version) for entry in model.opset_import if entry.domain in ("", "ai.onnx")), OLDEST_OPSET)


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise _error(path, "no such file", _AN_ONNX_MODEL, "check the path") from error
    except OSError as error:
        found = f"a file that cannot be read: {error.strerror}"
        raise _error(path, found, _AN_ONNX_MODEL, "name a readable .onnx file") from error
    if not data:
        raise _error(path, "an empty file", _AN_ONNX_MODEL, _EXPORT)
    _refuse_other_formats(path, data)
    return data


def _refuse_other_formats(path: Path, data: bytes) -> None:
    if data[4:8] == b"TFL3" or path.suffix == ".tflite":
        remedy = (
            f"convert it: pip install tf2onnx; python -m tf2onnx.convert --tflite {path.name} "
            f"--output {path.stem}.onnx; better, export the float model, which mcucompile quantizes itself"
        )
        raise _error(path, "a TensorFlow Lite model", _AN_ONNX_MODEL, remedy)
    if data.startswith(b"\x89HDF") or path.suffix in (".h5", ".keras"):
        remedy = (
            "convert it: load it with keras and model.export('folder'), then "
            f"python -m tf2onnx.convert --saved-model folder --output {path.stem}.onnx"
        )
        raise _error(path, "a Keras model", _AN_ONNX_MODEL, remedy)
    if data.startswith(b"PK\x03\x04"):
        remedy = "export it: load it with PyTorch, then torch.onnx.export(model.eval(), example_input, 'model.onnx')"
        raise _error(path, "a zip archive, as PyTorch saves weights", _AN_ONNX_MODEL, remedy)


def _check_opset(path: Path, model: ModelProto) -> None:
    newest = onnx.defs.onnx_opset_version()
    version = opset_of(model)
    if not OLDEST_OPSET <= version <= newest:
        remedy = "export with opset 17, or convert with onnx.version_converter.convert_version"
        raise _error(path, f"opset {version}", f"opset {OLDEST_OPSET} to {newest}", remedy)


def _load_external_data(path: Path, model: ModelProto) -> None:
    try:
        load_external_data_for_model(model, str(path.parent))
    except Exception as error:  # a missing file is an OSError, a checker error or a ValueError, by version of onnx
        remedy = "put the data file that was exported with the model beside it, or save the model as one file"
        found = f"weights in another file that cannot be read: {_first_line(error)}"
        raise _error(path, found, "the external data of the model in its folder", remedy) from error


def _with_functions_inlined(path: Path, model: ModelProto) -> ModelProto:
    if not model.functions:
        return model
    try:
        return onnx.inliner.inline_local_functions(model)
    except Exception as error:  # the inliner is native code that raises RuntimeError and relatives
        found = f"local functions that cannot be inlined: {_first_line(error)}"
        raise _error(path, found, "functions that ONNX can inline", "export without local functions") from error


def _check_initializers(path: Path, model: ModelProto) -> None:
    if model.graph.sparse_initializer:
        name = model.graph.sparse_initializer[0].values.name
        raise _error(
            path, f"the sparse constant '{name}'", "dense constants", "store the constants dense, export again"
        )
    for tensor in model.graph.initializer:
        try:
            numpy_helper.to_array(tensor)
        except Exception as error:  # numpy and onnx raise ValueError, TypeError and others for a malformed tensor
            where = f"{path}: initializer '{tensor.name}'"
            found = f"data that do not fit the shape {list(tensor.dims)}"
            raise UsageError(Problem(where, found, "as many elements as the shape says", _EXPORT)) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _error(path: Path, found: str, allowed: str, remedy: str) -> UsageError:
    return UsageError(Problem(str(path), found, allowed, remedy))
