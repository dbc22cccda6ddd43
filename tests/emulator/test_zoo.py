"""The family from the zoo, from ONNX to firmware: every layer bit-exact in QEMU."""

from pathlib import Path

import onnx
import pytest

from mcucompile.build import build
from mcucompile.pipeline import BuildOptions
from mcucompile.target import find_target
from mcucompile.zoo import build_network
from tests.quiet import QuietListener

NETWORKS = [
    ("mobilenet_v1", 0.25),
    ("mobilenet_v2", 0.35),
    ("mobilenet_v3_small", 0.5),
    ("mobilenet_v3_large", 0.35),
]
MOST_OVER_LOWER_BOUND = 1.05
CASES = [(name, alpha, core) for name, alpha in NETWORKS for core in ("cortex-m4", "cortex-m55")]
CASES += [("mobilenet_v2", 0.35, core) for core in ("cortex-m0", "cortex-m3", "cortex-m7", "cortex-m33")]


@pytest.mark.parametrize(("name", "alpha", "core"), CASES)
def test_network_is_bit_exact(name: str, alpha: float, core: str, tmp_path: Path) -> None:
    onnx.save(build_network(name, alpha=alpha, resolution=96, classes=10), tmp_path / "net.onnx")
    options = BuildOptions(tmp_path / "net.onnx", tmp_path / "net", "net", find_target(core))
    report = build(options, QuietListener())
    assert report["verified"] == {"inputs": 2, "bit_exact": True}
    assert report["arena_bytes"] <= MOST_OVER_LOWER_BOUND * report["arena_lower_bound_bytes"]
