"""The MLPerf Tiny models, each compiled once in a run: what the compiler knows before a target's C compiler runs."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mcucompile.ir.graph import Graph
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.tensors import Array
from mcucompile.pipeline import BuildOptions, compile_model
from mcucompile.target import find_target
from tests.quiet import QuietListener

CALIBRATION = 100
TESTED = 400
EXACT_INPUTS = 8


@dataclass(frozen=True)
class RealModel:
    """Files below models/ and data/. scale: of uint8 inputs, as `--scale` gives it."""

    model: str
    data: str
    scale: float


MODELS = {
    "vww": RealModel("vww_96_float", "vww_500", 1 / 255),
    "kws": RealModel("kws_ref_model_float", "kws_500", 1.0),
    "resnet8": RealModel("pretrainedResnet_float", "cifar10_test_700", 1.0),
}


@dataclass(frozen=True, eq=False)
class Prepared:
    """The int8 graph, and the samples that it was not calibrated on: x float32 [N, H, W, C], labels [N]."""

    graph: Graph
    x: Array
    labels: Array

    def int8(self, count: int) -> Array:
        """The first inputs, quantized."""
        return self.graph.input_type.quantized().quantize(self.x[:count])


@cache
def prepare(folder: Path, name: str, layout: str = "") -> Prepared:
    """Compile a model of MCUCOMPILE_DATA, calibrated on 100 of the first 500 samples. layout: "" (NHWC) or "_nchw"."""
    real = MODELS[name]
    with np.load(folder / "data" / f"{real.data}.npz") as arrays:
        x, labels = arrays["x"], arrays["y"]
    order = np.random.default_rng(0).permutation(500)
    chosen, others = order[:CALIBRATION], order[CALIBRATION:]
    preprocessing = Preprocessing(scale=(real.scale,))
    with TemporaryDirectory() as work:
        calibration = Path(work) / "calibration.npz"
        np.savez(calibration, x=x[chosen])
        options = BuildOptions(
            folder / "models" / f"{real.model}{layout}.onnx",
            Path(work) / "build",
            name,
            find_target("cortex-m4"),
            calibration=calibration,
            preprocessing=preprocessing,
        )
        graph = compile_model(options, QuietListener()).graph
    fed = preprocessing.apply(x[others]) if x.dtype == np.uint8 else x[others]
    return Prepared(graph, fed.astype(np.float32), labels[others])
