"""Saves a Graph as one `.npz`: its structure as JSON, its arrays beside it. No pickle, the same bytes every time."""

import dataclasses
import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from mcucompile.errors import Problem, UsageError
from mcucompile.ir import functions, operators, tensors
from mcucompile.ir import graph as graph_module
from mcucompile.ir.graph import Graph
from mcucompile.ir.tensors import Array
from mcucompile.ir.verify import verify_graph

_STRUCTURE = "structure"
_CLASSES = {
    name: value
    for module in (tensors, functions, operators, graph_module)
    for name, value in vars(module).items()
    if isinstance(value, type) and (dataclasses.is_dataclass(value) or issubclass(value, tuple))
}
_EPOCH = (1980, 1, 1, 0, 0, 0)


def save_graph(graph: Graph, path: Path) -> None:
    """Write `graph` to `path`."""
    arrays: list[Array] = []
    structure = json.dumps(_encode(graph, arrays), separators=(",", ":"))
    members = {_STRUCTURE: np.array(structure)} | {f"a{index}": array for index, array in enumerate(arrays)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in members.items():
            buffer = BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), buffer.getvalue(), zipfile.ZIP_DEFLATED)


def load_graph(path: Path) -> Graph:
    """Read what save_graph wrote. Raises UsageError for anything else."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            members = {name: archive[name] for name in archive.files}
        graph = _decode(json.loads(str(members[_STRUCTURE])), members)
        if not isinstance(graph, Graph):
            raise TypeError(f"{type(graph).__name__} instead of Graph")
        verify_graph(graph)
    except Exception as error:  # zipfile, zlib, NumPy, json and our classes each have their own for damaged bytes
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        problem = Problem(str(path), f"cannot be read ({reason})", "a graph that mcucompile saved", "build it again")
        raise UsageError(problem) from None
    return graph


def _encode(value: Any, arrays: list[Array]) -> Any:
    """A value as JSON: objects and named tuples as {"class": [fields]}, arrays as {"array": index}."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if dataclasses.is_dataclass(value):
        fields = [getattr(value, field.name) for field in dataclasses.fields(value)]
        return {type(value).__name__: [_encode(item, arrays) for item in fields]}
    if isinstance(value, tuple):
        name = type(value).__name__
        return {name: [_encode(item, arrays) for item in value]}
    return value.item() if isinstance(value, np.generic) else value


def _decode(value: Any, arrays: dict[str, Array]) -> Any:
    if not isinstance(value, dict):
        return value
    ((name, content),) = value.items()
    if name == "array":
        return arrays[f"a{content}"]
    items = [_decode(item, arrays) for item in content]
    return tuple(items) if name == "tuple" else _CLASSES[name](*items)
