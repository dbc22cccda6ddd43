"""Row programs that run: bit-exact in QEMU, their arenas, and the instructions that they cost beside layer by layer.

    python -m benchmarks.row_programs [NETWORK …] [--core CORE …] [--mode MODE …] [--price] [--cmsis-nn PREFIX]

NETWORK: name-alpha-resolution, by default the six of benchmarks/memory.py. They come from the zoo with all channels
kept, quantized without data, which changes weights, not the work. Each line: bytes of the arena, layer by layer and by
rows; every layer of one input in QEMU against the reference, on the core asked for, or cortex-m55 where the flash of
its board is too small. --price: the instructions of one inference, as `mcucompile profile` counts them, of the same
kernels in both programs. PREFIX is what `build --cmsis-nn` takes, with "{core}" for the core's name. The exit code is
1 if a line is WRONG.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.memory import NETWORKS
from mcucompile.ir.graph import Graph
from mcucompile.ir.program import InputMode
from mcucompile.ir.tensors import Array
from mcucompile.target import CORES, Target, find_target
from mcucompile.toolchain import count_instructions
from mcucompile.verification import emulation_timeout_s
from mcucompile.zoo import NETWORKS as ZOO
from tests.emulator.graphs import noise, zoo_graph
from tests.emulator.images import Arrange, Built, build_graph, layer_by_layer, row_by_row

HEADER = ("network", "mode", "target", "kernels", "layers", "rows", "bound", "steps", "verified")
PRICE = ("instructions, layers", "rows", "price")
WRONG = "WRONG: "
CODE_BYTES = 100_000
"""More than all kernels of a network."""


def target_of(graph: Graph, core: str) -> Target:
    """The board of `core` if the weights fit its flash."""
    weights = sum(getattr(node.operator, "weights", np.empty(0)).size for node in graph)
    target = find_target(core)
    return target if weights + CODE_BYTES < target.flash_bytes else find_target("cortex-m55")


def instructions(built: Built, x: Array) -> int:
    timeout_s = 10 * emulation_timeout_s(built.graph, 1)
    counts = count_instructions(built.images.verify_elf, built.graph.name, built.target, x.ravel(), timeout_s)
    return sum(execution.count for execution in counts.executions)


def measure(graph: Graph, target: Target, mode: InputMode, cmsis_nn: str | None, price: bool) -> list[str]:
    x = noise(graph)
    prefix = None if cmsis_nn is None else Path(cmsis_nn.format(core=target.core.name))

    def built(arrange: Arrange, folder: str) -> Built:
        return build_graph(graph, target, Path(folder), mode, cmsis_nn=prefix, arrange=arrange)

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other_folder:
        rows, layers = built(row_by_row, folder), built(layer_by_layer, other_folder)
        found = rows.verify(x)
        verified = f"bit-exact, {found.layers} layers" if found.bit_exact else f"{WRONG}{found.first_mismatch}"
        sizes = (layers.plan.arena_bytes, rows.plan.arena_bytes, rows.plan.lower_bound_bytes, len(rows.program.steps))
        line = [*(f"{size:,}" for size in sizes), verified]
        if price:
            whole, in_rows = instructions(layers, x), instructions(rows, x)
            line += [f"{whole:,}", f"{in_rows:,}", f"{in_rows / whole - 1:+.1%}"]
    return line


def main(options: argparse.Namespace) -> int:
    """Print the table; the exit code is 1 if a program computes something else than the reference."""
    cmsis_nn, price = options.cmsis_nn, options.price
    header = [*HEADER, *(PRICE if price else ())]
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    libraries = [("bundled", None), *([("CMSIS-NN", cmsis_nn)] if cmsis_nn else [])]
    is_wrong = False
    for spec in options.networks or NETWORKS:
        graph, name = zoo_graph(*spec), "-".join(map(str, spec))
        for target in dict.fromkeys(target_of(graph, core) for core in options.core or ["cortex-m4"]):
            for mode in options.mode or ["arena", "rows"]:
                for library, prefix in libraries:
                    line = measure(graph, target, InputMode(mode), prefix, price)
                    print("| " + " | ".join([name, mode, target.name, library, *line]) + " |", flush=True)
                    is_wrong |= any(cell.startswith(WRONG) for cell in line)
    return 1 if is_wrong else 0


def network(name: str) -> tuple[str, float, int]:
    """What zoo_graph takes.

    >>> network("mobilenet_v1-0.25-96")
    ('mobilenet_v1', 0.25, 96)
    """
    try:
        kind, alpha, resolution = name.split("-")
        spec = kind, float(alpha), int(resolution)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{name}' is no name-alpha-resolution") from None
    if kind not in ZOO:
        raise argparse.ArgumentTypeError(f"'{kind}' is none of {', '.join(ZOO)}")
    return spec


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", type=network, metavar="NETWORK")
    parser.add_argument("--core", action="append", choices=list(CORES))
    parser.add_argument("--mode", action="append", choices=[mode.value for mode in InputMode])
    parser.add_argument("--price", action="store_true")
    parser.add_argument("--cmsis-nn", metavar="PREFIX")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(parse(sys.argv[1:])))
