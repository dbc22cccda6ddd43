"""Runtime and boards are strict C99 on every core, for gcc and clang."""

import shutil
import subprocess
from pathlib import Path

import pytest

from mcucompile.target import Target, targets
from tests.toolchain.toy import write_toy

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wmissing-prototypes", "-Wshadow", "-pedantic", "-Werror")
CASES = [
    (name, mode)
    for name in targets()
    for mode in (("arena", "external", "rows") if name == "cortex-m4" else ("arena",))
]


def sources(directory: Path, target: Target, mode: str) -> list[Path]:
    write_toy(directory, target, mode)
    return [path for path in sorted((directory / "firmware").glob("*.c")) if path.name != "model_traced.c"]


def newlib_headers() -> Path:
    said = subprocess.run(
        ["arm-none-eabi-gcc", "-E", "-v", "-x", "c", "/dev/null"], capture_output=True, text=True, check=True
    ).stderr
    return next(Path(line.strip()) for line in said.splitlines() if (Path(line.strip()) / "newlib.h").is_file())


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_gcc_has_nothing_to_say(tmp_path: Path, name: str, mode: str) -> None:
    target = targets()[name]
    files = sources(tmp_path, target, mode)
    command = ["arm-none-eabi-gcc", *target.core.flags, *STRICT, "-O2", "-I../src", "-c", *(f.name for f in files)]
    done = subprocess.run(command, cwd=tmp_path / "firmware", capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.skipif(shutil.which("clang") is None, reason="clang is not installed")
@pytest.mark.parametrize(("name", "mode"), CASES)
def test_clang_has_nothing_to_say(tmp_path: Path, name: str, mode: str) -> None:
    target = targets()[name]
    files = sources(tmp_path, target, mode)
    flags = ["--target=arm-none-eabi", *target.core.flags, *STRICT, f"-isystem{newlib_headers()}", "-I../src"]
    command = ["clang", *flags, "-fsyntax-only", *(f.name for f in files)]
    done = subprocess.run(command, cwd=tmp_path / "firmware", capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
