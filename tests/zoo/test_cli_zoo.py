"""`mcucompile zoo` as a user types it."""

from pathlib import Path

import onnx
import pytest

from mcucompile.errors import UsageError
from mcucompile.zoo import build_network
from tests.command import Command


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


def test_writes_a_network(command: Command) -> None:
    arguments = ("mobilenet_v1", "--alpha", 0.25, "--resolution", 96, "--classes", 2, "--channels", 1, "--seed", 3)
    written = command("zoo", *arguments, "-o", "folder/net.onnx")
    assert (written.exit_code, written.err) == (0, "")
    assert written.out == "mobilenet_v1: 7,157,888 multiply-adds, 213,442 parameters; written to folder/net.onnx\n"
    model = onnx.load("folder/net.onnx")
    shape = [axis.dim_param or axis.dim_value for axis in model.graph.input[0].type.tensor_type.shape.dim]
    assert shape == ["N", 1, 96, 96]
    assert model == build_network("mobilenet_v1", alpha=0.25, resolution=96, classes=2, channels=1, seed=3)


def test_json_says_what_was_written(command: Command) -> None:
    written = command("zoo", "ds_cnn", "-o", "kws.onnx", "--json")
    assert written.json == {"file": "kws.onnx", "macs": 2_656_768, "parameters": 23_756}


def test_overwrites_and_leaves_nothing_else(command: Command) -> None:
    Path("net.onnx").write_text("something else")
    command("zoo", "resnet8", "-o", "net.onnx")
    onnx.checker.check_model(onnx.load("net.onnx"))
    assert [path.name for path in Path().iterdir()] == ["net.onnx"]


def test_a_file_that_cannot_be_written(command: Command) -> None:
    Path("net.onnx").mkdir()
    written = command("zoo", "ds_cnn", "-o", "net.onnx")
    assert (written.exit_code, written.out) == (2, "")
    assert written.err == (
        "error: net.onnx\n"
        "  found    cannot be written: Is a directory\n"
        "  allowed  a file in a folder you may write to\n"
        "  do       choose another -o\n"
    )
    assert [path.name for path in Path().iterdir()] == ["net.onnx"]


NAMES = (
    "mobilenet_v1, mobilenet_v2, mobilenet_v3_small, mobilenet_v3_large, "
    "ds_cnn, resnet8, alexnet, squeezenet, googlenet, vgg16"
)
ONLY_V3 = "only with mobilenet_v3_small, mobilenet_v3_large"
WITH_ALPHA = "mobilenet_v1, mobilenet_v2, mobilenet_v3_small, mobilenet_v3_large"


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        (["mobilenet_v4"], [("network", "'mobilenet_v4'", NAMES, "name one of these")]),
        (
            ["mobilenet_v1", "--alpha", "0"],
            [("mobilenet_v1: --alpha", "0", "0.03125 to 8", "try --alpha 0.25")],
        ),
        (
            ["mobilenet_v1", "--alpha", "nan"],
            [("mobilenet_v1: --alpha", "nan", "0.03125 to 8", "try --alpha 0.25")],
        ),
        (
            ["alexnet", "--alpha", "0.5"],
            [("alexnet: --alpha", "0.5", "1: the network has one width", f"leave it out, or choose from {WITH_ALPHA}")],
        ),
        (
            ["mobilenet_v2", "--resolution", "31", "--minimal"],
            [
                ("mobilenet_v2: --resolution", "31", "32 to 65536", "try --resolution 96"),
                ("mobilenet_v2: --minimal", "given", ONLY_V3, "leave it out"),
            ],
        ),
        (
            ["ds_cnn", "--resolution", "96"],
            [("ds_cnn: --resolution", "96", "none: the input is 49x10", "leave it out")],
        ),
        (
            ["resnet8", "--classes", "0", "--channels", "-1", "--seed", "-1"],
            [
                ("resnet8: --classes", "0", "1 to 65536", "try --classes 10"),
                ("resnet8: --channels", "-1", "1 to 65536", "try --channels 3"),
                ("resnet8: --seed", "-1", "0 or more", "try --seed 0"),
            ],
        ),
        (
            ["vgg16", "--resolution", "1024"],
            [
                (
                    "vgg16",
                    "8,732,322,976 bytes of parameters",
                    "less than 2,147,483,648 bytes, the most that one ONNX file holds",
                    "choose a smaller --alpha, --resolution or --classes",
                )
            ],
        ),
    ],
)
def test_options_that_do_not_fit(
    command: Command, arguments: list[str], problems: list[tuple[str, str, str, str]]
) -> None:
    failed = command("zoo", *arguments, "-o", "net.onnx")
    assert (failed.exit_code, failed.out) == (2, "")
    assert failed.err == "".join(
        f"error: {where}\n  found    {found}\n  allowed  {allowed}\n  do       {remedy}\n"
        for where, found, allowed, remedy in problems
    )
    assert not Path("net.onnx").exists()


@pytest.mark.parametrize(
    ("arguments", "found"), [([], "no NAME"), (["-o", "a.onnx"], "no NAME"), (["vgg16"], "no -o FILE.onnx")]
)
def test_something_is_missing(command: Command, arguments: list[str], found: str) -> None:
    failed = command("zoo", *arguments)
    assert failed.exit_code == 2
    assert failed.err == (
        f"error: zoo\n  found    {found}\n  allowed  NAME -o FILE.onnx, or --table\n"
        f"  do       add it; networks are {NAMES}\n"
    )


def test_a_table_of_one_network_is_refused(command: Command) -> None:
    failed = command("zoo", "vgg16", "--table", "--alpha", "0.5", "-o", "a.onnx")
    assert failed.exit_code == 2
    assert "found    --table with NAME, --alpha, -o\n" in failed.err


def test_the_table(command: Command) -> None:
    table = command("zoo", "--table").out
    lines = [line.split() for line in table.splitlines()]
    assert ["mobilenet_v1", "1", "224", "568.74", "569", "4.232", "4.2", "94.9", "%", "74.6", "%", "1"] in lines
    assert ["mobilenet_v3_small", "0.5", "128", "7.85", "1.593", "54.4", "%", "14.7", "%"] in lines
    assert "Standard convolutions take 8.56 times the multiply-adds." in table
    assert "they count a multiply and an add as two, on the 227x227 input" in table


def test_the_table_as_json(command: Command) -> None:
    table = command("zoo", "--table", "--json").json
    squeezenet = next(row for row in table["networks"] if row["network"] == "squeezenet")
    assert squeezenet["macs"] == 818_924_576
    assert squeezenet["published"]["macs"] == 1700
    assert squeezenet["published"]["source"] == "MobileNets, arXiv 1704.04861"
    assert "multiply and an add as two" in squeezenet["published"]["reason"]
    separable, standard = table["standard_convolutions"]
    assert (separable["macs"], standard["macs"]) == (568_740_352, 4_867_293_184)
    assert table["published_pointwise_shares"] == {"macs": 0.9486, "weights": 0.7459}


def test_all_problems_come_in_one_error() -> None:
    with pytest.raises(UsageError) as raised:
        build_network("googlenet", alpha=2, resolution=8, classes=0, minimal=True)
    assert len(raised.value.problems) == 4
