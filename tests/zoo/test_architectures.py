"""Details of the published architectures that counts alone would not show."""

from typing import Any

import pytest
from onnx import ModelProto, NodeProto, helper

from mcucompile.zoo.registry import NETWORKS


def architecture(name: str, alpha: float = 1.0, minimal: bool = False) -> ModelProto:
    network = NETWORKS[name]
    return network.architecture(network.variant(alpha=alpha, minimal=minimal))


def operators(model: ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def named(model: ModelProto, name: str) -> NodeProto:
    return next(node for node in model.graph.node if node.name == name)


def filters(model: ModelProto) -> dict[str, tuple[int, ...]]:
    """Shape of each layer's weights by the layer's name."""
    ending = ".weight"
    tensors = model.graph.initializer
    return {t.name.removesuffix(ending): tuple(t.dims) for t in tensors if t.name.endswith(ending)}


def widths(model: ModelProto, part: str) -> list[int]:
    return [shape[0] for name, shape in filters(model).items() if name.endswith(part)]


def test_v1_scales_every_layer_down_to_whole_channels() -> None:
    assert widths(architecture("mobilenet_v1", 0.3), "pointwise")[:3] == [19, 38, 38]
    assert filters(architecture("mobilenet_v1", 0.3))["stem"] == (9, 3, 3, 3)
    assert filters(architecture("mobilenet_v1", 0.3))["logits"] == (1000, 307)


def test_v1_strides_and_padding_are_tensorflows() -> None:
    model = architecture("mobilenet_v1")
    strided = [node for node in model.graph.node if node.op_type == "Conv" and _attribute(node, "strides") == [2, 2]]
    assert [node.name for node in strided] == ["stem", *(f"block_{n}_depthwise" for n in (2, 4, 6, 12))]
    assert {tuple(_attribute(node, "pads")) for node in strided} == {(0, 0, 1, 1)}
    assert _attribute(named(model, "block_1_depthwise"), "pads") == [1, 1, 1, 1]


def test_v2_rounds_to_eights_and_keeps_its_head() -> None:
    model = architecture("mobilenet_v2", 0.35)
    assert widths(model, "project") == [8] * 3 + [16] * 3 + [24] * 4 + [32] * 3 + [56] * 3 + [112]
    assert filters(model)["stem"][0] == 16
    assert filters(model)["head"][0] == 1280
    assert filters(architecture("mobilenet_v2", 1.4))["head"][0] == 1792


def test_v2_adds_where_shapes_agree_and_expands_by_six() -> None:
    model = architecture("mobilenet_v2")
    added = [int(node.name.split("_")[1]) for node in model.graph.node if node.op_type == "Add"]
    assert added == [2, 4, 5, 7, 8, 9, 11, 12, 14, 15]
    shapes = filters(model)
    assert "block_0_expand" not in shapes
    assert all(shapes[f"block_{n}_expand"][0] == 6 * shapes[f"block_{n}_expand"][1] for n in range(1, 17))
    assert operators(model).count("Clip") == 1 + 1 + 2 * 16 + 1


def test_v3_squeezes_to_a_quarter_in_eights() -> None:
    small = filters(architecture("mobilenet_v3_small"))
    squeezed = {name: shape[:2] for name, shape in small.items() if name.endswith("reduce")}
    assert list(squeezed.values()) == [
        *((8, 16), (24, 96), (64, 240), (64, 240), (32, 120), (40, 144), (72, 288), (144, 576), (144, 576)),
    ]
    assert list(squeezed)[:2] == ["block_0_squeeze_reduce", "block_3_squeeze_reduce"]


def test_v3_hard_swish_comes_with_the_width() -> None:
    large, small = architecture("mobilenet_v3_large"), architecture("mobilenet_v3_small")
    first = {
        model.graph.name: next(
            node.name for node in model.graph.node if node.op_type == "HardSwish" and node.name.startswith("block")
        )
        for model in (large, small)
    }
    assert first == {
        "mobilenet_v3_large": "block_6_expand_bn_hard_swish",
        "mobilenet_v3_small": "block_3_expand_bn_hard_swish",
    }
    assert named(large, "stem_bn_hard_swish")
    assert named(large, "block_5_depthwise_bn_relu")
    assert named(large, "head_hard_swish").input[0] == "head"
    assert _attribute(named(large, "block_3_squeeze_excite_hard_sigmoid"), "alpha") == pytest.approx(1 / 6)


def test_v3_squeezes_behind_the_activation() -> None:
    model = architecture("mobilenet_v3_large")
    scale = named(model, "block_3_squeeze_scale")
    assert list(scale.input) == ["block_3_depthwise_bn_relu", "block_3_squeeze_excite_hard_sigmoid"]
    assert named(model, "block_3_project").input[0] == "block_3_squeeze_scale"


def test_v3_kernels() -> None:
    large = [shape[2] for name, shape in filters(architecture("mobilenet_v3_large")).items() if "depthwise" in name]
    assert large == [3, 3, 3, 5, 5, 5, 3, 3, 3, 3, 3, 3, 5, 5, 5]


def test_v3_head_keeps_its_width_and_the_layer_before_does_not() -> None:
    large = filters(architecture("mobilenet_v3_large", 0.5))
    assert (large["last"][0], large["head"], large["logits"]) == (480, (1280, 480), (1000, 1280))


def test_v3_minimalistic_has_none_of_the_costly_parts() -> None:
    for name in ("mobilenet_v3_small", "mobilenet_v3_large"):
        full, minimal = architecture(name), architecture(name, minimal=True)
        assert not {"HardSwish", "HardSigmoid", "Mul"} & set(operators(minimal))
        assert {shape[2] for shape in filters(minimal).values() if len(shape) == 4} == {1, 3}
        assert [shape[:2] for shape in filters(minimal).values()] == [
            shape[:2] for layer, shape in filters(full).items() if "squeeze" not in layer
        ]


def test_resnet8_shortcuts() -> None:
    model = architecture("resnet8")
    assert {name: shape for name, shape in filters(model).items() if "shortcut" in name} == {
        "stack_2_shortcut": (32, 16, 1, 1),
        "stack_3_shortcut": (64, 32, 1, 1),
    }


def test_ds_cnn_stem_pads_like_tensorflow() -> None:
    stem = named(architecture("ds_cnn"), "stem")
    assert (_attribute(stem, "kernel_shape"), _attribute(stem, "pads")) == ([10, 4], [4, 1, 5, 1])


def test_alexnet_has_two_groups_where_two_gpus_were() -> None:
    model = architecture("alexnet")
    groups = {node.name: _attribute(node, "group") for node in model.graph.node if node.op_type == "Conv"}
    assert groups == {"conv_1": 1, "conv_2": 2, "conv_3": 1, "conv_4": 2, "conv_5": 2}
    assert filters(model)["dense_6"] == (4096, 9216)


def test_parameters_of_an_architecture_have_shapes_and_no_numbers() -> None:
    assert len(architecture("vgg16").SerializeToString()) < 20_000


def _attribute(node: NodeProto, name: str) -> Any:
    return helper.get_node_attr_value(node, name)
