"""What the quantize stage gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mcucompile.ir.graph import Graph
from mcucompile.quantize.effort import Effort
from mcucompile.quantize.noise import Top1
from mcucompile.quantize.ranges import Range


@dataclass(frozen=True)
class QuantizationResult:
    """The int8 graph and how it came about.

    method: a CalibrationMethod, "batch-norm statistics", "synthetic", or "given by the model". calibration_samples: how
    many real ones were used. sqnr_db: signal to quantization noise of the output; layer_sqnr_db: of every tensor; both
    over some of the calibration samples, as is top1; None without data, signal or error. warnings: sentences for the
    user. effort: None where the model gives its quantization. ranges: of every tensor, as they were calibrated.
    """

    graph: Graph
    method: str
    calibration_samples: int
    sqnr_db: float | None
    warnings: tuple[str, ...] = ()
    layer_sqnr_db: Mapping[str, float | None] = field(default_factory=dict)
    top1: Top1 | None = None
    effort: Effort | None = None
    ranges: Mapping[str, Range] = field(default_factory=dict)
