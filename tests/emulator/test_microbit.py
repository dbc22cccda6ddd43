"""Visual wake words at 96x96x3 on a micro:bit as it is sold: 256 KB of flash, 16 KB of RAM, camera rows on demand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from mcucompile.build import build
from mcucompile.ir.program import InputMode
from mcucompile.pipeline import BuildOptions
from mcucompile.target import find_target
from mcucompile.toolchain import emulate, run_board_image
from mcucompile.zoo import build_network
from tests.emulator.images import build_graph
from tests.emulator.real_models import EXACT_INPUTS, prepare
from tests.quiet import QuietListener

MICROBIT = find_target("microbit")
ARENA_BYTES = 10656
MOST_RAM_BYTES = 12 << 10


@pytest.mark.parametrize("keep_dead_channels", [False, True])
def test_a_network_of_the_zoo(tmp_path: Path, keep_dead_channels: bool) -> None:
    """Both images fit the chip, also with every weight of the network."""
    onnx.save(build_network("mobilenet_v1", alpha=0.25, resolution=96, classes=2), tmp_path / "net.onnx")
    options = BuildOptions(
        tmp_path / "net.onnx",
        tmp_path / "net",
        "net",
        MICROBIT,
        input_mode=InputMode.ROWS,
        optimize="size",
        keep_dead_channels=keep_dead_channels,
    )
    report = build(options, QuietListener())
    assert report["verified"] == {"inputs": 2, "bit_exact": True}
    assert report["arena_bytes"] == ARENA_BYTES
    assert report["ram_bytes"] <= MOST_RAM_BYTES

    blank = np.zeros((1, 96 * 96 * 3), np.int8)
    assert emulate(tmp_path / "net/net_verify.elf", MICROBIT, blank, 2, timeout_s=120).emulation == MICROBIT.chip
    assert run_board_image(tmp_path / "net/net.elf", MICROBIT, timeout_s=120).endswith(" PASS\n")


def test_visual_wake_words(tmp_path: Path, real_data: Path) -> None:
    prepared = prepare(real_data, "vww")
    graph = replace(prepared.graph, name="vww")
    built = build_graph(graph, MICROBIT, tmp_path, InputMode.ROWS, "size")
    built.assert_bit_exact(prepared.int8(EXACT_INPUTS))
    assert built.plan.arena_bytes == ARENA_BYTES
    assert run_board_image(built.images.elf, MICROBIT, timeout_s=120).endswith(" PASS\n")
