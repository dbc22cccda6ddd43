"""How long the int8 reference takes, beside onnxruntime's float run of the same images in the same process.

    python benchmarks/reference_speed.py MODEL.onnx IMAGES.npz [COUNT]

IMAGES.npz holds x, uint8 [N, H, W, C], which is fed divided by 255; MODEL.onnx takes it as it is, any number at a time.
Both run on one thread and are timed in turns, by the time of the processor. `as quantized` is the graph that quantize
gives; `as built` has lost the channels that never change, as in every build.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # read when NumPy is loaded

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime

from mcucompile.importer import import_onnx
from mcucompile.passes import optimize
from mcucompile.quantize import quantize
from mcucompile.reference.evaluate import run_int8
from mcucompile.simplify import simplify

ROUNDS = 7
CALIBRATION = 100
FLOAT_BATCH = 16  # onnxruntime is fastest with few images at a time


def main(model: Path, images: Path, count: int) -> None:
    x = np.load(images)["x"][:count].astype(np.float32) / np.float32(255)
    quantized = quantize(optimize(import_onnx(model)), x[:CALIBRATION]).graph
    q = quantized.input_type.quantized().quantize(x)
    built = simplify(quantized)
    session = one_thread(model)

    def run_float() -> None:
        for begin in range(0, len(x), FLOAT_BATCH):
            session.run(None, {session.get_inputs()[0].name: x[begin : begin + FLOAT_BATCH]})

    runs = {
        "onnxruntime, float": run_float,
        "reference, int8, as quantized": lambda: run_int8(quantized, q),
        "reference, int8, as built": lambda: run_int8(built, q),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(ROUNDS):
        for name, run in runs.items():
            seconds[name].append(processor_time(run))

    print(f"{model.name}, {len(x)} images, {ROUNDS} rounds: ms an image, least and median; least against onnxruntime's")
    fastest = min(seconds["onnxruntime, float"])
    for name, each in seconds.items():
        least, middle = min(each) / len(x) * 1e3, median(each) / len(x) * 1e3
        print(f"{name:<31}{least:8.3f}{middle:8.3f}{min(each) / fastest:8.2f}")


def one_thread(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def processor_time(run: Callable[[], object]) -> float:
    begin = time.process_time()
    run()
    return time.process_time() - begin


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) == 4 else 256)
