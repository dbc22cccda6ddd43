"""Shared by all tests: the command line, golden files, and where real models and libraries lie."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mcucompile.toolchain import objects
from tests.command import Command
from tests.networks import tiny_calibration, tiny_model
from tests.shared_kernels import SharedKernels

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files with what the code gives")
    parser.addoption("--fuzz-cases", type=int, default=1500, help="random cases for each build of the kernels")
    parser.addoption("--fuzz-seed", type=int, default=0, help="the first of these cases")


@pytest.fixture(scope="session", autouse=True)
def shared_kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever is built compiles each kernel once, also in the processes beside this one."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-kernels"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects, "run_or_fail", SharedKernels(folder).run_or_fail)
        yield


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(name, text)`: `text` equals the file `golden/<name>` beside the test, which --update-golden rewrites."""
    folder: Path = request.path.parent / "golden"
    update: bool = request.config.getoption("--update-golden")

    def check(name: str, text: str) -> None:
        path = folder / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.is_file(), f"{path} is missing: run pytest --update-golden, then read what it wrote"
        assert text == path.read_bytes().decode()

    return check


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in an empty folder with tiny.onnx and calibration.npz."""
    monkeypatch.chdir(tmp_path)
    tiny_model(tmp_path / "tiny.onnx")
    tiny_calibration(tmp_path / "calibration.npz")
    return Command(monkeypatch, capsys)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with models/ and data/ that MCUCOMPILE_DATA names; a wrong name fails, no name skips."""
    name = os.environ.get("MCUCOMPILE_DATA")
    if name is None:
        pytest.skip("MCUCOMPILE_DATA is not set: the real models and data are not part of the repository")
    folder = Path(name)
    assert (folder / "models").is_dir(), f"MCUCOMPILE_DATA={name} holds no models/"
    return folder


@pytest.fixture(scope="session")
def cmsis_nn_prefix() -> Callable[[str], Path]:
    """The prefix of Arm's CMSIS-NN for a core, from CMSIS_NN_PREFIX, in which {core} stands for the core's name."""
    pattern = os.environ.get("CMSIS_NN_PREFIX")
    if pattern is None:
        pytest.skip("CMSIS_NN_PREFIX is not set: Arm's library is not part of the repository")
    return lambda core: Path(pattern.format(core=core))
