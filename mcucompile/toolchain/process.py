"""Runs other programs: the only place that does."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcucompile.errors import InternalError


@dataclass(frozen=True)
class Finished:
    """How a program ended. status: None if it was killed because its time was up. output: stdout and stderr."""

    status: int | None
    output: str


def run(command: Sequence[str | Path], directory: Path, timeout_s: float) -> Finished:
    """Run `command` in `directory`, without input; after `timeout_s` it is killed with all its children."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"LC_ALL": "C"},
            start_new_session=True,
        )
        try:
            status: int | None = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            kill_group(process)
        output.seek(0)
        return Finished(status, output.read().decode(errors="replace"))


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """End `process`, started as leader of a session of its own, if it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run_or_fail(command: Sequence[str | Path], directory: Path, timeout_s: float = 600) -> str:
    """The output of a program that must succeed. Raises InternalError with what it said."""
    finished = run(command, directory, timeout_s)
    if finished.status != 0:
        how = "did not end" if finished.status is None else f"exit status {finished.status}"
        where = " ".join([str(command[0]), *(str(part) for part in command[-1:])])
        raise InternalError.broken(where, f"{how}: {finished.output.strip()}", "exit status 0")
    return finished.output
