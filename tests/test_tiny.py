"""The whole compiler on four nodes: read this first.

A made-up network goes from ONNX through every stage to C, and the C, run in QEMU, gives the bits of the reference.
"""

from pathlib import Path

from mcucompile.build import build
from mcucompile.existing import open_build, verify_build
from mcucompile.ir.text import format_graph
from mcucompile.pipeline import BuildOptions, compile_model
from mcucompile.target import find_target
from tests.conftest import Golden
from tests.networks import tiny_calibration, tiny_model
from tests.quiet import QuietListener


def test_four_nodes_from_onnx_to_emulated_firmware(tmp_path: Path, golden: Golden) -> None:
    options = BuildOptions(
        model=tiny_model(tmp_path / "tiny.onnx"),
        directory=tmp_path / "out",
        name="tiny",
        target=find_target("cortex-m4"),
        calibration=tiny_calibration(tmp_path / "calibration.npz"),
    )
    compiled = compile_model(options, QuietListener())
    golden("tiny_int8.txt", format_graph(compiled.graph))
    golden("tiny.c", compiled.sources.files["src/tiny.c"])

    report = build(options, QuietListener())
    assert report["verified"] == {"inputs": 2, "bit_exact": True}
    assert report["macs"] == 3 * 3 * 4 * 9 + 4 * 3
    assert report["macs_executed"] == 3 * 3 * 3 * 9 + 3 * 3, "one of the four channels is 0 for every input"

    verification = verify_build(open_build(tmp_path / "out"), inputs=None, count=20)
    assert verification.bit_exact
    assert verification.inputs == 20
