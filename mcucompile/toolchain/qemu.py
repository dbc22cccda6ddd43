"""QEMU's command line."""

from pathlib import Path

from mcucompile.target import Emulation
from mcucompile.toolchain.tools import EMULATOR

_QUIET = ("-display", "none", "-monitor", "none")


def qemu_semihosting_command(emulation: Emulation, elf: Path) -> list[str]:
    """Boot `elf` with the host's files, console and exit status."""
    semihosting = ("-semihosting-config", "enable=on,target=native", "-serial", "none")
    return [EMULATOR, "-machine", emulation.machine, *emulation.options, *_QUIET, *semihosting, *_kernel(elf)]


def qemu_uart_command(machine: str, elf: Path) -> list[str]:
    """Boot `elf` as the board would, with its first UART on stdout."""
    return [EMULATOR, "-machine", machine, *_QUIET, "-serial", "stdio", *_kernel(elf)]


def _kernel(elf: Path) -> tuple[str, str]:
    return "-kernel", str(elf.absolute())
