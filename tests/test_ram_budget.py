"""`build --ram-budget`: just met, just missed, before and after linking; and what is then proposed."""

import json
from pathlib import Path

import pytest

from mcucompile.errors import DoesNotFitError
from mcucompile.ir.program import InputMode
from mcucompile.ir.tensors import Shape
from mcucompile.ram_budget import RamUse, require_ram
from tests.command import Command
from tests.memory.programs import Make, program
from tests.networks import tiny_model

NET = program(Shape(4, 4, 2), Make("y", ["x"], Shape(4, 4, 2)))


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    tiny_model(tmp_path / "tiny.onnx")
    return Command(monkeypatch, capsys)


def refusal(limit: int, use: RamUse, arenas: dict[InputMode, int]) -> str:
    with pytest.raises(DoesNotFitError) as raised:
        require_ram("--ram-budget", limit, use, NET, lambda: arenas)
    return str(raised.value)


def test_an_arena_that_is_too_large_and_a_mode_that_would_do() -> None:
    assert refusal(24, RamUse(48), {InputMode.ROWS: 24, InputMode.EXTERNAL: 28}) == (
        "does not fit: --ram-budget\n"
        "  found    an arena of 48 bytes, the least found for input mode arena: 24 bytes too many\n"
        "  allowed  24 bytes of RAM for arena, statics and stack\n"
        "  do       take --input-mode rows (an arena of 24 bytes, the caller hands over row by row), "
        "or a lower resolution or width multiplier, or more RAM; "
        "too large as well: external (an arena of 28 bytes, beside 32 of input that the caller keeps)"
    )


def test_static_and_stack_bytes_are_taken_from_what_other_modes_may_use() -> None:
    message = refusal(100, RamUse(48, (4, 60)), {InputMode.EXTERNAL: 36, InputMode.ROWS: 40})
    assert "found    112 bytes of RAM (arena 48 + 4 static + 60 stack), the least found for" in message
    assert "do       take --input-mode external (an arena of 36 bytes, beside 32 of input" in message
    assert "too large as well: rows (an arena of 40 bytes" in message


def test_nothing_is_planned_for_a_budget_that_is_met() -> None:
    def never() -> dict[InputMode, int]:
        raise AssertionError

    require_ram("--ram-budget", 112, RamUse(48, (4, 60)), NET, never)


def test_a_budget_just_met_and_just_missed(command: Command) -> None:
    assert command("build", "tiny.onnx", "--no-verify").exit_code == 0
    ram = json.loads(Path("build/tiny/report.json").read_text())["ram_bytes"]
    met = command("build", "tiny.onnx", "--no-verify", "--ram-budget", ram, "--json")
    assert (met.exit_code, met.json["build"]["ram_budget_bytes"]) == (0, ram)
    kept = Path("build/tiny/report.json").read_bytes()
    missed = command("build", "tiny.onnx", "--no-verify", "--ram-budget", ram - 1)
    assert missed.exit_code == 4
    assert f"does not fit: --ram-budget\n  found    {ram} bytes of RAM (arena " in missed.err
    assert ": 1 bytes too many\n" in missed.err
    assert Path("build/tiny/report.json").read_bytes() == kept


def test_without_an_image_the_arena_alone_is_held_to_it(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    arena = command("build", "tiny.onnx", "--sources-only", "--json").json["arena_bytes"]
    assert command("build", "tiny.onnx", "--sources-only", "--ram-budget", arena).exit_code == 0
    missed = command("build", "tiny.onnx", "--sources-only", "--ram-budget", arena - 1)
    assert missed.exit_code == 4
    assert f"found    an arena of {arena} bytes, the least found for input mode arena: 1 bytes too many" in missed.err


def test_the_proposed_mode_meets_the_budget(command: Command) -> None:
    refused = command("build", "tiny.onnx", "--sources-only", "--ram-budget", 32)
    assert refused.exit_code == 4
    assert "do       take --input-mode external (an arena of 32 bytes, beside 36 of input that" in refused.err
    accepted = command("build", "tiny.onnx", "--sources-only", "--ram-budget", 32, "--input-mode", "external", "--json")
    assert (accepted.exit_code, accepted.json["arena_bytes"]) == (0, 32)


def test_a_budget_above_the_targets_ram_is_no_limit(command: Command) -> None:
    outcome = command("build", "tiny.onnx", "--sources-only", "--target", "microbit", "--ram-budget", "1M")
    assert outcome.exit_code == 0
    assert "target microbit, RAM: 16,384 bytes, above this picture" in Path("build/tiny/memory.svg").read_text()
    command("build", "tiny.onnx", "--sources-only", "--ram-budget", "1K")
    assert "--ram-budget: 1,024 bytes, above this picture" in Path("build/tiny/memory.svg").read_text()


def test_a_size_that_is_none(command: Command) -> None:
    outcome = command("build", "tiny.onnx", "--ram-budget", "small")
    assert (outcome.exit_code, outcome.err) == (
        2,
        "error: --ram-budget\n"
        "  found    'small'\n"
        "  allowed  a size such as 65536, 64K or 1M\n"
        "  do       give the size in bytes, K or M\n",
    )
