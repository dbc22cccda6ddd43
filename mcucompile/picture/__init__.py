"""Pictures as SVG: the arena from step to step, and where instructions go."""

from mcucompile.picture.draw_memory import draw_memory
from mcucompile.picture.draw_profile import Bar, draw_profile, share

__all__ = ["Bar", "draw_memory", "draw_profile", "share"]
