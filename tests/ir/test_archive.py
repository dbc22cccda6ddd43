import io
import json
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcucompile.errors import UsageError
from mcucompile.ir.archive import load_graph, save_graph
from mcucompile.ir.graph import Graph
from mcucompile.ir.operators import Conv2D
from tests.codegen.int8_models import every_kernel_graph, tiny_graph
from tests.ir.graphs import every_float_operator, float_graphs


def round_trip(graph: Graph) -> Graph:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.npz"
        save_graph(graph, path)
        return load_graph(path)


@pytest.mark.parametrize("graph", [every_float_operator(), every_kernel_graph()], ids=["float", "int8"])
def test_every_operator_comes_back(graph: Graph) -> None:
    loaded = round_trip(graph)
    assert loaded == graph
    assert [type(node.operator) for node in loaded] == [type(node.operator) for node in graph]


@given(float_graphs())
@settings(max_examples=50, deadline=None)
def test_random_graphs_come_back(graph: Graph) -> None:
    assert round_trip(graph) == graph


def test_arrays_come_back_with_their_type_and_read_only() -> None:
    operator = round_trip(every_kernel_graph()).by_name["stem"].operator
    assert isinstance(operator, Conv2D)
    assert operator.weights.dtype == np.int8
    assert operator.bias.dtype == np.int32
    assert not operator.weights.flags.writeable


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        save_graph(tiny_graph(), tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_numpy_reads_the_arrays(tmp_path: Path) -> None:
    save_graph(tiny_graph(), tmp_path / "graph.npz")
    with np.load(tmp_path / "graph.npz", allow_pickle=False) as archive:
        assert "graph" in str(archive["structure"]).lower()
        assert archive["a0"].shape == (2, 3, 3, 1)


@given(st.integers(0, 10**6), st.integers(1, 255), st.booleans())
@settings(max_examples=200, deadline=None)
def test_damaged_files_are_refused_or_come_back_whole(position: int, flip: int, cut: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.npz"
        save_graph(tiny_graph(), path)
        content = bytearray(path.read_bytes())
        position %= len(content)
        content[position] ^= flip
        path.write_bytes(content[:position] if cut else content)
        with suppress(UsageError):
            assert load_graph(path) == tiny_graph()


def archive_of(structure: object) -> bytes:
    """A well-formed file with this JSON, and no arrays."""
    array, content = io.BytesIO(), io.BytesIO()
    np.save(array, np.array(json.dumps(structure)))
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("structure.npy", array.getvalue())
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "No data left in file"),
        (archive_of({"Shape": [1, 2, 3]}), "Shape instead of Graph"),
        (archive_of({"array": 0}), "'a0'"),
        (archive_of({"NoSuchClass": []}), "'NoSuchClass'"),
        (archive_of({"Shape": [1, 2]}), "Shape.__new__() missing 1 required positional argument: 'c'"),
        (archive_of(7), "int instead of Graph"),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "graph.npz"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_graph(path)
    assert str(caught.value) == (
        f"error: {path}\n"
        f"  found    cannot be read ({reason})\n"
        "  allowed  a graph that mcucompile saved\n"
        "  do       build it again"
    )


def test_a_graph_that_is_not_well_formed(tmp_path: Path) -> None:
    path = tmp_path / "graph.npz"
    save_graph(replace(tiny_graph(), output="nowhere"), path)
    with pytest.raises(UsageError, match="cannot be read \\(internal error: graph tiny\\)"):
        load_graph(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_graph(tmp_path / "graph.npz")
