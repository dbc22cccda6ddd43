"""How camera bytes become the numbers that the network was trained on."""

from dataclasses import dataclass

import numpy as np

from mcucompile.ir.tensors import Array, Quantization


@dataclass(frozen=True)
class Preprocessing:
    """real = (pixel - mean) · scale; one number for all channels, or one per channel."""

    mean: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1 / 255,)

    def apply(self, pixels: Array) -> Array:
        """uint8 [..., C] to float32 of the same shape."""
        mean, scale = np.asarray(self.mean, np.float64), np.asarray(self.scale, np.float64)
        return ((pixels.astype(np.float64) - mean) * scale).astype(np.float32)

    def limits(self) -> tuple[float, float]:
        """The smallest and the largest number that a pixel of any channel becomes."""
        ends = self.apply(np.repeat(np.array([[0], [255]], np.uint8), max(len(self.mean), len(self.scale)), axis=1))
        return float(ends.min()), float(ends.max())

    def table(self, quantization: Quantization) -> Array:
        """The int8 that each pixel value becomes: [256], or [256, C] where channels differ."""
        channels = max(len(self.mean), len(self.scale))
        pixels = np.repeat(np.arange(256, dtype=np.uint8)[:, None], channels, axis=1)
        values = quantization.quantize(self.apply(pixels))
        return values[:, 0] if channels == 1 else values
