"""`mcucompile build` simplifies, unless --keep-dead-channels says not to."""

from tests.command import Command

ALL = 3 * 3 * 4 * 9 + 4 * 3
LEFT = 3 * 3 * 3 * 9 + 3 * 3
"""Multiply-adds of tiny_model: one of its four channels is 0 for every input."""


def test_dead_channels_go_or_stay(command: Command) -> None:
    build = ("build", "tiny.onnx", "--calibration", "calibration.npz", "--sources-only")
    simple = command(*build, "-o", "simple", "--json").json
    assert (simple["macs"], simple["macs_executed"]) == (ALL, LEFT)
    assert [layer["out_shape"] for layer in simple["layers"]] == [[1, 3, 3, 3], [1, 1, 1, 3], [1, 1, 1, 3]]

    whole = command(*build, "-o", "whole", "--keep-dead-channels", "--json").json
    assert (whole["macs"], whole["macs_executed"]) == (ALL, ALL)
    assert [layer["out_shape"] for layer in whole["layers"]] == [[1, 3, 3, 4], [1, 1, 1, 4], [1, 1, 1, 3]]

    outputs = [
        command("run", directory, "--inputs", "calibration.npz", "--json").json["outputs"]
        for directory in ("simple", "whole")
    ]
    assert outputs[0] == outputs[1]


def test_the_summary_tells_both_numbers_where_they_differ(command: Command) -> None:
    build = ("build", "tiny.onnx", "--calibration", "calibration.npz", "--sources-only")
    assert f"{LEFT} executed of {ALL} multiply-adds, 55 parameters" in command(*build).out
    assert f"  {ALL} multiply-adds, 55 parameters" in command(*build, "--keep-dead-channels").out


def test_dump_after_simplify(command: Command) -> None:
    build = ("build", "tiny.onnx", "--calibration", "calibration.npz", "--sources-only")
    assert "weights=3x3x3x1:s8" in command(*build, "--dump-after", "simplify").out
    assert "weights=4x3x3x1:s8" in command(*build, "--dump-after", "quantize").out
