"""Instructions, cycles and bytes of MLPerf Tiny's networks on six cores: the bundled kernels, and Arm's CMSIS-NN.

    python -m benchmarks.kernels [NETWORK …] [--cores CORE …] [--optimize speed|size …] [--cmsis-nn PREFIX]
                                 [--keep-dead-channels]

Instructions are those of one inference and of nothing else, exact, as `mcucompile profile` counts them in QEMU; cycles
are its estimate. `ratio`: instructions of Arm's library over ours. RAM is arena, statics and the worst-case stack;
flash is weights, code and kernels of the model. PREFIX is what `build --cmsis-nn` takes; "{core}" in it stands for the
core's name. A build that fails says why in its row.

Every build is calibrated with 100 samples at low effort, which changes weights, not the work. MLPerf Tiny's networks
need MCUCOMPILE_DATA, as in benchmarks/quantization.py; "digits" and its like are always there.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmarks.quantization import CALIBRATION, CASES, Case
from mcucompile.build import build
from mcucompile.display import TerminalListener, console
from mcucompile.errors import CompileError
from mcucompile.existing import open_build
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.pipeline import BuildOptions
from mcucompile.profiling import profile_build
from mcucompile.quantize import Effort
from mcucompile.target import CORES, find_target

NETWORKS = ("vww", "kws", "resnet8")
LEVELS: tuple[Literal["speed", "size"], ...] = ("speed", "size")
KEYS = ("network", "core", "optimize", "kernels")
FIGURES = ("MACs", "instructions", "per MAC", "cycles (est.)", "RAM", "flash", "ratio")

Result = dict[str, Any] | CompileError
"""What `profile --json` and report.json say of one build, or why there is none."""


@dataclass(frozen=True)
class Setting:
    """One build but for its kernels."""

    case: Case
    core: str
    optimize: Literal["speed", "size"]
    keep_dead_channels: bool


def main(arguments: argparse.Namespace) -> int:
    """Print the table; the exit code is 1 if a model is missing or a build failed."""
    print(line(*KEYS, *FIGURES) + "\n|" + "---|" * len(KEYS) + "---:|" * len(FIGURES))
    missing = [name for name in arguments.networks or NETWORKS if not CASES[name].model.is_file()]
    for name in missing:
        print(f"{name}: no {CASES[name].model}", file=sys.stderr)
    has_failed = bool(missing)
    for name in arguments.networks or NETWORKS:
        for core in arguments.cores if name not in missing else ():
            for optimize in arguments.optimize:
                setting = Setting(CASES[name], core, optimize, arguments.keep_dead_channels)
                for kernels, result, ratio in measure(setting, arguments.cmsis_nn):
                    print(line(name, core, optimize, kernels, *figures(result, ratio)), flush=True)
                    has_failed |= isinstance(result, CompileError)
    return 1 if has_failed else 0


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def measure(setting: Setting, cmsis_nn: str | None) -> Iterator[tuple[str, Result, str]]:
    """Kernels, result and ratio of a row for ours, and of one for Arm's where a prefix is given."""
    ours = profiled(setting, None)
    yield "bundled", ours, ""
    if cmsis_nn is not None:
        theirs = profiled(setting, Path(cmsis_nn.format(core=setting.core)))
        yield "CMSIS-NN", theirs, ratio_of(theirs, ours)


def profiled(setting: Setting, cmsis_nn: Path | None) -> Result:
    """What `profile --json` and report.json say of one build, or why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        calibration = Path(folder) / "calibration.npz"
        with np.load(setting.case.calibration or setting.case.test) as samples:
            np.savez(calibration, x=samples["x"][:CALIBRATION])
        options = BuildOptions(
            model=setting.case.model,
            directory=Path(folder) / "build",
            name="model",
            target=find_target(setting.core),
            calibration=calibration,
            preprocessing=Preprocessing(scale=(setting.case.scale,)),
            effort=Effort.LOW,
            keep_dead_channels=setting.keep_dead_channels,
            optimize=setting.optimize,
            cmsis_nn=cmsis_nn,
            verify=False,
        )
        try:
            report = build(options, TerminalListener(None, console(stderr=True), print))
            return report | profile_build(open_build(options.directory)).as_json()
        except CompileError as error:
            return error


def figures(result: Result, ratio: str) -> tuple[str, ...]:
    """The figures, or what went wrong in the first column of them."""
    if isinstance(result, CompileError):
        problem = result.problems[0]
        said = f"{result.headline}: {problem.where}: {problem.found}".replace("|", "/")
        return (" ".join(said.split())[:200], *("" for _ in FIGURES[1:]))
    cycles = result["cycles_estimate"]
    return (
        f"{result['macs']:,}",
        f"{result['instructions_per_inference']:,}",
        f"{result['instructions_per_mac']:.2f}",
        "" if cycles is None else f"{cycles:,}",
        f"{result['ram_bytes']:,}",
        f"{result['flash_bytes']:,}",
        ratio,
    )


def ratio_of(theirs: Result, ours: Result) -> str:
    if isinstance(theirs, CompileError) or isinstance(ours, CompileError):
        return ""
    return f"{theirs['instructions_per_inference'] / ours['instructions_per_inference']:.2f}"


def network(name: str) -> str:
    if name not in CASES:
        raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(CASES)}")
    return name


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", type=network, metavar="NETWORK", help=f"Default: {', '.join(NETWORKS)}.")
    parser.add_argument("--cores", nargs="+", choices=list(CORES), default=list(CORES), metavar="CORE")
    parser.add_argument("--optimize", nargs="+", choices=LEVELS, default=LEVELS)
    parser.add_argument("--cmsis-nn", metavar="PREFIX")
    parser.add_argument("--keep-dead-channels", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(parse(sys.argv[1:])))
