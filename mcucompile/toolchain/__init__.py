"""Sources -> Image -> RunResult: compiler, sizes, stack depth, QEMU, profile."""

from mcucompile.toolchain.cmsis_nn import find_cmsis_nn
from mcucompile.toolchain.compiler import Images, build_images
from mcucompile.toolchain.counting import Counts, Execution, count_instructions
from mcucompile.toolchain.cycles import cycle_source, estimate_cycles
from mcucompile.toolchain.emulator import RunResult, TraceRecord, emulate, run_board_image
from mcucompile.toolchain.instruction_classes import classify
from mcucompile.toolchain.plugin import require_profiler
from mcucompile.toolchain.sizes import Sizes
from mcucompile.toolchain.tools import Tool, diagnose, require_build_tools, require_emulator

__all__ = [
    "Counts",
    "Execution",
    "Images",
    "RunResult",
    "Sizes",
    "Tool",
    "TraceRecord",
    "build_images",
    "classify",
    "count_instructions",
    "cycle_source",
    "diagnose",
    "emulate",
    "estimate_cycles",
    "find_cmsis_nn",
    "require_build_tools",
    "require_emulator",
    "require_profiler",
    "run_board_image",
]
