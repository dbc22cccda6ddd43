"""Program and MemoryPlan -> Sources: the C of the model, its kernels and its firmware."""

from mcucompile.codegen.emit import emit
from mcucompile.codegen.options import EmitOptions

__all__ = ["EmitOptions", "emit"]
