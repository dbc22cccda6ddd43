"""What int8 costs in accuracy, by every way to quantize, beside onnxruntime's quantize_static.

    python benchmarks/quantization.py [NETWORK …]

Protocol: for each of the seeds 0 to 4, 100 samples calibrate and all others of the test set are tested; means over the
seeds. ResNet8 calibrates on CIFAR-10 training images instead. Labels are only counted. MLPerf Tiny's networks need
MCUCOMPILE_DATA, a folder with its models/ and data/; those of examples/digits are always there.
"""

import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from mcucompile.importer import import_onnx
from mcucompile.ir.graph import Graph, Interface
from mcucompile.ir.operators import Conv2D, DepthwiseConv2D, FullyConnected
from mcucompile.ir.tensors import Array
from mcucompile.passes import optimize
from mcucompile.quantize import CalibrationMethod, Effort, quantize
from mcucompile.reference.evaluate import run_int8
from mcucompile.reference.float32 import run_float

SEEDS = range(5)
CALIBRATION = 100
DIGITS = Path(__file__).parent.parent / "examples" / "digits"
TINY = Path(os.environ.get("MCUCOMPILE_DATA", "MCUCOMPILE_DATA is not set"))
HEADER = ("network", "quantization", "top-1", "against float", "agreement", "seconds")


@dataclass(frozen=True)
class Case:
    """A network and its data; x is fed times `scale`. calibration None: from the samples that are not tested.

    input_range: what the command line takes an input to be: bytes times the scale, or [0, 1].
    """

    model: Path
    test: Path
    scale: float
    calibration: Path | None = None
    input_range: tuple[float, float] = (0.0, 1.0)


def digits(name: str) -> Case:
    return Case(DIGITS / f"{name}.onnx", DIGITS / "test.npz", 1 / 255)


def tiny(model: str, test: str, scale: float) -> Case:
    return Case(TINY / "models" / f"{model}_float.onnx", TINY / "data" / f"{test}.npz", scale)


CASES = {
    "vww": tiny("vww_96", "vww_500", 1 / 255),
    "kws": tiny("kws_ref_model", "kws_500", 1.0),
    "resnet8": replace(
        tiny("pretrainedResnet", "cifar10_test_700", 1.0),
        calibration=TINY / "data" / "cifar10_train_1024.npz",
        input_range=(0.0, 255.0),
    ),
    "digits": digits("digits"),
    "mobilenet_v2": digits("mobilenet_v2"),
    "mobilenet_v3_small": digits("mobilenet_v3_small"),
}

Classify = Callable[[Array], Array]
"""From float32 inputs [N, H, W, C] to classes [N]."""


def main(names: list[str]) -> None:
    print("| " + " | ".join(HEADER) + " |\n|---|---|" + "---:|" * (len(HEADER) - 2))
    for name in names or CASES:
        if CASES[name].model.is_file():
            for row in measure(CASES[name]):
                print(f"| {name} | " + " | ".join(row) + " |", flush=True)
        else:
            print(f"{name}: no {CASES[name].model}", file=sys.stderr)


def measure(case: Case) -> Iterator[tuple[str, ...]]:
    """A row for each way to quantize: its name, mean top-1, loss, agreement with float, seconds to quantize."""
    graph = optimize(import_onnx(case.model))
    x, labels = read(case.test, case.scale)
    pool = x if case.calibration is None else read(case.calibration, case.scale)[0]
    expected = top1(run_float(graph, x))
    found = defaultdict(list)
    for seed in SEEDS:
        chosen = np.random.default_rng(seed).permutation(len(pool))[:CALIBRATION]
        tested = np.setdiff1d(np.arange(len(x)), chosen) if case.calibration is None else np.arange(len(x))
        float_right = expected[tested] == labels[tested]
        found["float"].append((float_right.mean(), 0.0, 1.0, 0.0))
        for way, prepare in ways(case, graph, pool[chosen]):
            begin = time.perf_counter()
            classify = prepare()
            seconds = time.perf_counter() - begin
            classes = classify(x[tested])
            right = (classes == labels[tested]).mean()
            agreement = (classes == expected[tested]).mean()
            found[way].append((right, right - float_right.mean(), agreement, seconds))
    for way, measured in found.items():
        right, gain, agreement, seconds = np.mean(measured, axis=0)
        yield way, f"{right:.2%}", f"{100 * gain:+.2f}", f"{agreement:.2%}", f"{seconds:.1f}"


def ways(case: Case, graph: Graph, samples: Array) -> Iterator[tuple[str, Callable[[], Classify]]]:
    """Every way to quantize with its name; called, it quantizes."""
    for effort in Effort:
        yield f"{effort.value} effort", partial(ours, graph, samples, case.input_range, effort)
    yield "without data", partial(ours, graph, None, case.input_range)
    yield "per tensor, min-max", partial(per_tensor, graph, samples, case.input_range)
    yield "onnxruntime, per channel", partial(by_onnxruntime, case.model, graph.origin_input, samples)


def ours(graph: Graph, samples: Array | None, limits: tuple[float, float], effort: Effort = Effort.NORMAL) -> Classify:
    return by_reference(quantize(graph, samples, limits, effort=effort).graph)


def per_tensor(graph: Graph, samples: Array, limits: tuple[float, float]) -> Classify:
    """One weight scale a layer, no equalization, no correction: what the other rows gain on."""
    nodes = []
    for node in graph:
        operator = node.operator
        if isinstance(operator, Conv2D | DepthwiseConv2D | FullyConnected):
            scales = np.full(operator.bias.shape, np.abs(operator.weights).max() / 127)
            operator = replace(operator, weight_scales=scales)
        nodes.append(replace(node, operator=operator))
    method = CalibrationMethod.MIN_MAX
    return by_reference(quantize(graph.with_nodes(nodes), samples, limits, effort=Effort.LOW, method=method).graph)


def by_reference(int8: Graph) -> Classify:
    return lambda x: top1(run_int8(int8, int8.input_type.quantized().quantize(x)))


class Reader(CalibrationDataReader):
    """Gives onnxruntime the samples one by one."""

    def __init__(self, name: str, x: Array) -> None:
        self.samples = iter([{name: x[index : index + 1]} for index in range(len(x))])

    def get_next(self) -> dict[str, Array] | None:
        return next(self.samples, None)


def by_onnxruntime(model: Path, interface: Interface, samples: Array) -> Classify:
    """quantize_static after its own preparation, QDQ, int8 weights per channel, min-max.

    Its nodes run as they are written: fused, onnxruntime 1.32's integer kernels gave chance results on some processors.
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    with tempfile.TemporaryDirectory() as folder:
        prepared, quantized = Path(folder) / "prepared.onnx", Path(folder) / "quantized.onnx"
        quant_pre_process(model, prepared, skip_symbolic_shape=True)
        reader = Reader(interface.name, in_layout(samples, interface))
        quantize_static(prepared, quantized, reader, quant_format=QuantFormat.QDQ, per_channel=True)
        session = onnxruntime.InferenceSession(quantized.read_bytes(), options, providers=["CPUExecutionProvider"])
    return lambda x: top1(session.run(None, {interface.name: in_layout(x, interface)})[0])


def in_layout(x: Array, interface: Interface) -> Array:
    """X [N, H, W, C] with the axes of the ONNX input, which for all networks here are four."""
    return np.ascontiguousarray(x.transpose(["NHWC".index(axis) for axis in interface.axes]))


def read(path: Path, scale: float) -> tuple[Array, Array]:
    with np.load(path) as arrays:
        return arrays["x"].astype(np.float32) * np.float32(scale), arrays["y"]


def top1(outputs: Array) -> Array:
    return np.asarray(outputs.reshape(len(outputs), -1).argmax(axis=1))


if __name__ == "__main__":
    main(sys.argv[1:])
