"""examples/integrate and examples/camera: the commands of their READMEs, as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MCUCOMPILE = f"mcucompile() {{ '{sys.executable}' -c 'from mcucompile.cli import main; main()' \"$@\"; }}"


@pytest.mark.parametrize("example", ["integrate", "camera"])
def test_commands_of_the_readme(tmp_path: Path, example: str) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    readme = (ROOT / f"examples/{example}/README.md").read_text()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    commands = re.findall(r"^    (.+)$", readme, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["mcucompile", "gcc", "python3"]
    strict = commands[1].replace("gcc -O2", "gcc -O2 -std=c99 -Wall -Wextra -Wconversion -Werror -pedantic")
    feed = commands[2].replace("python3", f"'{sys.executable}'", 1)
    script = "\n".join(["set -e", MCUCOMPILE, commands[0], commands[1], strict, feed])
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    digits = " ".join(run.stdout.splitlines()[-5:])
    assert digits == "7 6 3 7 7"
    assert f"five frames: {digits}." in readme
