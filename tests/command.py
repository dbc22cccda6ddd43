"""Runs the command line in this process, as a shell would see it."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from mcucompile.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Command:
    """`command("build", "model.onnx")` runs `mcucompile build model.onnx`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Outcome:
        self._monkeypatch.setattr("sys.argv", ["mcucompile", *map(str, arguments)])
        self._capsys.readouterr()
        try:
            main()
            code: object = 0
        except SystemExit as exit_:
            code = exit_.code
        captured = self._capsys.readouterr()
        return Outcome(code if isinstance(code, int) else 1, captured.out, captured.err)
