"""The stack that images keep beside the model's covers their own frames."""

from pathlib import Path

import pytest

from mcucompile.target import targets
from mcucompile.toolchain.compiler import FIRMWARE_STACK_BYTES, HARNESS_STACK_BYTES
from mcucompile.toolchain.objects import Compiler
from mcucompile.toolchain.stack import Frame, external_calls, read_call_graph, worst_case
from tests.toolchain.toy import write_toy

EXCEPTION_FRAME_BYTES = 26 * 4 + 4  # with floating-point registers, aligned
LIBRARY_FRAME_BYTES = 24  # memset, memcpy, strlen, division


def frames_of(directory: Path, name: str, optimize: str, mode: str, harness: bool) -> dict[str, Frame]:
    target = targets()[name]
    write_toy(directory, target, mode)
    sources = [
        path.relative_to(directory)
        for path in (directory / "firmware").glob("*.c")
        if (path.name.startswith("harness") == harness and path.name != "model_traced.c")
        or path.name in {"startup.c", "fault.c", "console_numbers.c"}
    ]
    compiler = Compiler(target, optimize, directory / "objects")
    compiler.compile(directory, sources, (Path("src"), Path("firmware")))
    frames = read_call_graph((directory / "objects").rglob("*.ci"))
    library = Frame(LIBRARY_FRAME_BYTES, True, frozenset())
    callbacks = {"firmware/main.c:give_row", "firmware/harness.c:give_row"}
    model = Frame(0, True, frozenset(callbacks & frames.keys()))
    return frames | {call: model if call.startswith("toy_") else library for call in external_calls(frames)}


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("name", ["cortex-m0", "cortex-m4", "cortex-m55", "microbit", "stm32f405", "stm32vldiscovery"])
@pytest.mark.parametrize("mode", ["arena", "rows"])
def test_board_image(tmp_path: Path, name: str, optimize: str, mode: str) -> None:
    frames = frames_of(tmp_path, name, optimize, mode, harness=False)
    assert worst_case(frames, "reset_handler", frozenset()) + EXCEPTION_FRAME_BYTES <= FIRMWARE_STACK_BYTES
    assert worst_case(frames, "fault_report", frozenset()) <= FIRMWARE_STACK_BYTES


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("name", ["cortex-m0", "cortex-m4", "cortex-m55"])
@pytest.mark.parametrize("mode", ["arena", "rows"])
def test_verify_image(tmp_path: Path, name: str, optimize: str, mode: str) -> None:
    frames = frames_of(tmp_path, name, optimize, mode, harness=True)
    own = worst_case(frames, "reset_handler", frozenset()) + worst_case(frames, "mcu_trace", frozenset())
    assert own + EXCEPTION_FRAME_BYTES <= HARNESS_STACK_BYTES
