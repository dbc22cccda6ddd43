import pytest

from mcucompile.errors import (
    CompileError,
    DoesNotFitError,
    InternalError,
    NotBitExactError,
    Problem,
    ToolMissingError,
    UnsupportedModelError,
    UsageError,
)

FIRST = Problem("model.onnx, node 7 (Tan)", "Tan", "one of 28 operators", "replace it")
SECOND = Problem("model.onnx, node 9 (Erf)", "Erf", "one of 28 operators", "replace it")


def test_a_problem_says_where_what_and_what_to_do() -> None:
    assert str(UnsupportedModelError([FIRST, SECOND])) == (
        "not supported: model.onnx, node 7 (Tan)\n"
        "  found    Tan\n"
        "  allowed  one of 28 operators\n"
        "  do       replace it\n"
        "not supported: model.onnx, node 9 (Erf)\n"
        "  found    Erf\n"
        "  allowed  one of 28 operators\n"
        "  do       replace it"
    )


@pytest.mark.parametrize(
    ("error", "code", "headline"),
    [
        (InternalError, 1, "internal error"),
        (UsageError, 2, "error"),
        (UnsupportedModelError, 3, "not supported"),
        (DoesNotFitError, 4, "does not fit"),
        (NotBitExactError, 5, "not bit-exact"),
        (ToolMissingError, 6, "tool missing"),
    ],
)
def test_exit_codes(error: type[CompileError], code: int, headline: str) -> None:
    raised = error(FIRST)
    assert raised.exit_code == code
    assert str(raised).startswith(f"{headline}: model.onnx")
    assert raised.problems == (FIRST,)


def test_an_internal_error_asks_for_a_report() -> None:
    assert str(InternalError.broken("%y", "2 inputs", "1")) == (
        "internal error: %y\n"
        "  found    2 inputs\n"
        "  allowed  1\n"
        "  do       report this as a bug in mcucompile, with the model"
    )
