"""The commands as a user types them: exit codes, whole messages, JSON, and what stays untouched."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from mcucompile import __version__
from tests.command import Command


def test_build_verify_run(command: Command) -> None:
    built = command("build", "tiny.onnx", "--calibration", "calibration.npz", "--json")
    assert built.exit_code == 0
    assert built.json == json.loads(Path("build/tiny/report.json").read_text())
    for name in (
        "src/tiny.c",
        "src/tiny.h",
        "src/tiny_weights.c",
        "src/tiny_weights.h",
        "graph.txt",
        built.json["memory_picture"],
        "tiny.elf",
        "tiny.bin",
        "tiny.hex",
    ):
        assert (Path("build/tiny") / name).is_file(), name

    verified = command("verify", "build/tiny", "--count", 3, "--json")
    assert (verified.exit_code, verified.json) == (
        0,
        {"bit_exact": True, "inputs": 3, "layers": 3, "first_mismatch": None},
    )

    by_reference = command("run", "build/tiny", "--inputs", "calibration.npz", "--json").json
    emulated = command("run", "build/tiny", "--inputs", "calibration.npz", "--emulate", "--json").json
    assert by_reference == emulated
    assert by_reference["inputs"] == len(by_reference["top1"]) == len(by_reference["outputs"]) == 16
    labels = np.load("calibration.npz")["y"]
    assert by_reference["accuracy"] == np.mean(labels == by_reference["top1"])


def test_the_summary_says_what_was_proven(command: Command) -> None:
    built = command("build", "tiny.onnx", "--calibration", "calibration.npz")
    assert "bit-exact in QEMU: 2 inputs, all 3 layers; written to build/tiny" in built.out
    assert built.err == ""


def test_no_data_is_said_loudly(command: Command) -> None:
    built = command("build", "tiny.onnx", "--sources-only")
    assert "warning: ACCURACY UNVERIFIED: no calibration data was given" in built.err
    assert "not verified" in built.out


def test_the_same_build_twice_gives_the_same_bytes(command: Command) -> None:
    for directory in ("one", "two"):
        command("build", "tiny.onnx", "--calibration", "calibration.npz", "-o", directory)
    files = [path.relative_to("one") for path in Path("one").rglob("*") if path.is_file()]
    assert files
    assert [str(f) for f in files if (Path("one") / f).read_bytes() != (Path("two") / f).read_bytes()] == []


def test_sources_only_needs_no_tools(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert command("build", "tiny.onnx", "--sources-only").exit_code == 0
    report = json.loads(Path("build/tiny/report.json").read_text())
    assert report["flash_bytes"] is None
    assert report["verified"] is None
    missing = command("verify", "build/tiny")
    assert missing.exit_code == 6


def test_build_without_tools(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    built = command("build", "tiny.onnx")
    assert built.exit_code == 6
    assert "--sources-only" in built.err
    assert not Path("build").exists()


def test_verify_of_sources_only(command: Command) -> None:
    command("build", "tiny.onnx", "--sources-only")
    verified = command("verify", "build/tiny")
    assert (verified.exit_code, verified.err) == (
        2,
        "error: build/tiny\n"
        "  found    no tiny_verify.elf\n"
        "  allowed  a build with firmware images\n"
        "  do       build without --sources-only\n",
    )


def test_dump_after_prints_the_value(command: Command) -> None:
    built = command("build", "tiny.onnx", "--sources-only", "--dump-after", "optimize")
    assert built.out.startswith("graph tiny\n  %image : 6x6x1 f32\n")


def test_module_is_the_command_too() -> None:
    command = [sys.executable, "-m", "mcucompile", "--version"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent)
    assert shown.stdout == f"mcucompile, version {__version__}\n"


def test_targets_and_doctor(command: Command) -> None:
    listed = command("targets")
    assert listed.exit_code == 0
    assert all(name in listed.out for name in ("cortex-m0", "cortex-m55", "microbit", "stm32f405"))
    assert "arm-none-eabi-gcc" in command("doctor").out


def test_doctor_names_what_is_missing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    examined = command("doctor")
    assert examined.exit_code == 6
    assert "apt-get install" in examined.out


def test_doctor_lists_what_is_optional(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcucompile.toolchain.tools._version", lambda name: None if name == "cc" else "1.0")
    examined = command("doctor")
    assert examined.exit_code == 0
    line = next(line for line in examined.out.splitlines() if line.startswith("cc "))
    expected = "cc missing apt-get install gcc libc6-dev profile without it counts instructions only"
    assert " ".join(line.split()) == expected


def test_operators_lists_what_the_checks_say(command: Command) -> None:
    listed = " ".join(command("operators").out.split())
    assert "BatchNormalization channel_affine training_mode is 0 and only the first output is used;" in listed


def test_inspect_json(command: Command) -> None:
    inspected = command("inspect", "tiny.onnx", "--json").json
    assert inspected["macs"] == 3 * 3 * 4 * 9 + 4 * 3
    assert inspected["parameters"] == 4 * 9 + 4 + 3 * 4 + 3
    assert [layer["kind"] for layer in inspected["layers"]] == ["standard", "other", "fully connected"]


def test_inspect_memory(command: Command) -> None:
    def segment(layers: list[str], step: int, peak: int, tensors: dict[str, int]) -> dict[str, object]:
        shape = {"layers": layers, "by_rows": False, "steps": 1}
        return {**shape, "peak_step": step, "peak_bytes": peak, "tensors": tensors, "scratch_bytes": 0}

    memory = command("inspect", "tiny.onnx", "--memory", "--json").json["memory"]
    assert list(memory) == ["arena", "external", "rows"]
    assert memory["external"] == {
        "arena_bytes": 40,
        "arena_lower_bound_bytes": 40,
        "segments": [
            segment(["stem"], step=0, peak=36, tensors={"stem": 36}),
            segment(["mean"], step=1, peak=40, tensors={"stem": 36, "mean": 4}),
            segment(["head"], step=2, peak=7, tensors={"mean": 4, "head": 3}),
        ],
    }
    assert memory["rows"]["segments"][0]["by_rows"]
    shown = command("inspect", "tiny.onnx", "--memory").out
    assert "input mode rows: arena 56 bytes (lower bound 56)\n" in shown
    assert "stem    by rows, 3 steps          54  ████████████  stem 36, image 18\n" in shown


def _fails(command: Command, exit_code: int, error: str, *arguments: object) -> None:
    """The command ends so, and an earlier build stays as it was."""
    assert command("build", "tiny.onnx", "-o", "kept", "--sources-only").exit_code == 0
    before = {path: path.read_bytes() for path in Path("kept").rglob("*") if path.is_file()}
    outcome = command("build", *arguments, "-o", "kept")
    assert (outcome.exit_code, outcome.err) == (exit_code, error)
    assert outcome.out == ""
    assert before == {path: path.read_bytes() for path in Path("kept").rglob("*") if path.is_file()}


def test_model_that_is_not_there(command: Command) -> None:
    error = "error: no.onnx\n  found    no such file\n  allowed  an ONNX model\n  do       check the path\n"
    _fails(command, 2, error, "no.onnx")


def test_unknown_target(command: Command) -> None:
    outcome = command("build", "tiny.onnx", "--target", "z80")
    assert outcome.exit_code == 2
    assert outcome.err.startswith("error: --target\n  found    'z80'\n  allowed  cortex-m0, ")


def test_target_too_small_for_the_arena(command: Command) -> None:
    error = (
        "does not fit: target custom-cortex-m0, RAM\n"
        "  found    an arena of 48 bytes, the least found for input mode arena: 4 bytes too many\n"
        "  allowed  44 bytes of RAM for arena, statics and stack\n"
        "  do       take --input-mode external (an arena of 32 bytes, beside 36 of input that the caller keeps), "
        "or a lower resolution or width multiplier, or more RAM; "
        "too large as well: rows (an arena of 48 bytes, the caller hands over row by row)\n"
    )
    _fails(command, 4, error, "tiny.onnx", "--cpu", "cortex-m0", "--flash", "32K", "--ram", "44")


def test_empty_cpu(command: Command) -> None:
    assert "  found    --cpu ''\n" in command("build", "tiny.onnx", "--cpu", "").err
    whole = command("build", "tiny.onnx", "--cpu", "", "--flash", "64K", "--ram", "16K")
    assert (whole.exit_code, whole.err.splitlines()[:2]) == (2, ["error: --cpu", "  found    ''"])
    assert command("build", "tiny.onnx", "--target", "").err.splitlines()[:2] == ["error: --target", "  found    ''"]


def test_half_a_custom_target(command: Command) -> None:
    outcome = command("build", "tiny.onnx", "--cpu", "cortex-m0")
    assert (outcome.exit_code, outcome.err) == (
        2,
        "error: target options\n"
        "  found    --cpu cortex-m0\n"
        "  allowed  --target NAME, or all of --cpu CPU --flash SIZE --ram SIZE\n"
        "  do       complete it; cores are cortex-m0, cortex-m3, cortex-m4, cortex-m7, cortex-m33, cortex-m55\n",
    )


def test_a_name_that_c_cannot_spell(command: Command) -> None:
    error = (
        "error: --name\n"
        "  found    '9 lives'\n"
        "  allowed  a letter, then letters, digits and underscores; no header's name, such as string\n"
        "  do       try --name model_9_lives\n"
    )
    _fails(command, 2, error, "tiny.onnx", "--name", "9 lives")


def test_a_name_that_hides_a_header(command: Command) -> None:
    for name in ("string", "arm_nn_types", "board"):
        assert command("build", "tiny.onnx", "--name", name).exit_code == 2
    Path("float.onnx").write_bytes(Path("tiny.onnx").read_bytes())
    assert command("build", "float.onnx", "--sources-only").exit_code == 0
    assert Path("build/float_model/src/float_model.h").is_file()


def test_a_directory_that_is_not_ours(command: Command) -> None:
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("keep")
    outcome = command("build", "tiny.onnx", "-o", "mine")
    assert outcome.exit_code == 2
    assert "a directory with other content and no report.json of ours" in outcome.err
    assert [path.name for path in Path("mine").iterdir()] == ["notes.txt"]


def test_empty_calibration(command: Command) -> None:
    np.savez("empty.npz", x=np.zeros((0, 1, 6, 6), np.float32))
    outcome = command("build", "tiny.onnx", "--calibration", "empty.npz")
    assert outcome.exit_code == 2
    assert outcome.err.startswith("error: empty.npz\n  found    no samples: 'x' is empty\n")


def test_inputs_of_another_shape(command: Command) -> None:
    command("build", "tiny.onnx", "--sources-only")
    np.savez("wide.npz", x=np.zeros((2, 1, 6, 7), np.float32))
    outcome = command("run", "build/tiny", "--inputs", "wide.npz")
    assert (outcome.exit_code, outcome.err) == (
        2,
        "error: wide.npz, array 'x'\n"
        "  found    shape [2, 1, 6, 7]\n"
        "  allowed  [N, 1, 6, 6] or [N, 6, 6, 1]\n"
        "  do       save the inputs in the shape that the model takes\n",
    )


def test_an_unknown_operator(command: Command) -> None:
    model = onnx.load("tiny.onnx")
    model.graph.node[1].op_type = "Einsum"
    onnx.save(model, "odd.onnx")
    for arguments in (("build", "odd.onnx"), ("inspect", "odd.onnx")):
        outcome = command(*arguments)
        assert outcome.exit_code == 3
        assert outcome.err.startswith("not supported: ")
        assert "Einsum" in outcome.err


@pytest.mark.parametrize("content", [b"", b"\x08", b"no model at all", b"\x00" * 100])
def test_files_that_are_no_models(command: Command, content: bytes) -> None:
    Path("bad.onnx").write_bytes(content)
    outcome = command("build", "bad.onnx")
    assert outcome.exit_code == 2
    assert outcome.err.startswith("error: bad.onnx\n  found    ")


def test_a_truncated_model(command: Command) -> None:
    Path("cut.onnx").write_bytes(Path("tiny.onnx").read_bytes()[:200])
    assert command("build", "cut.onnx").exit_code in (2, 3)


def test_a_damaged_build(command: Command) -> None:
    command("build", "tiny.onnx", "--sources-only")
    Path("build/tiny/reference/graph.npz").write_bytes(b"damaged")
    outcome = command("run", "build/tiny", "--inputs", "calibration.npz")
    assert outcome.exit_code == 2
    assert "build it again" in outcome.err
    shutil.rmtree("build/tiny/reference")
    assert command("run", "build/tiny", "--inputs", "calibration.npz").exit_code == 2


def test_usage_errors_exit_with_2(command: Command) -> None:
    assert command("frobnicate").exit_code == 2
    assert command("build").exit_code == 2
    assert command("verify", "nowhere").exit_code == 2


@pytest.mark.parametrize("name", ["main", "startup", "harness", "model", "arm_softmax_s8", "int"])
def test_names_that_our_files_have_as_well(command: Command, name: str) -> None:
    assert command("build", "tiny.onnx", "--name", name).exit_code == 0


def test_damaged_samples(command: Command) -> None:
    command("build", "tiny.onnx")
    Path("build/tiny/reference/samples.npz").write_bytes(b"")
    verified = command("verify", "build/tiny")
    assert (verified.exit_code, verified.err) == (
        2,
        "error: build/tiny/reference/samples.npz\n"
        "  found    missing or damaged\n"
        "  allowed  an untouched build\n"
        "  do       build it again\n",
    )


def test_a_network_of_one_table(command: Command) -> None:
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 2, 4, 4]) for name in "xy"]
    graph = onnx.helper.make_graph([node], "relu", ends[:1], ends[1:])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)]), "relu.onnx")
    assert command("build", "relu.onnx").exit_code == 0


def test_a_library_that_is_not_there_is_told_first(command: Command) -> None:
    outcome = command("build", "tiny.onnx", "--sources-only", "--cmsis-nn", "nowhere")
    assert outcome.exit_code == 2
    assert "found    no arm_nnfunctions.h" in outcome.err
