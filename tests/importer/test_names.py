"""Names of IR nodes."""

import pytest

from mcucompile.importer.names import MAX_LENGTH, Names, identifier


@pytest.mark.parametrize(
    ("onnx_name", "name"),
    [
        ("/features/features.0/features.0.1/Clip", "features_0_1"),
        ("/stem/stem.0/Conv", "stem_0"),
        ("model/act/Relu;model/conv2d_1/BiasAdd/ReadVariableOp/resource;model/conv2d_1/Conv2D1", "model_conv2d_1"),
        ("model/depthwise_conv2d/BiasAdd/ReadVariableOp/resource1", "model_depthwise_conv2d"),
        ("Relu__5", "relu_5"),
        ("node_conv2d_3", "conv2d_3"),
        ("12", "node_12"),
        ("÷", "node"),
        ("a" * 60, "a" * MAX_LENGTH),
        ("first_words_that_are_cut/then_some_more_words_that_stay", "are_cut_then_some_more_words_that_stay"),
    ],
)
def test_name(onnx_name: str, name: str) -> None:
    assert Names("input", []).unique(onnx_name) == name


def test_what_most_names_start_with_is_left_out() -> None:
    names = Names("x", ["net/conv/Conv", "net/conv_1/Conv", "other/Conv", "Relu__1"])
    assert names.unique("net/conv/Conv") == "conv"
    assert names.unique("other/Conv") == "other"


def test_names_are_unique_and_never_the_input() -> None:
    names = Names("image", [])
    assert [names.unique(name) for name in ("image", "conv", "conv", "conv")] == ["image_2", "conv", "conv_2", "conv_3"]
    long = "b" * MAX_LENGTH
    assert [names.unique(long) for _ in range(2)] == [long, f"{long[:-2]}_2"]


def test_identifier_starts_with_a_letter() -> None:
    assert identifier("3x3", "model") == "model_3x3"
    assert identifier("", "model") == "model"
