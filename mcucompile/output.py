"""Writes and reads the build directory: written whole beside its place, then moved into it."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mcucompile.errors import Problem, UsageError
from mcucompile.ir.archive import load_graph, save_graph
from mcucompile.ir.graph import Graph
from mcucompile.ir.sources import Sources
from mcucompile.ir.tensors import Array

REPORT = "report.json"
_GRAPH = "reference/graph.npz"
_SAMPLES = "reference/samples.npz"

Report = dict[str, Any]


@contextmanager
def staged(directory: Path) -> Iterator[Path]:
    """A fresh directory beside `directory` that takes its place when the block ends well, and vanishes otherwise.

    Raises UsageError, before anything is done, for a place that is not free and not ours.
    """
    check_is_ours(directory)
    parent = directory.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=parent))
    except OSError as error:
        raise UsageError(
            Problem(
                str(directory),
                f"{parent} cannot be written ({error.strerror})",
                "a writable folder",
                "choose another -o",
            )
        ) from None
    try:
        stage.chmod(0o755)
        yield stage
        _replace(directory.absolute(), stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def check_is_ours(directory: Path) -> None:
    """Raise UsageError if `directory` exists and holds anything but an earlier build of ours."""
    if not directory.exists() and not directory.is_symlink():
        return
    remedy = "choose another -o, or remove it yourself"
    if directory.is_symlink() or not directory.is_dir():
        raise UsageError(Problem(str(directory), "not a directory", "a new, empty or earlier build directory", remedy))
    if any(directory.iterdir()) and not _has_report(directory):
        found = f"a directory with other content and no {REPORT} of ours"
        raise UsageError(Problem(str(directory), found, "a new, empty or earlier build directory", remedy))


def _has_report(directory: Path) -> bool:
    try:
        report = json.loads((directory / REPORT).read_text())
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and "mcucompile_version" in report


def _replace(directory: Path, stage: Path) -> None:
    if not directory.exists():
        stage.rename(directory)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{directory.name}-old-", dir=directory.parent))
    try:
        directory.rename(old / "build")
        try:
            stage.rename(directory)
        except OSError:
            (old / "build").rename(directory)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def write_sources(directory: Path, sources: Sources) -> None:
    """Write every emitted file."""
    for name, text in sources.files.items():
        write_text(directory, name, text)


def write_text(directory: Path, name: str, text: str) -> None:
    """Write one text file of the build, making its folder."""
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_reference(directory: Path, graph: Graph, samples: Array) -> None:
    """Keep what `verify` and `run` repeat the reference with: the int8 graph and some int8 inputs [N, H, W, C]."""
    (directory / _GRAPH).parent.mkdir(parents=True, exist_ok=True)
    save_graph(graph, directory / _GRAPH)
    np.savez(directory / _SAMPLES, x=samples)


def write_report(directory: Path, report: Report) -> None:
    """Write report.json."""
    (directory / REPORT).write_text(json.dumps(report, indent=2, allow_nan=False) + "\n")


def read_report(directory: Path) -> Report:
    """The report of a build directory. Raises UsageError if `directory` is none."""
    if not directory.is_dir() or not _has_report(directory):
        found = f"no build in it (no {REPORT})" if directory.is_dir() else "no such directory"
        remedy = "run mcucompile build MODEL.onnx first"
        raise UsageError(Problem(str(directory), found, "a directory that mcucompile build made", remedy))
    report: Report = json.loads((directory / REPORT).read_text())
    return report


def read_reference(directory: Path) -> tuple[Graph, Array]:
    """The int8 graph and the kept int8 inputs. Raises UsageError if they are missing or damaged."""
    try:
        with np.load(directory / _SAMPLES, allow_pickle=False) as archive:
            samples: Array = archive["x"]
    except (OSError, ValueError, KeyError) as error:
        problem = Problem(
            str(directory / _SAMPLES), f"cannot be read ({error})", "an untouched build", "build it again"
        )
        raise UsageError(problem) from None
    return load_graph(directory / _GRAPH), samples
