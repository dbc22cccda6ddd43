"""Graph(int8) -> smaller Graph(int8) with the same output for every input; one rewrite a file."""

from mcucompile.simplify.simplify import simplify

__all__ = ["simplify"]
