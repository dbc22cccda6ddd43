"""Sources -> Image -> RunResult: compiler, sizes, stack depth, QEMU, profile."""

from mcucompile.toolchain.cmsis_nn import find_cmsis_nn
from mcucompile.toolchain.compiler import Images, build_images
from mcucompile.toolchain.counting import Counts, Execution, count_instructions
from mcucompile.toolchain.emulator import RunResult, TraceRecord, emulate, run_board_image
from mcucompile.toolchain.estimates import Estimate, estimate_cycles
from mcucompile.toolchain.instruction_classes import KINDS, classify
from mcucompile.toolchain.laps import LapCounts, count_laps
from mcucompile.toolchain.plugin import why_no_plugin
from mcucompile.toolchain.sizes import Sizes
from mcucompile.toolchain.tools import Tool, diagnose, require_build_tools, require_emulator

__all__ = [
    "KINDS",
    "Counts",
    "Estimate",
    "Execution",
    "Images",
    "LapCounts",
    "RunResult",
    "Sizes",
    "Tool",
    "TraceRecord",
    "build_images",
    "classify",
    "count_instructions",
    "count_laps",
    "diagnose",
    "emulate",
    "estimate_cycles",
    "find_cmsis_nn",
    "require_build_tools",
    "require_emulator",
    "run_board_image",
    "why_no_plugin",
]
