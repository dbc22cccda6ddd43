"""The example in the repository, as `make demo` builds it: real images, exact accuracy, the flashed firmware."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcucompile.build import build
from mcucompile.existing import Build, open_build, run_build, verify_build
from mcucompile.pipeline import BuildOptions
from mcucompile.target import find_target
from mcucompile.toolchain import run_board_image
from tests.emulator.images import build_graph
from tests.quiet import QuietListener

DIGITS = Path(__file__).parents[2] / "examples" / "digits"
TESTED = 360
CORRECT = 354


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Build:
    directory = tmp_path_factory.mktemp("digits") / "build"
    options = BuildOptions(
        DIGITS / "digits.onnx",
        directory,
        "digits",
        find_target("cortex-m4"),
        calibration=DIGITS / "calibration.npz",
    )
    build(options, QuietListener())
    return open_build(directory)


@pytest.fixture
def some_images(tmp_path: Path) -> Path:
    path = tmp_path / "some.npz"
    with np.load(DIGITS / "test.npz") as arrays:
        np.savez(path, x=arrays["x"][:20], y=arrays["y"][:20])
    return path


def test_the_build_was_verified(digits: Build) -> None:
    assert digits.report["verified"] == {"inputs": 2, "bit_exact": True}


def test_every_layer_equals_the_reference_on_real_images(digits: Build) -> None:
    verification = verify_build(digits, DIGITS / "test.npz", 8)
    assert (verification.inputs, verification.layers) == (8, len(digits.graph.nodes))
    assert verification.first_mismatch is None


def test_accuracy(digits: Build) -> None:
    results = run_build(digits, DIGITS / "test.npz", emulated=False, listener=QuietListener())
    assert len(results.top1) == TESTED
    assert results.accuracy == CORRECT / TESTED


def test_the_emulated_firmware_gives_what_the_reference_gives(digits: Build, some_images: Path) -> None:
    by_reference, emulated = (run_build(digits, some_images, way, QuietListener()) for way in (False, True))
    np.testing.assert_array_equal(by_reference.outputs, emulated.outputs)
    assert by_reference.accuracy == emulated.accuracy
    assert len(np.unique(emulated.top1)) > 5


@pytest.mark.parametrize("target", ["cortex-m4", "stm32f405"])
def test_the_flashed_image_passes_its_self_test(digits: Build, tmp_path: Path, target: str) -> None:
    elf = digits.directory / "digits.elf"
    if target != "cortex-m4":
        elf = build_graph(replace(digits.graph, name="digits"), find_target(target), tmp_path).images.elf
    first, second = run_board_image(elf, find_target(target), timeout_s=120).splitlines()
    assert first == "mcucompile firmware, model digits"
    words = second.split()
    assert words[:4] == ["self", "test", "output", "crc"]
    assert words[4] == words[6]
    assert words[7] == "PASS"
