"""The benchmark of kernels: one row can be measured, and what fails says so in its row."""

import pytest

from benchmarks import kernels
from benchmarks.kernels import FIGURES, KEYS, line, main, parse


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]


def test_one_row_and_one_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["digits", "--cores", "cortex-m0", "--optimize", "size", "--cmsis-nn", "/nowhere/{core}"]
    assert main(parse(chosen)) == 1
    header, rule, ours, theirs = cells(capsys.readouterr().out)
    assert header == [*KEYS, *FIGURES]
    assert len(rule) == len(ours) == len(theirs) == len(header)
    assert ours[:4] == ["digits", "cortex-m0", "size", "bundled"]
    macs, instructions, per_mac, cycles, ram, flash = (float(cell.replace(",", "")) for cell in ours[4:10])
    assert per_mac == round(instructions / macs, 2)
    assert cycles > instructions
    assert 0 < ram < flash
    assert theirs[3:5] == ["CMSIS-NN", "error: --cmsis-nn /nowhere/cortex-m0: no arm_nnfunctions.h"]
    assert set(theirs[5:]) == {""}


def test_a_table_without_failures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("macs", "instructions_per_inference", "cycles_estimate", "ram_bytes", "flash_bytes")
    monkeypatch.setattr(kernels, "profiled", lambda *_: dict.fromkeys(names, 3000) | {"instructions_per_mac": 1.0})
    assert main(parse(["digits", "--cores", "cortex-m0", "--optimize", "size", "--cmsis-nn", "/opt"])) == 0
    table = cells(capsys.readouterr().out)
    figures = ["3,000", "3,000", "1.00", "3,000", "3,000", "3,000"]
    assert [row[3:] for row in table[2:]] == [["bundled", *figures, ""], ["CMSIS-NN", *figures, "1.00"]]


def test_networks_and_cores_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (["vwww"], "'vwww' is none of vww, kws, resnet8, digits, mobilenet_v2, mobilenet_v3_small"),
        (["--cores", "cortex-m1"], "invalid choice: 'cortex-m1'"),
    ):
        with pytest.raises(SystemExit):
            parse(arguments)
        assert said in capsys.readouterr().err


def test_everything_is_measured_unless_something_is_chosen() -> None:
    everything = parse([])
    assert (len(everything.cores), tuple(everything.optimize)) == (6, ("speed", "size"))
    assert (everything.networks, everything.cmsis_nn, everything.keep_dead_channels) == ([], None, False)


def test_line() -> None:
    assert line("a", "b") == "| a | b |"
