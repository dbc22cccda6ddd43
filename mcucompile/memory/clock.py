"""The moments of a program: every slide of a window is one, and so is every call of a kernel."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from mcucompile.memory.allocations import BEFORE_STEPS, Life


@dataclass(frozen=True)
class Clock:
    """kernels[step]: the moment when the step's kernel runs, after slides[step] moments in which windows move."""

    kernels: tuple[int, ...]

    @classmethod
    def of(cls, slides: Sequence[int]) -> "Clock":
        """slides: how many of them come before each step's kernel."""
        return cls(tuple(total - 1 for total in accumulate(count + 1 for count in slides)))

    @property
    def end(self) -> int:
        """The moment after all steps, when the caller reads the output."""
        return self.kernels[-1] + 1 if self.kernels else 0

    def slide(self, step: int, number: int) -> int:
        """The moment of slide `number` of this step."""
        return (self.kernels[step - 1] if step else BEFORE_STEPS) + 1 + number

    def moment(self, step: int) -> int:
        """When a step's kernel runs; BEFORE_STEPS and the number of steps stand for themselves."""
        if step == BEFORE_STEPS:
            return BEFORE_STEPS
        return self.kernels[step] if step < len(self.kernels) else self.end

    def life(self, steps: Life) -> Life:
        """The moments of a life that is given in steps."""
        return Life(self.moment(steps.first), self.moment(steps.last))
