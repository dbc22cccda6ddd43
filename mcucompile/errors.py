"""Every error a user can meet.

    CompileError                 (never raised itself)
    ├── InternalError            exit 1   a stage broke its contract: our bug
    ├── UsageError               exit 2   bad option, unreadable input
    ├── UnsupportedModelError    exit 3   the model holds something we cannot compile
    ├── DoesNotFitError          exit 4   flash or RAM of the target is too small
    ├── NotBitExactError         exit 5   emulator and reference disagree
    └── ToolMissingError         exit 6   a compiler or emulator is not installed

An error carries one or more problems; each says where it is, what was found, what is allowed and what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    where: the place, from outside in: file, node, operator, tensor.
    found: what is there.
    allowed: what could stand there instead.
    remedy: what the user should do.
    """

    where: str
    found: str
    allowed: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}\n  found    {self.found}\n  allowed  {self.allowed}\n  do       {self.remedy}"


class CompileError(Exception):
    """Base of all our errors: `problems` in the order they were found, and the process exit code."""

    exit_code: ClassVar[int]
    headline: ClassVar[str]

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        return "\n".join(f"{self.headline}: {problem}" for problem in self.problems)


class InternalError(CompileError):
    """A value between two stages is malformed; always a bug in mcucompile."""

    exit_code = 1
    headline = "internal error"

    @classmethod
    def broken(cls, where: str, found: str, allowed: str) -> "InternalError":
        """The usual internal error: an invariant of the value at `where` does not hold."""
        return cls(Problem(where, found, allowed, "report this as a bug in mcucompile, with the model"))


class UsageError(CompileError):
    """An option is wrong or an input cannot be read."""

    exit_code = 2
    headline = "error"


class UnsupportedModelError(CompileError):
    """The model was read, but these nodes of it cannot be compiled."""

    exit_code = 3
    headline = "not supported"


class DoesNotFitError(CompileError):
    """The program needs more flash or RAM than the target has."""

    exit_code = 4
    headline = "does not fit"


class NotBitExactError(CompileError):
    """The emulated firmware gave other bits than the reference, or no bits at all."""

    exit_code = 5
    headline = "not bit-exact"


class ToolMissingError(CompileError):
    """A program that this command needs is not installed."""

    exit_code = 6
    headline = "tool missing"
