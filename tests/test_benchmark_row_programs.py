"""The benchmark of row programs: what is wrong is its exit code, and networks are checked."""

import pytest

from benchmarks import row_programs
from benchmarks.row_programs import WRONG, main, parse
from tests.codegen.row_programs import camera_graph


@pytest.mark.parametrize(("verified", "exit_code"), [("bit-exact, 3 layers", 0), (f"{WRONG}%a[0]", 1)])
def test_a_wrong_line_is_the_exit_code(
    verified: str, exit_code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter([["9", "8", "7", "6", verified], ["9", "8", "7", "6", "bit-exact, 3 layers"]])
    monkeypatch.setattr(row_programs, "zoo_graph", lambda *_: camera_graph())
    monkeypatch.setattr(row_programs, "measure", lambda *_: next(lines))
    assert main(parse(["mobilenet_v1-0.25-96"])) == exit_code
    shown = capsys.readouterr().out.splitlines()[2:]
    assert [line.split(" | ")[1] for line in shown] == ["arena", "rows"]
    assert shown[0] == f"| mobilenet_v1-0.25-96 | arena | cortex-m4 | bundled | 9 | 8 | 7 | 6 | {verified} |"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mobilenet_v9-0.25-96", "'mobilenet_v9' is none of mobilenet_v1, "),
        ("mobilenet_v1", "'mobilenet_v1' is no name-alpha-resolution"),
        ("mobilenet_v1-0.25-x", "'mobilenet_v1-0.25-x' is no name-alpha-resolution"),
    ],
)
def test_networks_are_checked(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse([name])
    assert said in capsys.readouterr().err
