"""Boards: what board.toml, memory.ld and the sources say must agree."""

import re
from pathlib import Path

import pytest

from mcucompile.resources import resource
from mcucompile.target import CORES, Target, targets

SIZES = {
    "cortex-m0": (4 << 20, 4 << 20),
    "cortex-m3": (4 << 20, 4 << 20),
    "cortex-m33": (4 << 20, 4 << 20),
    "cortex-m4": (4 << 20, 4 << 20),
    "cortex-m55": (8 << 20, 4 << 20),
    "cortex-m7": (4 << 20, 4 << 20),
    "microbit": (256 << 10, 16 << 10),
    "stm32f405": (1 << 20, 128 << 10),
    "stm32vldiscovery": (128 << 10, 8 << 10),
}
ALL = list(targets().values())


def test_targets_and_their_real_sizes() -> None:
    assert {target.name: (target.flash_bytes, target.ram_bytes) for target in ALL} == SIZES


@pytest.mark.parametrize("target", ALL, ids=lambda target: target.name)
def test_linker_script_has_the_sizes_of_the_board(target: Target) -> None:
    lengths = re.findall(r"DEFINED\((\w+)_BYTES\) \? \w+ : (\d+)([KM])", (target.board / "memory.ld").read_text())
    sizes = {region: int(number) << {"K": 10, "M": 20}[unit] for region, number, unit in lengths}
    assert sizes == {"FLASH": target.flash_bytes, "RAM": target.ram_bytes}


@pytest.mark.parametrize("target", ALL, ids=lambda target: target.name)
def test_emulated_machine_has_at_least_the_memory_of_the_board(target: Target) -> None:
    assert target.emulation.flash_bytes >= target.flash_bytes
    assert target.emulation.ram_bytes >= target.ram_bytes


def test_every_core_has_a_board_of_its_name_for_custom_chips() -> None:
    assert all(targets()[name].core.name == name for name in CORES)


@pytest.mark.parametrize("target", ALL, ids=lambda target: target.name)
def test_firmware_files_are_a_flat_and_complete_copy(target: Target) -> None:
    files = target.firmware_files()
    assert {"startup.c", "main.c", "harness.c", "board.c", "sections.ld", "memory.ld", "memory_verify.ld"} <= set(files)
    generated = {"model_config.h", "model_traced.c"}
    for path in files.values():
        for included in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
            assert included in files or included in generated


def test_every_wait_for_a_uart_is_bounded() -> None:
    sources = [path for path in (resource("firmware") / "boards").rglob("*.c") if "_write" in path.read_text()]
    assert len(sources) == len(ALL) + 1
    for path in sources:
        assert "while" not in path.read_text()
        assert all("polls < MOST_POLLS" in loop for loop in re.findall(r"for \(.*", path.read_text()))


def test_files_are_short() -> None:
    for path in _texts():
        assert len(path.read_text().splitlines()) <= 350


def _texts() -> list[Path]:
    firmware = resource("firmware")
    return [path for folder in ("runtime", "boards", "probe") for path in (firmware / folder).rglob("*.?")]
