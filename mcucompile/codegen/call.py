"""One kernel call as text, with the constant tables it needs, and what a renderer asks of its layer."""

from dataclasses import dataclass
from typing import TypeVar

from mcucompile.codegen.operands import Operands
from mcucompile.codegen.options import EmitOptions
from mcucompile.errors import InternalError
from mcucompile.ir.operators import AddRequantize, Operator, Requantize
from mcucompile.ir.tensors import Array
from mcucompile.ir.text import format_array

AnyOperator = TypeVar("AnyOperator", bound=Operator)
AnyFactors = TypeVar("AnyFactors", Requantize, AddRequantize)
Arguments = tuple[tuple[str, str], ...]
"""The lines of an argument list, each with the comment beside it, or ""."""


@dataclass(frozen=True)
class Table:
    """A constant array of the emitted C. label: what it is, in the IR's notation."""

    name: str
    label: str
    values: Array


@dataclass(frozen=True)
class Call:
    """declarations: statements before the call. returns_status: an arm_cmsis_nn_status, or nothing."""

    kernel: str
    arguments: Arguments
    declarations: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    returns_status: bool = True


def operator_of(operands: Operands, kind: type[AnyOperator]) -> AnyOperator:
    """The layer's operator. Raises InternalError unless it is a `kind`, what the layer's kernel computes."""
    operator = operands.layer.node.operator
    if not isinstance(operator, kind):
        raise InternalError.broken(_where(operands), operator.mnemonic, kind.mnemonic)
    return operator


def table(operands: Operands, options: EmitOptions, label: str, values: Array | None) -> Table:
    """The constant `label` of the layer as an array. Raises InternalError if the layer lacks it."""
    layer = operands.layer
    if values is None:
        raise InternalError.broken(_where(operands), f"no {label}", f"a layer with {label}")
    return Table(options.names.table(layer, label), f"%{layer.node.name} {label}={format_array(values)}", values)


def factors(operands: Operands, requantize: AnyFactors | None) -> AnyFactors:
    """The requantization of an int8 operator. Raises InternalError for a float one."""
    if requantize is None:
        raise InternalError.broken(_where(operands), "a float operator", "an int8 operator")
    return requantize


def single_factor(operands: Operands, requantize: Requantize | None) -> tuple[int, int]:
    """Multiplier and shift for a kernel that takes one for all channels. Raises InternalError if there are several."""
    several = factors(operands, requantize)
    found = set(zip(several.multiplier.tolist(), several.shift.tolist(), strict=True))
    if len(found) != 1:
        raise InternalError.broken(_where(operands), f"{len(found)} requantization factors", "one for all channels")
    return next(iter(found))


def _where(operands: Operands) -> str:
    return f"%{operands.layer.node.name} -> {operands.layer.kernel}"
