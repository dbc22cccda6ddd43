"""The C identifiers of an emitted model; all of them start with the model's name."""

import re
from dataclasses import dataclass

from mcucompile.errors import InternalError
from mcucompile.ir.program import Layer, Segment


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

    def layer_function(self, layer: Layer) -> str:
        """The function that makes rows of a layer's output."""
        return f"{self.model}_layer_{layer.index:02}"

    def segment_function(self, segment: Segment) -> str:
        """The function that makes all rows of a segment's layers."""
        numbers = dict.fromkeys((segment.first, segment.last))
        return "_".join([f"{self.model}_rows", *(f"{index:02}" for index in numbers)])

    def table(self, layer: Layer, constant: str) -> str:
        """The array that holds `constant` ("weights", "bias", …) of `layer`."""
        return f"{self.model}_layer_{layer.index:02}_{constant}"
