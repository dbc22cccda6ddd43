"""Graph to Graph(int8): post-training quantization."""

from mcucompile.quantize.post_training import QuantizationResult, quantize

__all__ = ["QuantizationResult", "quantize"]
