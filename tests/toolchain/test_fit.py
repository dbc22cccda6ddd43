"""What is too big for the real chip is refused, to the byte."""

import pytest

from mcucompile.errors import DoesNotFitError
from mcucompile.target import custom_target, find_target
from mcucompile.toolchain import emulate
from mcucompile.toolchain.compiler import reserved_stack_bytes
from tests.toolchain import toy
from tests.toolchain.conftest import BuildToy


def error(build_toy: BuildToy, *args: object, **options: object) -> str:
    with pytest.raises(DoesNotFitError) as caught:
        build_toy(*args, **options)
    return str(caught.value)


def test_flash_and_ram_are_both_reported(build_toy: BuildToy) -> None:
    small = build_toy("microbit", mode="arena")
    stack = reserved_stack_bytes(small.stack_bytes)
    text = error(build_toy, "microbit", arena_bytes=16512, weight_bytes=300000)
    flash, ram = text.split("does not fit: ")[1:]
    total = int(flash.split(" bytes (weights 300128, code ")[0].split()[-1])
    assert total > 300128
    assert flash == (
        "target microbit, FLASH\n"
        f"  found    {total} bytes (weights 300128, code {_code(flash)}, start-up and self test {_rest(flash)}): "
        f"{total - 262144} too many\n"
        "  allowed  262144 bytes\n"
        "  do       take a lower width multiplier, --optimize size, or a target with more flash\n"
    )
    assert _code(flash) + _rest(flash) + 300128 == total
    assert ram == (
        "target microbit, RAM\n"
        f"  found    {16512 + stack} bytes (arena 16512, stack {stack}): {16512 + stack - 16384} too many\n"
        "  allowed  16384 bytes\n"
        "  do       take --input-mode rows, a lower resolution or width multiplier, or a target with more RAM"
    )


def _code(text: str) -> int:
    return int(text.split("code ")[1].split(",")[0])


def _rest(text: str) -> int:
    return int(text.split("self test ")[1].split(")")[0])


@pytest.mark.parametrize(
    ("target", "ram_bytes"), [("microbit", 16384), ("stm32vldiscovery", 8192), ("stm32f405", 131072)]
)
def test_arena_that_just_fits_also_verifies(build_toy: BuildToy, target: str, ram_bytes: int) -> None:
    arena_bytes = ram_bytes - reserved_stack_bytes(build_toy(target, mode="arena").stack_bytes)
    images = build_toy(target, arena_bytes=arena_bytes)
    result = emulate(images.verify_elf, find_target(target), toy.some_inputs(1), toy.OUTPUT_BYTES, timeout_s=60)
    assert result.outputs.tobytes() == toy.expected_output(toy.some_inputs(1)).tobytes()
    assert result.emulation == find_target(target).emulation
    assert f"(arena {arena_bytes + 4}, stack {ram_bytes - arena_bytes}): 4 too many" in error(
        build_toy, target, arena_bytes=arena_bytes + 4
    )


@pytest.mark.parametrize("target", ["microbit", "stm32vldiscovery", "stm32f405"])
def test_a_harness_that_fits_the_chip_runs_on_it(build_toy: BuildToy, target: str) -> None:
    images = build_toy(target, mode="rows")
    result = emulate(images.verify_elf, find_target(target), toy.some_inputs(1), toy.OUTPUT_BYTES, timeout_s=60)
    assert result.outputs.tobytes() == toy.expected_output(toy.some_inputs(1)).tobytes()
    assert result.emulation == find_target(target).chip


def test_sizes_of_a_custom_chip_are_enforced(build_toy: BuildToy) -> None:
    chip = custom_target("cortex-m4", flash_bytes=2048, ram_bytes=2048)
    text = error(build_toy, chip, arena_bytes=2048)
    assert "target custom-cortex-m4, FLASH" in text
    assert "allowed  2048 bytes" in text
    fitting = custom_target("cortex-m4", flash_bytes=4096, ram_bytes=2048)
    images = build_toy(fitting, arena_bytes=1024)
    assert emulate(images.verify_elf, fitting, toy.some_inputs(1), toy.OUTPUT_BYTES, timeout_s=60).outputs.size


def test_external_input_buffer_is_named(build_toy: BuildToy) -> None:
    text = error(build_toy, custom_target("cortex-m4", 65536, 512), mode="external")
    assert "(arena 100, input 32, stack " in text
