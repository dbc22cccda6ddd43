"""`mcucompile inspect`: what a model costs before anything is built."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mcucompile.cost import NetworkCost, network_cost
from mcucompile.importer import import_onnx
from mcucompile.input_modes import plan_mode
from mcucompile.ir.graph import Graph
from mcucompile.ir.program import InputMode, KernelLibrary
from mcucompile.ir.verify import verify_graph
from mcucompile.memory_view import ModeMemory, view_memory
from mcucompile.passes import optimize
from mcucompile.quantize import Effort, quantize
from mcucompile.target import CORES


@dataclass(frozen=True)
class Inspection:
    """The network's cost and its planned arena, bytes, in mode arena with our kernels on a core that aligns to 4.

    memory: where the bytes go in every input mode, None if it was not asked for.
    """

    graph: Graph
    cost: NetworkCost
    arena_bytes: int
    arena_lower_bound_bytes: int
    memory: dict[InputMode, ModeMemory] | None

    def as_json(self) -> dict[str, Any]:
        """The object that `inspect --json` prints."""
        cost = self.cost
        memory = {} if self.memory is None else {"memory": {m.value: asdict(p) for m, p in self.memory.items()}}
        return {
            "name": self.graph.name,
            "input_shape": [1, *self.graph.input_type.shape],
            "output_shape": [1, *self.graph.output_type.shape],
            "macs": cost.macs,
            "parameters": cost.parameters,
            "weight_bytes": cost.weight_bytes,
            "arena_bytes": self.arena_bytes,
            "arena_lower_bound_bytes": self.arena_lower_bound_bytes,
            "kinds": {kind: {"macs": macs, "parameters": n} for kind, (macs, n) in cost.by_kind().items()},
            "separable_macs": cost.separable_macs,
            "standard_macs": cost.standard_macs,
            "layers": [asdict(layer) for layer in cost.layers],
            **memory,
        }


def inspect_model(path: Path, memory: bool = False) -> Inspection:
    """Import `path` and cost it; with `memory`, plan every input mode.

    Raises UsageError and UnsupportedModelError, all unsupported nodes at once.
    """
    graph = optimize(import_onnx(path))
    verify_graph(graph)
    # The plan depends on shapes alone, so one blank sample will do to get an int8 graph.
    int8 = quantize(graph, np.zeros((1, *graph.input_type.shape), np.float32), effort=Effort.LOW).graph
    core, library, cost = CORES["cortex-m4"], KernelLibrary.BUNDLED, network_cost(int8)
    if memory:
        modes = view_memory(int8, core, library)
        arena = modes[InputMode.ARENA]
        return Inspection(graph, cost, arena.arena_bytes, arena.arena_lower_bound_bytes, modes)
    plan = plan_mode(int8, core, library, InputMode.ARENA).plan
    return Inspection(graph, cost, plan.arena_bytes, plan.lower_bound_bytes, None)
