"""Graph(int8) -> Program: a kernel for every node, and the order of the steps that call them."""

from mcucompile.lower.lower import lower

__all__ = ["lower"]
