"""Float graph -> simpler float graph with the same results; one pass a file."""

from collections.abc import Callable

from mcucompile.ir.graph import Graph
from mcucompile.passes.fold_affine_into_producer import fold_affine_into_producer
from mcucompile.passes.fold_affine_into_readers import fold_affine_into_readers
from mcucompile.passes.fold_hard_sigmoid import fold_hard_sigmoid
from mcucompile.passes.fold_pad import fold_pad
from mcucompile.passes.fuse_clip import fuse_clip
from mcucompile.passes.fuse_roundings import fuse_roundings
from mcucompile.passes.hoist_roundings import hoist_roundings
from mcucompile.passes.merge_channel_affines import merge_channel_affines
from mcucompile.passes.merge_roundings import merge_roundings
from mcucompile.passes.pool_to_depthwise import pool_to_depthwise
from mcucompile.passes.recognize_functions import recognize_functions
from mcucompile.passes.remove_dead_nodes import remove_dead_nodes
from mcucompile.passes.remove_idle_clips import remove_idle_clips
from mcucompile.passes.replace_affines import replace_affines

__all__ = ["PASSES", "optimize"]

PASSES: tuple[Callable[[Graph], Graph], ...] = (
    remove_dead_nodes,
    merge_roundings,
    hoist_roundings,
    merge_roundings,
    fold_pad,
    recognize_functions,
    remove_dead_nodes,
    merge_channel_affines,
    fold_affine_into_producer,
    fold_hard_sigmoid,
    fold_affine_into_readers,
    replace_affines,
    remove_idle_clips,
    fuse_clip,
    fuse_roundings,
    pool_to_depthwise,
)
"""In this order; each leaves a valid graph."""


def optimize(graph: Graph) -> Graph:
    """The float graph without pad and channel_affine, its activations fused into the layers before them.

    Raises UnsupportedModelError where that cannot be done.
    """
    for run in PASSES:
        graph = run(graph)
    return graph
