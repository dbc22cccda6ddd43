"""Holds the emulated firmware against the NumPy reference: every layer's output, bit for bit."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mcucompile.errors import NotBitExactError, Problem
from mcucompile.ir.graph import Graph
from mcucompile.ir.shapes import macs
from mcucompile.ir.tensors import Array
from mcucompile.reference.evaluate import evaluate_int8
from mcucompile.target import Target
from mcucompile.toolchain import TraceRecord, emulate


@dataclass(frozen=True)
class Mismatch:
    """The first wrong value: input number, layer, element (flat, in HWC order); found None: no value came."""

    input: int
    layer: str
    element: int
    expected: int
    found: int | None

    def __str__(self) -> str:
        found = "nothing" if self.found is None else str(self.found)
        place = f"input {self.input}, layer {self.layer}, element {self.element}"
        return f"{place}: expected {self.expected}, found {found}"


@dataclass(frozen=True)
class Verification:
    """How many inputs ran through how many layers, and the first difference, None if there is none."""

    inputs: int
    layers: int
    first_mismatch: Mismatch | None

    @property
    def bit_exact(self) -> bool:
        return self.first_mismatch is None

    def as_json(self) -> dict[str, Any]:
        """The object that `verify --json` prints."""
        mismatch = None if self.first_mismatch is None else asdict(self.first_mismatch)
        return {
            "bit_exact": self.bit_exact,
            "inputs": self.inputs,
            "layers": self.layers,
            "first_mismatch": mismatch,
        }


def verification_inputs(graph: Graph, samples: Array, count: int) -> Array:
    """`count` int8 inputs [count, H, W, C]: real samples first, then uniform noise from a fixed seed."""
    noise = np.random.default_rng(0).integers(-128, 128, (max(count - len(samples), 0), *graph.input_type.shape))
    return np.concatenate([samples[:count], noise.astype(np.int8)])


def verify_image(
    graph: Graph, layers: Sequence[str], elf: Path, target: Target, inputs: Array, stack_bytes: int
) -> Verification:
    """Run the harness `elf` on int8 inputs [N, H, W, C] and compare every layer and the untraced output.

    layers: the tensor that each layer number of the trace defines. stack_bytes: what the model says it needs at most.
    Raises NotBitExactError if the firmware fails, writes outside its arena or needs more stack.
    """
    output_bytes = graph.output_type.bytes
    flat = inputs.reshape(len(inputs), -1)
    result = emulate(elf, target, flat, output_bytes, timeout_s=emulation_timeout_s(graph, len(inputs)))
    if result.stack_bytes > stack_bytes:
        raise NotBitExactError(
            Problem(
                f"{elf.name} in QEMU ({result.emulation.machine})",
                f"{result.stack_bytes} bytes of stack used by the model",
                f"{stack_bytes} bytes, the worst case that its report states",
                "report this as a bug in mcucompile, with the model",
            )
        )
    mismatch = None
    for number, (records, outputs) in enumerate(zip(result.records, result.outputs, strict=True)):
        expected = {name: tensor[0] for name, tensor in evaluate_int8(graph, inputs[number : number + 1]).items()}
        mismatch = _first_mismatch(number, layers, expected, records)
        mismatch = mismatch or _compare(number, graph.output, expected[graph.output].ravel(), outputs, 0)
        if mismatch is not None:
            break
    return Verification(len(inputs), len(layers), mismatch)


def emulation_timeout_s(graph: Graph, count: int) -> float:
    """Seconds after which an emulator run counts as hung: far more than the slowest core needs."""
    return 120 + count * sum(macs(graph, node) for node in graph) * 1e-5


def _first_mismatch(
    number: int, layers: Sequence[str], expected: dict[str, Array], records: Sequence[TraceRecord]
) -> Mismatch | None:
    seen = dict.fromkeys(layers, 0)
    for record in records:
        name = layers[record.layer]
        rows = expected[name][record.row_begin : record.row_end]
        first = record.row_begin * expected[name][0].size
        mismatch = _compare(number, name, rows.ravel(), np.frombuffer(record.data, np.int8), first)
        if mismatch is not None:
            return mismatch
        seen[name] += record.row_end - record.row_begin
    for name, rows_seen in seen.items():
        if rows_seen != len(expected[name]):
            element = min(rows_seen, len(expected[name]) - 1) * expected[name][0].size
            return Mismatch(number, name, element, int(expected[name].ravel()[element]), None)
    return None


def _compare(number: int, layer: str, expected: Array, found: Array, first_element: int) -> Mismatch | None:
    if found.size != expected.size:
        return Mismatch(number, layer, first_element, int(expected[0]), None)
    wrong = np.flatnonzero(expected != found)
    if not wrong.size:
        return None
    at = int(wrong[0])
    return Mismatch(number, layer, first_element + at, int(expected[at]), int(found[at]))
