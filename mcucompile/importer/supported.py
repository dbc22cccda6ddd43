"""The table of supported operators, from the sentences that the checks use."""

from dataclasses import dataclass

from mcucompile.importer.constraints import EVERY_OPERATOR
from mcucompile.importer.converters import CONVERTERS


@dataclass(frozen=True)
class SupportedOperator:
    """An ONNX operator, the IR mnemonics it becomes, and what has to hold, a sentence each."""

    name: str
    becomes: str
    conditions: tuple[str, ...]


def supported_operators() -> tuple[SupportedOperator, ...]:
    """All of them, in the order of their names; the first row says what holds for every operator."""
    every = SupportedOperator("every operator", "", tuple(c.sentence for c in EVERY_OPERATOR))
    rows = (
        SupportedOperator(operator.name, operator.becomes, tuple(c.sentence for c in operator.constraints))
        for operator in CONVERTERS.values()
    )
    return (every, *rows)
