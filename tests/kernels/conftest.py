"""The libraries under test: the bundled kernels, and Arm's CMSIS-NN if CMSIS_NN_HOST_LIB names a host build of it."""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mcucompile.resources import resource
from tests.kernels.cmsis_abi import Kernels


@pytest.fixture(scope="session")
def bundled_library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The bundled kernels as a shared library that aborts on undefined behaviour."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    folder = resource("firmware") / "kernels"
    library = tmp_path_factory.mktemp("kernels") / "kernels.so"
    flags = ["-std=c99", "-O1", "-g", "-shared", "-fPIC", "-fsanitize=undefined", "-fno-sanitize-recover=all"]
    sources = sorted(folder.glob("*.c"))
    subprocess.run(["gcc", *flags, "-I", folder / "include", *sources, "-o", library], check=True)
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="session", params=["front", "back"])
def bundled_kernels(request: pytest.FixtureRequest, bundled_library: ctypes.CDLL) -> Kernels:
    return Kernels(bundled_library, request.param, is_bundled=True)


@pytest.fixture(scope="session", params=["bundled front", "bundled back", "arm front", "arm back"])
def kernels(request: pytest.FixtureRequest) -> Kernels:
    owner, side = request.param.split()
    if owner == "bundled":
        return Kernels(request.getfixturevalue("bundled_library"), side, is_bundled=True)
    path = os.environ.get("CMSIS_NN_HOST_LIB")
    if path is None:
        pytest.skip("CMSIS_NN_HOST_LIB names no host build of CMSIS-NN")
    return Kernels(ctypes.CDLL(str(Path(path).resolve())), side, is_bundled=False)
