"""report.json: what a build is, in numbers. Bytes, multiply-adds, shapes as [1, H, W, C]."""

from dataclasses import asdict
from typing import Any

from mcucompile import __version__
from mcucompile.cost import layer_cost, network_cost
from mcucompile.ir.shapes import macs
from mcucompile.ir.tensors import Shape, TensorType
from mcucompile.output import PICTURE
from mcucompile.pipeline import BuildOptions, Compiled
from mcucompile.quantization_report import quantization_report
from mcucompile.toolchain import Images
from mcucompile.verification import Verification

Report = dict[str, Any]


def build_report(
    options: BuildOptions,
    compiled: Compiled,
    images: Images | None,
    verification: Verification | None,
    model_sha256: str,
) -> Report:
    """The content of report.json; what needs a C compiler is null if none ran."""
    graph, plan, program = compiled.graph, compiled.plan, compiled.program
    imported = network_cost(compiled.imported)
    return {
        "name": options.name,
        "target": options.target.name,
        "arena_bytes": plan.arena_bytes,
        "arena_lower_bound_bytes": plan.lower_bound_bytes,
        "memory_picture": PICTURE,
        **_image_sizes(images, plan.arena_bytes),
        "macs": imported.macs,
        "macs_executed": sum(macs(graph, node) for node in graph),
        "parameters": imported.parameters,
        "input": _tensor(graph.input_type) | {"mode": program.input_mode.value},
        "output": _tensor(graph.output_type),
        "layers": [_layer(compiled, index) for index in range(len(program.layers))],
        "quantization": quantization_report(compiled.quantization),
        "verified": None
        if verification is None
        else {"inputs": verification.inputs, "bit_exact": verification.bit_exact},
        "build": {
            "cpu": options.target.core.name,
            "flash_bytes": options.target.flash_bytes,
            "ram_bytes": options.target.ram_bytes,
            "ram_budget_bytes": options.ram_budget,
            "optimize": options.optimize,
            "kernels": options.library.value,
            "preprocessing": asdict(options.preprocessing),
        },
        "mcucompile_version": __version__,
        "model_sha256": model_sha256,
    }


def _image_sizes(images: Images | None, arena_bytes: int) -> Report:
    if images is None:
        keys = ("static_bytes", "stack_bytes", "ram_bytes", "weight_bytes", "code_bytes", "flash_bytes")
        return dict.fromkeys(keys)
    sizes = images.sizes
    return {
        "static_bytes": sizes.static_bytes,
        "stack_bytes": images.stack_bytes,
        "ram_bytes": arena_bytes + sizes.static_bytes + images.stack_bytes,
        "weight_bytes": sizes.weight_bytes,
        "code_bytes": sizes.code_bytes,
        "flash_bytes": sizes.flash_bytes,
    }


def _tensor(tensor: TensorType) -> Report:
    quantization = tensor.quantized()
    return {"shape": _shape(tensor.shape), "scale": quantization.scale, "zero_point": quantization.zero_point}


def _shape(shape: Shape) -> list[int]:
    return [1, *shape]


def _layer(compiled: Compiled, index: int) -> Report:
    layer = compiled.program.layers[index]
    cost = layer_cost(compiled.graph, layer.node)
    return {
        "name": cost.name,
        "origin": cost.origin,
        "op": cost.op,
        "kernel": layer.kernel,
        "macs": cost.macs,
        "parameters": cost.parameters,
        "in_shape": _shape(cost.in_shape),
        "out_shape": _shape(cost.out_shape),
        "weight_bytes": cost.weight_bytes,
    }
