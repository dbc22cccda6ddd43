"""The two images of a build, on every target, in QEMU: outputs, trace, stack, UART."""

import numpy as np
import pytest

from mcucompile.target import find_target, targets
from mcucompile.toolchain import emulate, run_board_image
from tests.toolchain import toy
from tests.toolchain.conftest import BuildToy

EVERYWHERE = [(target, "arena", "speed") for target in targets()]
OTHER_WAYS = [(target, mode, "size") for target in ("cortex-m0", "cortex-m4") for mode in ("external", "rows")]
SEMIHOSTING_BREAKPOINT = b"\xab\xbe"


@pytest.mark.parametrize(("target", "mode", "optimize"), EVERYWHERE + OTHER_WAYS)
def test_verify_image_gives_outputs_and_every_row_of_every_layer(
    build_toy: BuildToy, target: str, mode: str, optimize: str
) -> None:
    images = build_toy(target, optimize, mode=mode)
    x = toy.some_inputs(3)
    result = emulate(images.verify_elf, find_target(target), x, toy.OUTPUT_BYTES, timeout_s=60)

    np.testing.assert_array_equal(result.outputs, toy.expected_output(x))
    assert len(result.records) == 3
    for records, inner, outputs in zip(result.records, toy.layer_0(x), toy.expected_output(x), strict=True):
        assert [(r.layer, r.row_begin, r.row_end) for r in records] == [(0, 0, 2), (0, 2, 4), (1, 0, 1)]
        assert records[0].data + records[1].data == inner.tobytes()
        assert records[2].data == outputs.tobytes()


@pytest.mark.parametrize(("target", "mode", "optimize"), EVERYWHERE + OTHER_WAYS)
def test_board_image_passes_its_self_test_over_uart(build_toy: BuildToy, target: str, mode: str, optimize: str) -> None:
    images = build_toy(target, optimize, mode=mode)
    crc = f"0x{toy.self_test_crc():08x}"
    assert run_board_image(images.elf, find_target(target), timeout_s=60) == (
        f"mcucompile firmware, model toy\nself test output crc {crc} expected {crc} PASS\n"
    )


def test_board_image_reports_a_wrong_output(build_toy: BuildToy) -> None:
    images = build_toy("cortex-m4", fault="bytes[96] ^= 1;")
    text = run_board_image(images.elf, find_target("cortex-m4"), timeout_s=60)
    assert text.endswith(f"expected 0x{toy.self_test_crc():08x} FAIL\n")


@pytest.mark.parametrize(("target", "mode", "optimize"), EVERYWHERE + OTHER_WAYS)
def test_computed_stack_covers_the_measured_one_closely(
    build_toy: BuildToy, target: str, mode: str, optimize: str
) -> None:
    images = build_toy(target, optimize, mode=mode)
    used = emulate(images.verify_elf, find_target(target), toy.some_inputs(1), toy.OUTPUT_BYTES, 60).stack_bytes
    assert used <= images.stack_bytes <= used + 16


def test_no_input_gives_no_output(build_toy: BuildToy) -> None:
    nothing = np.empty((0, toy.INPUT_BYTES), np.int8)
    images = build_toy("cortex-m4", mode="arena")
    result = emulate(images.verify_elf, find_target("cortex-m4"), nothing, toy.OUTPUT_BYTES, timeout_s=60)
    assert result.outputs.shape == (0, toy.OUTPUT_BYTES)
    assert result.records == ()


@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m55", "microbit"])
def test_bin_is_what_lies_in_flash_from_the_vector_table_on(build_toy: BuildToy, target: str) -> None:
    images = build_toy(target, mode="arena")
    content = images.bin.read_bytes()
    stack_top, reset = np.frombuffer(content[:8], "<u4")
    assert len(content) < 8192
    assert 0x20000000 <= stack_top < 0x40000000
    assert reset & 1
    assert images.hex.read_text().startswith(":")


@pytest.mark.parametrize("target", list(targets()))
def test_flashed_image_never_uses_semihosting(build_toy: BuildToy, target: str) -> None:
    images = build_toy(target, mode="arena")
    assert SEMIHOSTING_BREAKPOINT not in images.bin.read_bytes()
    assert SEMIHOSTING_BREAKPOINT in images.verify_elf.read_bytes()
