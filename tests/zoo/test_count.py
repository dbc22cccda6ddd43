"""Our counts, to the last one where a definition is public, and against sums made by hand."""

import numpy as np
import pytest
from onnx import helper

from mcucompile.zoo import NETWORKS, count
from mcucompile.zoo.count import DENSE, DEPTHWISE, POINTWISE, STANDARD
from mcucompile.zoo.mobilenet_v1 import mobilenet_v1_standard
from tests.onnx_models import model, node, normal


@pytest.mark.parametrize(
    ("name", "alpha", "resolution", "macs", "parameters"),
    [
        ("mobilenet_v1", 1.0, 224, 568_740_352, 4_231_976),
        ("mobilenet_v1", 0.5, 160, 76_524_800, 1_331_592),
        ("mobilenet_v1", 0.25, 128, 13_570_048, 470_072),
        ("mobilenet_v2", 1.0, 224, 300_774_272, 3_504_872),
        ("mobilenet_v2", 0.35, 96, 11_934_128, 1_677_128),
        ("mobilenet_v2", 1.4, 224, 582_195_824, 6_108_776),
        ("mobilenet_v3_small", 1.0, 224, 56_510_400, 2_542_856),
        ("mobilenet_v3_small", 0.75, 224, 43_399_344, 2_041_872),
        ("mobilenet_v3_large", 1.0, 224, 216_589_760, 5_483_032),
        ("mobilenet_v3_large", 0.75, 224, 154_560_624, 3_993_528),
        ("ds_cnn", 1.0, None, 2_656_768, 23_756),
        ("resnet8", 1.0, None, 12_501_632, 78_186),
        ("alexnet", 1.0, None, 724_406_816, 60_965_224),
        ("squeezenet", 1.0, None, 818_924_576, 1_248_424),
        ("googlenet", 1.0, None, 1_582_671_872, 6_998_552),
        ("vgg16", 1.0, None, 15_470_264_320, 138_357_544),
    ],
)
def test_multiply_adds_and_parameters(
    name: str, alpha: float, resolution: int | None, macs: int, parameters: int
) -> None:
    network = NETWORKS[name]
    cost = count(network.architecture(network.variant(alpha, resolution)))
    assert (cost.macs, cost.parameters) == (macs, parameters)


@pytest.mark.parametrize(
    ("name", "macs", "parameters"),
    [("mobilenet_v3_small", 52_288_448, 2_044_736), ("mobilenet_v3_large", 209_136_704, 3_924_288)],
)
def test_minimalistic(name: str, macs: int, parameters: int) -> None:
    network = NETWORKS[name]
    cost = count(network.architecture(network.variant(minimal=True)))
    assert (cost.macs, cost.parameters) == (macs, parameters)


def test_vgg16_is_the_sum_of_its_layers() -> None:
    convolutions, size, channels = 0, 224, 3
    for filters, repeats in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(repeats):
            convolutions += size * size * 9 * channels * filters
            channels = filters
        size //= 2
    dense = 7 * 7 * 512 * 4096 + 4096 * 4096 + 4096 * 1000
    cost = count(NETWORKS["vgg16"].architecture(NETWORKS["vgg16"].variant()))
    assert cost.macs_of == {STANDARD: convolutions, DENSE: dense}


def test_shares_of_mobilenet_v1_are_those_of_the_paper() -> None:
    """Howard et al. 2017, table 2: 94.86, 3.06, 1.19 and 0.18 % of the multiply-adds, 74.59 and 24.33 % of weights."""
    cost = count(NETWORKS["mobilenet_v1"].architecture(NETWORKS["mobilenet_v1"].variant()))
    macs = {kind: round(100 * n / cost.macs, 2) for kind, n in cost.macs_of.items()}
    assert macs == {POINTWISE: 94.86, DEPTHWISE: 3.06, STANDARD: 1.91, DENSE: 0.18}
    weights = {kind: round(100 * n / sum(cost.weights_of.values()), 2) for kind, n in cost.weights_of.items()}
    assert weights == {POINTWISE: 74.59, DEPTHWISE: 1.06, STANDARD: 0.02, DENSE: 24.33}
    assert (round(cost.pointwise_macs, 4), round(cost.pointwise_weights, 4)) == (0.9486, 0.7459)


def test_depthwise_separable_against_standard_convolutions() -> None:
    """A block's share is 1/N + 1/9 (Howard et al. 2017, section 3.1); stem and classifier are the same in both."""
    variant = NETWORKS["mobilenet_v1"].variant()
    separable, standard = count(NETWORKS["mobilenet_v1"].architecture(variant)), count(mobilenet_v1_standard(variant))
    assert (standard.macs, standard.parameters) == (4_867_293_184, 29_294_088)
    assert set(standard.macs_of) == {STANDARD, DENSE}
    assert standard.macs_of[DENSE] == separable.macs_of[DENSE]
    stem = separable.macs_of[STANDARD]
    assert 9 * separable.macs_of[POINTWISE] == standard.macs_of[STANDARD] - stem


def test_grouped_convolutions_and_matmul() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"], group=2, pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        node("Transpose", ["a"], ["b"], perm=[0, 2, 3, 1]),
        node("MatMul", ["b", "m"], ["y"]),
    ]
    proto = model(nodes, {"w": normal(6, 2, 3, 3), "m": normal(6, 5)}, ("N", 4, 8, 8))
    cost = count(proto)
    assert cost.macs_of == {STANDARD: 8 * 8 * 6 * 2 * 9, DENSE: 8 * 8 * 6 * 5}
    assert cost.parameters == 6 * 2 * 9 + 6 * 5


def test_statistics_are_no_parameters_and_shared_ones_count_once() -> None:
    nodes = [
        node("BatchNormalization", ["x", "gamma", "beta", "mean", "variance"], ["a"]),
        node("BatchNormalization", ["a", "gamma", "beta", "mean", "variance"], ["b"]),
        helper.make_node("Conv", ["b", "w", "beta"], ["y"]),
    ]
    four = {name: np.ones(4, np.float32) for name in ("gamma", "beta", "mean", "variance")}
    assert count(model(nodes, {**four, "w": normal(4, 4, 1, 1)}, ("N", 4, 2, 2))).parameters == 4 + 4 + 16
