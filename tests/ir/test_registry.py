"""A row of the registry that names something that does not exist, or leaves something out, fails here."""

import importlib

import pytest

from mcucompile.codegen.calls import RENDERERS
from mcucompile.importer import supported_operators
from mcucompile.ir.operators import Operator
from mcucompile.ir.registry import REGISTRY, Row
from mcucompile.ir.verify import FLOAT_ONLY, INT8_ONLY
from mcucompile.lower.kernels import KERNELS
from mcucompile.resources import resource

every_row = pytest.mark.parametrize("row", REGISTRY, ids=lambda row: row.operator.mnemonic)


def test_every_operator_has_one_row() -> None:
    assert sorted(row.operator.__name__ for row in REGISTRY) == sorted(o.__name__ for o in Operator.__subclasses__())


@every_row
def test_onnx_operators_that_become_it(row: Row) -> None:
    becomes = {operator.name: operator.becomes.split(", ") for operator in supported_operators()}
    assert sorted(row.onnx) == [name for name, mnemonics in becomes.items() if row.operator.mnemonic in mnemonics]


@every_row
def test_int8_meaning(row: Row) -> None:
    assert (row.reference is None) == (row.operator in FLOAT_ONLY)
    assert row.onnx or row.operator in INT8_ONLY
    if row.reference is not None:
        module, function = row.reference.split(".")
        assert callable(getattr(importlib.import_module(f"mcucompile.reference.{module}"), function))


@every_row
def test_kernels(row: Row) -> None:
    assert bool(row.kernels) == (row.reference is not None)
    for kernel in row.kernels:
        source = (resource("firmware") / "kernels" / f"{kernel}.c").read_text()
        assert f"{kernel}(" in source


def test_the_stages_know_exactly_these_kernels() -> None:
    kernels = {kernel for row in REGISTRY for kernel in row.kernels}
    assert kernels == KERNELS.keys() == RENDERERS.keys()
