"""Sizes of a known program are exact, and two builds of it are the same bytes."""

from pathlib import Path

import pytest

from mcucompile.target import find_target
from mcucompile.toolchain import build_images
from mcucompile.toolchain.elf import functions, sections
from tests.toolchain import toy
from tests.toolchain.conftest import BuildToy


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m55"])
def test_weights_and_statics_are_exact(build_toy: BuildToy, target: str) -> None:
    small, large = build_toy(target, mode="arena"), build_toy(target, weight_bytes=1024)
    assert small.sizes.weight_bytes == toy.WEIGHTS.size
    assert large.sizes.weight_bytes == toy.WEIGHTS.size + 1024
    assert small.sizes.static_bytes == 0
    assert small.sizes.flash_bytes == small.sizes.weight_bytes + small.sizes.code_bytes


def test_code_is_what_the_model_adds_to_the_image(build_toy: BuildToy) -> None:
    """The sum of all functions of the toy and what it calls of the libraries, and no start-up code."""
    images = build_toy("cortex-m4", "size", mode="arena")
    wanted = ("toy_", "memset", "__aeabi_ldivmod", "__udivmoddi4", "__aeabi_idiv0")
    found = {f.addresses for f in functions(images.elf) if f.name.startswith(wanted)}
    not_called, padding = 28, 2 * len(found)  # toy_quantize_input; alignment of functions
    assert 0 <= images.sizes.code_bytes - sum(map(len, found)) <= not_called + padding


def test_initialized_variables_count_in_flash_and_ram(build_toy: BuildToy) -> None:
    plain = build_toy("cortex-m4", mode="arena")
    variables = build_toy("cortex-m4", fault="static volatile int counter[5] = {1};\n    counter[0]++;")
    assert variables.sizes.static_bytes == 20
    assert variables.sizes.flash_bytes >= plain.sizes.flash_bytes + 20


def test_flash_of_the_image_is_the_bin(build_toy: BuildToy) -> None:
    images = build_toy("stm32f405", mode="arena")
    assert sum(s.bytes for s in sections(images.elf) if s.in_flash) == images.bin.stat().st_size


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m55"])
def test_two_builds_are_byte_identical(build_toy: BuildToy, target: str, tmp_path: Path) -> None:
    first = build_toy(target, mode="arena")
    directory = tmp_path / "elsewhere, with another name"
    directory.mkdir()
    toy.write_toy(directory, find_target(target), mode="arena")
    second = build_images(directory, toy.NAME, find_target(target), "speed")
    for one, other in ((first.elf, second.elf), (first.bin, second.bin), (first.hex, second.hex)):
        assert one.read_bytes() == other.read_bytes()
    assert first.verify_elf.read_bytes() == second.verify_elf.read_bytes()


def test_a_build_leaves_only_its_images(build_toy: BuildToy) -> None:
    images = build_toy("cortex-m4", mode="arena")
    assert {path.name for path in images.elf.parent.iterdir()} == {
        "src",
        "firmware",
        "toy.elf",
        "toy.bin",
        "toy.hex",
        "toy_verify.elf",
    }
