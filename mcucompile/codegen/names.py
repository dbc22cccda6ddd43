"""The C identifiers of an emitted model; all of them start with the model's name."""

import re
from dataclasses import dataclass

from mcucompile.errors import InternalError
from mcucompile.ir.program import Layer, Step


@dataclass(frozen=True)
class Names:
    """Identifiers of the model called `model`. Raises InternalError unless that is a C identifier."""

    model: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.model):
            raise InternalError.broken("name of the program", repr(self.model), "a C identifier")

    @property
    def macro(self) -> str:
        """What the model's macros and enumerators start with."""
        return self.model.upper()

    def step_function(self, layer: Layer, step: Step) -> str:
        """The function that makes `step`; a step of some rows only says which."""
        name = f"{self.model}_layer_{layer.index:02}"
        whole = step.rows == (0, layer.node.type.shape.h)
        return name if whole else f"{name}_rows_{step.rows.begin}_{step.rows.end}"

    def table(self, layer: Layer, constant: str) -> str:
        """The array that holds `constant` ("weights", "bias", …) of `layer`."""
        return f"{self.model}_layer_{layer.index:02}_{constant}"
