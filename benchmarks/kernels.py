"""Instructions, cycles and bytes of MLPerf Tiny's networks on six cores: the bundled kernels, and Arm's CMSIS-NN.

    python -m benchmarks.kernels [NETWORK …] [--cmsis-nn PREFIX]

Instructions are exact, for one inference, as `mcucompile profile` counts them in QEMU; cycles are its estimate from
Arm's manuals, where they give timings. `ratio`: instructions of Arm's library over ours. PREFIX is what `build
--cmsis-nn` takes; "{core}" in it stands for the core's name. Every build is calibrated with 100 samples at low effort,
which changes weights, not the work. Needs MCUCOMPILE_DATA, as benchmarks/quantization.py does.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmarks.quantization import CALIBRATION, CASES, Case
from mcucompile.build import build
from mcucompile.display import TerminalListener, console
from mcucompile.existing import open_build
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import InputMode
from mcucompile.pipeline import BuildOptions
from mcucompile.profiling import profile_build
from mcucompile.quantize import DEFAULT_METHOD, Effort
from mcucompile.target import CORES, find_target

NETWORKS = ("vww", "kws", "resnet8")
LEVELS: tuple[Literal["speed", "size"], ...] = ("speed", "size")
HEADER = ("network", "core", "optimize", "kernels", "instructions", "per MAC", "cycles (est.)", "RAM", "flash", "ratio")


def main(names: list[str], cmsis_nn: str | None) -> None:
    print("| " + " | ".join(HEADER) + " |\n|---|---|---|---|" + "---:|" * (len(HEADER) - 4))
    for name in names or NETWORKS:
        if not CASES[name].model.is_file():
            print(f"{name}: no {CASES[name].model}", file=sys.stderr)
            continue
        for core in CORES:
            for optimize in LEVELS:
                for row in measure(CASES[name], core, optimize, cmsis_nn):
                    print(f"| {name} | {core} | {optimize} | " + " | ".join(row) + " |", flush=True)


def measure(
    case: Case, core: str, optimize: Literal["speed", "size"], cmsis_nn: str | None
) -> Iterator[tuple[str, ...]]:
    """A row for our kernels, and one for Arm's where a prefix is given."""
    ours = profiled(case, core, optimize, None)
    yield ("bundled", *figures(ours), "")
    if cmsis_nn is not None:
        theirs = profiled(case, core, optimize, Path(cmsis_nn.format(core=core)))
        ratio = theirs["instructions_per_inference"] / ours["instructions_per_inference"]
        yield ("CMSIS-NN", *figures(theirs), f"{ratio:.2f}")


def profiled(case: Case, core: str, optimize: Literal["speed", "size"], cmsis_nn: Path | None) -> dict[str, Any]:
    """What `profile --json` and report.json say of one build."""
    with tempfile.TemporaryDirectory() as folder:
        calibration = Path(folder) / "calibration.npz"
        with np.load(case.calibration or case.test) as samples:
            np.savez(calibration, x=samples["x"][:CALIBRATION])
        options = BuildOptions(
            model=case.model,
            directory=Path(folder) / "build",
            name="model",
            target=find_target(core),
            calibration=calibration,
            calibration_method=DEFAULT_METHOD,
            preprocessing=Preprocessing(mean=(0.0,), scale=(case.scale,)),
            effort=Effort.LOW,
            input_mode=InputMode.ARENA,
            keep_dead_channels=False,
            optimize=optimize,
            cmsis_nn=cmsis_nn,
            sources_only=False,
            verify=False,
        )
        report = build(options, TerminalListener(None, console(stderr=True), print))
        return report | profile_build(open_build(options.directory)).as_json()


def figures(result: dict[str, Any]) -> tuple[str, ...]:
    cycles = result["cycles_estimate"]
    return (
        f"{result['instructions_per_inference']:,}",
        f"{result['instructions_per_mac']:.2f}",
        "" if cycles is None else f"{cycles:,}",
        f"{result['ram_bytes']:,}",
        f"{result['flash_bytes']:,}",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(NETWORKS))
    parser.add_argument("--cmsis-nn", metavar="PREFIX")
    arguments = parser.parse_args()
    main(arguments.networks, arguments.cmsis_nn)
