"""Graph(int8) to Program: order of steps, kernel selection, constants as the kernels take them."""

from mcucompile.lower.lower import lower

__all__ = ["lower"]
