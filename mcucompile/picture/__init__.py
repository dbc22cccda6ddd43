"""Program and MemoryPlan -> SVG: the arena from step to step."""

from mcucompile.picture.draw_memory import draw_memory

__all__ = ["draw_memory"]
