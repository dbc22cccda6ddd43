"""A network of the zoo as ONNX, from options that are checked here."""

from collections.abc import Iterator
from math import prod

from onnx import ModelProto

from mcucompile.errors import Problem, UsageError
from mcucompile.zoo.registry import NETWORKS, Network
from mcucompile.zoo.weights import fill

ALPHAS = (1 / 32, 8.0)
"""Below the first the stem of MobileNetV1 has no channel; above the second a file grows past its limit."""

_MOST = 65536
_LARGEST = 2**31
"""Bytes that protobuf can hold in one model."""


def build_network(
    name: str,
    *,
    alpha: float = 1.0,
    resolution: int | None = None,
    classes: int | None = None,
    channels: int | None = None,
    minimal: bool = False,
    seed: int = 0,
) -> ModelProto:
    """The network `name` with seeded weights: opset 17, input "input" [N, C, H, W], output "predictions" [N, classes].

    alpha: width multiplier. resolution: height and width of the input, pixels. None: as published. minimal: MobileNetV3
    minimalistic. Raises UsageError for a network there is not, and with all options that do not fit it.
    """
    if name not in NETWORKS:
        raise UsageError(Problem("network", f"'{name}'", ", ".join(NETWORKS), "name one of these"))
    network = NETWORKS[name]
    problems = list(_problems(network, alpha, resolution, classes, channels, minimal, seed))
    if problems:
        raise UsageError(problems)
    architecture = network.architecture(network.variant(alpha, resolution, classes, channels, minimal))
    _check_size(name, architecture)
    return fill(architecture, seed)


def _problems(
    network: Network,
    alpha: float,
    resolution: int | None,
    classes: int | None,
    channels: int | None,
    minimal: bool,
    seed: int,
) -> Iterator[Problem]:
    def problem(option: str, found: object, allowed: str, remedy: str) -> Problem:
        return Problem(f"{network.name}: --{option}", str(found), allowed, remedy)

    low, high = ALPHAS
    if not network.has_alpha and alpha != 1:
        names = ", ".join(other.name for other in NETWORKS.values() if other.has_alpha)
        yield problem("alpha", f"{alpha:g}", "1: the network has one width", f"leave it out, or choose from {names}")
    elif not low <= alpha <= high:
        yield problem("alpha", f"{alpha:g}", f"{low:g} to {high:g}", "try --alpha 0.25")

    smallest = network.smallest
    if resolution is not None and smallest is None:
        allowed = f"none: the input is {network.height}x{network.width}"
        yield problem("resolution", resolution, allowed, "leave it out")
    elif resolution is not None and smallest is not None and not smallest <= resolution <= _MOST:
        yield problem("resolution", resolution, f"{smallest} to {_MOST}", f"try --resolution {max(smallest, 96)}")

    for option, value, published in (("classes", classes, network.classes), ("channels", channels, network.channels)):
        if value is not None and not 1 <= value <= _MOST:
            yield problem(option, value, f"1 to {_MOST}", f"try --{option} {published}")

    if minimal and not network.has_minimal:
        names = ", ".join(other.name for other in NETWORKS.values() if other.has_minimal)
        yield problem("minimal", "given", f"only with {names}", "leave it out")
    if seed < 0:
        yield problem("seed", seed, "0 or more", "try --seed 0")


def _check_size(name: str, architecture: ModelProto) -> None:
    size = sum(4 * prod(tensor.dims) for tensor in architecture.graph.initializer)
    if size >= _LARGEST:
        allowed = f"less than {_LARGEST:,} bytes, the most that one ONNX file holds"
        remedy = "choose a smaller --alpha, --resolution or --classes"
        raise UsageError(Problem(name, f"{size:,} bytes of parameters", allowed, remedy))
