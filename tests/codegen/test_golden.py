import pytest

from mcucompile.codegen import emit
from mcucompile.ir.program import InputMode
from tests.codegen.int8_models import options, plan_of, program_of, tiny_graph
from tests.conftest import Golden


@pytest.mark.parametrize(
    "name",
    ["src/tiny.h", "src/tiny.c", "src/tiny_weights.c", "firmware/model_config.h", "firmware/model_traced.c"],
)
def test_tiny_model(golden: Golden, name: str) -> None:
    program = program_of(tiny_graph())
    golden(name, emit(program, plan_of(program), options("tiny")).files[name])


@pytest.mark.parametrize("mode", [InputMode.EXTERNAL, InputMode.ROWS])
@pytest.mark.parametrize("name", ["src/tiny.h", "src/tiny.c"])
def test_other_input_modes(golden: Golden, mode: InputMode, name: str) -> None:
    program = program_of(tiny_graph(), mode)
    golden(f"{mode.value}/{name}", emit(program, plan_of(program), options("tiny")).files[name])
