"""Commands on an existing build directory: verify it in QEMU, run it on inputs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mcucompile import output
from mcucompile.data import Samples, read_samples
from mcucompile.errors import Problem, UsageError
from mcucompile.ir.graph import Graph
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.tensors import Array
from mcucompile.pipeline import Listener
from mcucompile.reference.evaluate import run_int8
from mcucompile.target import Target, custom_target, targets
from mcucompile.toolchain import emulate, require_emulator
from mcucompile.verification import Verification, emulation_timeout_s, verification_inputs, verify_image


@dataclass(frozen=True)
class Build:
    """What a build directory holds."""

    directory: Path
    report: output.Report
    graph: Graph
    samples: Array

    @property
    def name(self) -> str:
        return str(self.report["name"])

    @property
    def preprocessing(self) -> Preprocessing:
        recorded = self.report["build"]["preprocessing"]
        return Preprocessing(tuple(recorded["mean"]), tuple(recorded["scale"]))

    @property
    def target(self) -> Target:
        name, build = self.report["target"], self.report["build"]
        return targets().get(name) or custom_target(build["cpu"], build["flash_bytes"], build["ram_bytes"])

    def verify_elf(self) -> Path:
        """The harness image. Raises UsageError if the directory holds sources only."""
        elf = self.directory / f"{self.name}_verify.elf"
        if not elf.is_file():
            allowed = "a build with firmware images"
            problem = Problem(str(self.directory), f"no {elf.name}", allowed, "build without --sources-only")
            raise UsageError(problem)
        return elf

    def int8_inputs(self, path: Path) -> tuple[Array, Samples]:
        """The inputs in `path`, quantized [N, H, W, C], and as they were read."""
        samples = read_samples(path, self.graph, self.preprocessing)
        return self.graph.input_type.quantized().quantize(samples.x), samples


@dataclass(frozen=True, eq=False)
class Results:
    """Outputs of N inputs, dequantized [N, O]; the highest output's class [N]; accuracy where labels are known."""

    outputs: Array
    top1: Array
    accuracy: float | None

    def as_json(self) -> dict[str, Any]:
        """The object that `run --json` prints."""
        return {
            "inputs": len(self.outputs),
            "top1": self.top1.tolist(),
            "accuracy": self.accuracy,
            "outputs": self.outputs.tolist(),
        }


def open_build(directory: Path) -> Build:
    """Read a build directory. Raises UsageError."""
    report = output.read_report(directory)
    return Build(directory, report, *output.read_reference(directory))


def verify_build(build: Build, inputs: Path | None, count: int) -> Verification:
    """Compare every layer on `count` inputs: of the file, or the kept calibration samples and then noise."""
    require_emulator()
    elf = build.verify_elf()
    samples = build.samples if inputs is None else build.int8_inputs(inputs)[0][:count]
    x = verification_inputs(build.graph, samples, count if inputs is None else len(samples))
    layers = [layer["name"] for layer in build.report["layers"]]
    return verify_image(build.graph, layers, elf, build.target, x, build.report["stack_bytes"])


def run_build(build: Build, inputs: Path, emulated: bool, listener: Listener) -> Results:
    """Outputs for every input of the file, by the NumPy reference or by the firmware in QEMU.

    The accuracy is that of a network with classes.
    """
    x, samples = build.int8_inputs(inputs)
    if emulated:
        require_emulator()
        q = _emulate(build, x)
    else:
        q = run_int8(build.graph, x, progress=lambda done, total: listener.progress("inputs", done, total))
    flat = q.reshape(len(x), -1)
    top1 = flat.argmax(axis=1)
    counts = samples.labels is not None and build.graph.output_type.shape.classes
    accuracy = float(np.mean(top1 == samples.labels)) if counts else None
    return Results(build.graph.output_type.quantized().dequantize(flat), top1, accuracy)


def _emulate(build: Build, x: Array) -> Array:
    flat = x.reshape(len(x), -1)
    timeout_s = emulation_timeout_s(build.graph, len(x))
    result = emulate(build.verify_elf(), build.target, flat, build.graph.output_type.bytes, timeout_s=timeout_s)
    return result.outputs
