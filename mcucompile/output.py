"""Writes and reads the build directory: written whole beside its place, then moved into it."""

import fcntl
import json
import os
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mcucompile import __version__
from mcucompile.errors import Problem, UsageError
from mcucompile.ir.archive import load_graph, save_graph
from mcucompile.ir.graph import Graph
from mcucompile.ir.sources import Sources
from mcucompile.ir.tensors import Array

REPORT = "report.json"
PICTURE = "memory.svg"
PROFILE = "profile.svg"
_BUILT_NAMES = {"src", "firmware", "reference", "graph.txt", PICTURE, PROFILE, REPORT}
_IMAGE_SUFFIXES = {".elf", ".bin", ".hex"}
_GRAPH = "reference/graph.npz"
_SAMPLES = "reference/samples.npz"
# Builds keep the lock for milliseconds.
_PATIENCE_S = 10.0

Report = dict[str, Any]


@contextmanager
def staged(directory: Path, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """A fresh directory beside `directory` that takes its place when the block ends well, and vanishes otherwise.

    inputs: files that the build reads. Raises UsageError for a place that is not free and not ours, before anything is
    done and again at the end, and if the disk cannot take the build.
    """
    check_is_ours(directory, inputs)
    parent = directory.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".mcucompile-", dir=parent))
    except OSError as error:
        raise _cannot_write(directory, parent, error) from None
    try:
        stage.chmod(0o755)
        yield stage
        with _alone(directory):
            _check_is_ours(directory, inputs)  # files may have come into it since
            _replace(directory.absolute(), stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Meanwhile no other build looks at `directory` or replaces it: the folder that it lies in is locked.

    Raises UsageError if another program keeps it locked.
    """
    parent = directory.absolute().parent
    try:
        folder = os.open(parent, os.O_RDONLY)
    except OSError:  # it is not there yet, or cannot be read: whoever makes the stage tells
        yield
        return
    try:
        if not _lock(folder):
            found = f"{parent} has been locked for {_PATIENCE_S:g} s"
            allowed = "a folder that other programs leave unlocked"
            raise UsageError(
                Problem(str(directory), found, allowed, "end what holds it (see lslocks), or choose another -o")
            )
        yield
    finally:
        os.close(folder)


def _lock(folder: int) -> bool:
    """Lock an open folder until it is closed; False if another program does not let go of it."""
    last = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > last:
                return False
            time.sleep(0.02)
        else:
            return True


def check_is_ours(directory: Path, inputs: Iterable[Path] = ()) -> None:
    """Raise UsageError if `directory` exists and holds anything but an earlier build, or what this build needs."""
    with _alone(directory):
        _check_is_ours(directory, inputs)


def _check_is_ours(directory: Path, inputs: Iterable[Path]) -> None:
    place = directory.resolve()
    for needed in (Path.cwd(), *(path.resolve() for path in inputs)):
        if needed.is_relative_to(place):
            raise _refuse(directory, f"the place of {needed}, which a build there would replace")
    if directory.is_symlink():
        raise _refuse(directory, "a symbolic link")
    if not directory.exists():
        return
    if not directory.is_dir():
        raise _refuse(directory, "not a directory")
    try:
        names = sorted(path.name for path in directory.iterdir())
    except OSError as error:
        raise _refuse(directory, f"a directory that cannot be read ({error.strerror})") from None
    if names and not _has_report(directory):
        raise _refuse(directory, f"a directory with other content and no {REPORT} of ours")
    if foreign := [name for name in names if not _is_built(name)]:
        raise _refuse(directory, f"an earlier build, and beside it {', '.join(foreign)}")


def _refuse(directory: Path, found: str) -> UsageError:
    allowed, remedy = "a new, empty or earlier build directory", "choose another -o, or remove it yourself"
    return UsageError(Problem(str(directory), found, allowed, remedy))


def _cannot_write(directory: Path, place: Path, error: OSError) -> UsageError:
    found = f"{place} cannot be written ({error.strerror})"
    return UsageError(Problem(str(directory), found, "a writable folder with room", "choose another -o"))


def _is_built(name: str) -> bool:
    """Whether a build, or its profile, puts something of this name at the top of its directory."""
    return name in _BUILT_NAMES or Path(name).suffix in _IMAGE_SUFFIXES


def _has_report(directory: Path) -> bool:
    try:
        report = json.loads((directory / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and "mcucompile_version" in report


def _replace(directory: Path, stage: Path) -> None:
    """Move `stage` to `directory`; what was there goes once the new build is in place, or comes back."""
    old = Path(tempfile.mkdtemp(prefix=".mcucompile-old-", dir=directory.parent)) / "build"
    try:
        if directory.exists():
            directory.rename(old)
        stage.rename(directory)
    except OSError as error:
        raise _cannot_write(directory, directory, error) from None
    finally:  # whatever ends it, an interrupt too
        if old.exists() and stage.exists():
            old.rename(directory)
        shutil.rmtree(old.parent, ignore_errors=True)


def write_sources(directory: Path, sources: Sources) -> None:
    """Write every emitted file."""
    for name, text in sources.files.items():
        write_text(directory, name, text)


def write_text(directory: Path, name: str, text: str) -> None:
    """Write one text file of the build, making its folder."""
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_reference(directory: Path, graph: Graph, samples: Array) -> None:
    """Keep what `verify` and `run` repeat the reference with: the int8 graph and some int8 inputs [N, H, W, C]."""
    (directory / _GRAPH).parent.mkdir(parents=True, exist_ok=True)
    save_graph(graph, directory / _GRAPH)
    np.savez(directory / _SAMPLES, x=samples)


def write_report(directory: Path, report: Report) -> None:
    """Write report.json."""
    (directory / REPORT).write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def check_chart(chart: Path, directory: Path) -> None:
    """Raise UsageError if a chart of the build in `directory` cannot be written to `chart`, or would be in its way."""
    found = None
    if not chart.parent.is_dir():
        found = "No such file or directory"
    elif chart.is_dir() or not os.access(chart if chart.exists() else chart.parent, os.W_OK):
        found = "a place that cannot be written"
    elif chart.resolve().is_relative_to(directory.resolve()) and chart.resolve() != directory.resolve() / PROFILE:
        found = f"a place in the build {directory}, which the next build there would replace or refuse"
    if found is not None:
        allowed = f"a writable place outside the build, or {directory / PROFILE}"
        raise UsageError(Problem(str(chart), found, allowed, "choose another --svg"))


def write_chart(chart: Path, text: str) -> None:
    """Write a chart whole, or not at all. Raises UsageError if the disk cannot take it."""
    beside = chart.with_name(f".{chart.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(chart)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(
            Problem(str(chart), error.strerror or str(error), "a place with room for the chart", "choose another --svg")
        ) from None


def read_report(directory: Path) -> Report:
    """The report of a build directory. Raises UsageError if `directory` is none, or was built by another version."""
    if not directory.is_dir() or not _has_report(directory):
        found = f"no build in it (no {REPORT})" if directory.is_dir() else "no such directory"
        remedy = "run mcucompile build MODEL.onnx first"
        raise UsageError(Problem(str(directory), found, "a directory that mcucompile build made", remedy))
    report: Report = json.loads((directory / REPORT).read_text(encoding="utf-8"))
    if report["mcucompile_version"] != __version__ or not {"name", "target", "layers", "build"} <= report.keys():
        found = f"a build by mcucompile {report['mcucompile_version']}"
        raise UsageError(Problem(str(directory), found, f"a build by this version, {__version__}", "build it again"))
    return report


def read_reference(directory: Path) -> tuple[Graph, Array]:
    """The int8 graph and the kept int8 inputs [N, H, W, C]. Raises UsageError if they are missing or damaged."""
    graph = load_graph(directory / _GRAPH)
    try:
        with np.load(directory / _SAMPLES, allow_pickle=False) as archive:
            samples: Array = archive["x"]
        found = "" if samples.shape[1:] == graph.input_type.shape else f"samples of shape {list(samples.shape)}"
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        found = "missing or damaged"
    if found:
        raise UsageError(Problem(str(directory / _SAMPLES), found, "an untouched build", "build it again"))
    return graph, samples
