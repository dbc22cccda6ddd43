"""What click refuses has our four parts too."""

import pytest

from tests.command import Command

OPTIONS_OF_VERIFY = "--inputs, --count, --json, --help"


@pytest.mark.parametrize(
    ("typed", "where", "found", "allowed", "remedy"),
    [
        (
            "frobnicate",
            "mcucompile",
            "no such command 'frobnicate'",
            "build, doctor, inspect, operators, profile, run, targets, verify, zoo",
            "see mcucompile --help",
        ),
        (
            "verfiy build/model",
            "mcucompile",
            "no such command 'verfiy'",
            "build, doctor, inspect, operators, profile, run, targets, verify, zoo",
            "did you mean verify?",
        ),
        (
            "verify",
            "mcucompile verify",
            "no DIR",
            "mcucompile verify [OPTIONS] DIR",
            "add it; see mcucompile verify --help",
        ),
        (
            "run build",
            "mcucompile run",
            "no --inputs",
            "mcucompile run [OPTIONS] DIR",
            "add it; see mcucompile run --help",
        ),
        ("verify d --imputs x", "mcucompile verify", "no option --imputs", OPTIONS_OF_VERIFY, "did you mean --inputs?"),
        ("verify d --frob", "mcucompile verify", "no option --frob", OPTIONS_OF_VERIFY, "see mcucompile verify --help"),
        (
            "verify d --count 0",
            "mcucompile verify, --count",
            "0 is not in the range x>=1",
            "an integer from 1",
            "see mcucompile verify --help",
        ),
        (
            "build m.onnx --optimize fast",
            "mcucompile build, --optimize",
            "'fast' is not one of 'size', 'speed'",
            "size, speed",
            "see mcucompile build --help",
        ),
        (
            "verify d e",
            "mcucompile verify",
            "got unexpected extra argument (e)",
            "mcucompile verify [OPTIONS] DIR",
            "see mcucompile verify --help",
        ),
        (
            "zoo mobilenet_v1 --alpha wide",
            "mcucompile zoo, --alpha",
            "'wide' is not a valid float",
            "a value of type float",
            "see mcucompile zoo --help",
        ),
    ],
)
def test_message(command: Command, typed: str, where: str, found: str, allowed: str, remedy: str) -> None:
    outcome = command(*typed.split())
    assert (outcome.exit_code, outcome.out) == (2, "")
    assert outcome.err == f"error: {where}\n  found    {found}\n  allowed  {allowed}\n  do       {remedy}\n"


@pytest.mark.parametrize(("name", "option"), [("verify", "--count"), ("run", "--inputs"), ("zoo", "--alpha")])
def test_option_without_its_value(command: Command, name: str, option: str) -> None:
    usage = "[OPTIONS] [NAME]" if name == "zoo" else "[OPTIONS] DIR"
    assert command(name, option).err == (
        f"error: mcucompile {name}\n"
        f"  found    option '{option}' requires an argument\n"
        f"  allowed  mcucompile {name} {usage}\n"
        f"  do       see mcucompile {name} --help\n"
    )


def test_nothing_typed_shows_the_help(command: Command) -> None:
    outcome = command()
    assert "Usage: mcucompile" in outcome.out + outcome.err
    assert "error:" not in outcome.err
