"""Sources -> Image -> RunResult: compiler, sizes, stack depth, QEMU."""

from mcucompile.toolchain.cmsis_nn import find_cmsis_nn
from mcucompile.toolchain.compiler import Images, build_images
from mcucompile.toolchain.emulator import RunResult, TraceRecord, emulate, run_board_image
from mcucompile.toolchain.sizes import Sizes
from mcucompile.toolchain.tools import Tool, diagnose, require_build_tools, require_emulator

__all__ = [
    "Images",
    "RunResult",
    "Sizes",
    "Tool",
    "TraceRecord",
    "build_images",
    "diagnose",
    "emulate",
    "find_cmsis_nn",
    "require_build_tools",
    "require_emulator",
    "run_board_image",
]
