"""Graph to Graph(int8): post-training quantization."""

from mcucompile.quantize.calibration import CalibrationMethod
from mcucompile.quantize.effort import Effort
from mcucompile.quantize.post_training import DEFAULT_METHOD, quantize
from mcucompile.quantize.result import QuantizationResult

__all__ = ["DEFAULT_METHOD", "CalibrationMethod", "Effort", "QuantizationResult", "quantize"]
