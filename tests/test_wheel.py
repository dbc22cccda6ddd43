"""What `pip install .` installs works without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.networks import tiny_model

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the content of our wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_installed_tool_builds_a_model(installed: Path, tmp_path: Path) -> None:
    tiny_model(tmp_path / "tiny.onnx")
    program = "import mcucompile.cli, mcucompile; print(mcucompile.__file__); mcucompile.cli.main()"
    outcome = subprocess.run(
        [sys.executable, "-P", "-c", program, "build", "tiny.onnx"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith(str(installed))
    assert "bit-exact in QEMU" in outcome.stdout
