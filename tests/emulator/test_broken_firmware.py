"""Firmware that computes something else is found: the first wrong layer is named, and the exit code is 5."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mcucompile.build
from mcucompile.target import find_target
from mcucompile.toolchain import Images, build_images
from tests.command import Command
from tests.networks import tiny_calibration, tiny_model

TARGET = find_target("cortex-m4")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in a folder with the tiny network, its calibration and a build of it."""
    monkeypatch.chdir(tmp_path)
    tiny_model(tmp_path / "tiny.onnx")
    tiny_calibration(tmp_path / "calibration.npz")
    result = Command(monkeypatch, capsys)
    assert result("build", "tiny.onnx", "--calibration", "calibration.npz").exit_code == 0
    return result


def change_bias(directory: Path, layer: int) -> None:
    """The first bias of the layer becomes so large that its first channel is 127 everywhere."""
    weights = directory / "src/tiny_weights.c"
    table = re.compile(rf"(tiny_layer_{layer:02}_bias\[\d+\] = {{\s*)-?\d+")
    text, changes = table.subn(r"\g<1>1000000", weights.read_text())
    assert changes == 1
    weights.write_text(text)


def build_again() -> None:
    """Compile and link what lies in the build directory."""
    build_images(Path("build/tiny").absolute(), "tiny", TARGET, "speed")


@pytest.mark.parametrize(("layer", "name"), [(0, "stem"), (2, "head")])
def test_verify_names_the_first_wrong_layer(command: Command, layer: int, name: str) -> None:
    change_bias(Path("build/tiny"), layer)
    build_again()

    verified = command("verify", "build/tiny", "--count", 3, "--json")
    mismatch = verified.json["first_mismatch"]
    assert verified.exit_code == 5
    assert (verified.json["bit_exact"], verified.json["inputs"], verified.json["layers"]) == (False, 3, 3)
    assert (mismatch["input"], mismatch["layer"], mismatch["element"], mismatch["found"]) == (0, name, 0, 127)
    assert verified.err == (
        f"not bit-exact: target cortex-m4\n"
        f"  found    input 0, layer {name}, element 0: expected {mismatch['expected']}, found 127\n"
        "  allowed  the bits of the NumPy reference in every layer\n"
        "  do       report this as a bug in mcucompile, with the model; with --cmsis-nn, check the library's version\n"
    )


def test_an_output_that_only_the_traced_model_gets_right(command: Command) -> None:
    """The two models in the image are compiled from one text; here the shipped one alone is changed."""
    traced = Path("build/tiny/firmware/model_traced.c")
    traced.write_text("#define TRACED\n" + traced.read_text())
    model = Path("build/tiny/src/tiny.c")
    changed = "#ifndef TRACED\n    *(int8_t *)tiny_output(arena) ^= 1;\n#endif\n"
    before, found, behind = model.read_text().rpartition("    return TINY_OK;\n")
    assert found
    model.write_text(before + changed + found + behind)
    build_again()
    report = Path("build/tiny/report.json")
    numbers = json.loads(report.read_text())
    numbers["stack_bytes"] += 16  # what the change may keep in registers
    report.write_text(json.dumps(numbers))
    verified = command("verify", "build/tiny", "--count", 1, "--json")
    assert verified.exit_code == 5
    mismatch = verified.json["first_mismatch"]
    assert (mismatch["layer"], mismatch["element"]) == ("head", 0)
    assert mismatch["found"] == mismatch["expected"] ^ 1


def test_verify_finds_that_the_model_needs_more_stack_than_stated(command: Command) -> None:
    report = Path("build/tiny/report.json")
    stated = json.loads(report.read_text())
    report.write_text(json.dumps(stated | {"stack_bytes": 8}))
    verified = command("verify", "build/tiny", "--count", 1)
    assert verified.exit_code == 5
    found = re.search(r"found    (\d+) bytes of stack used by the model\n", verified.err)
    assert found is not None
    assert 8 < int(found[1]) <= stated["stack_bytes"]
    assert "  allowed  8 bytes, the worst case that its report states\n" in verified.err


def test_run_shows_what_the_broken_firmware_gives(command: Command) -> None:
    change_bias(Path("build/tiny"), 2)
    build_again()
    by_reference, emulated = (
        np.array(command("run", "build/tiny", "--inputs", "calibration.npz", way, "--json").json["outputs"])
        for way in ("--reference", "--emulate")
    )
    assert not np.array_equal(by_reference[:, 0], emulated[:, 0])
    np.testing.assert_array_equal(by_reference[:, 1:], emulated[:, 1:])


def test_build_refuses_firmware_that_is_not_exact(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """It exits with 5, and the earlier build stays."""
    monkeypatch.setattr(mcucompile.build, "build_images", breaking(build_images))
    before = {path: path.read_bytes() for path in Path("build").rglob("*") if path.is_file()}
    outcome = command("build", "tiny.onnx", "--calibration", "calibration.npz", "--optimize", "size")
    assert (outcome.exit_code, outcome.out) == (5, "")
    error = "not bit-exact: target cortex-m4\n  found    input 0, layer stem, element 0: expected "
    assert outcome.err.startswith(error)
    assert before == {path: path.read_bytes() for path in Path("build").rglob("*") if path.is_file()}


def breaking(build: Callable[..., Images]) -> Callable[..., Images]:
    """`build`, of sources that have changed since they were emitted."""

    def build_changed(directory: Path, *arguments: Any) -> Images:
        change_bias(directory, 0)
        return build(directory, *arguments)

    return build_changed
