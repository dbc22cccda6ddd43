"""Worst-case stack: gcc's call graph, library code, and what has no bound."""

from pathlib import Path

import pytest

from mcucompile.errors import InternalError
from mcucompile.toolchain.disassembly import frame_of, read_listing
from mcucompile.toolchain.elf import Function
from mcucompile.toolchain.stack import INDIRECT, Frame, external_calls, read_call_graph, worst_case
from tests.toolchain.conftest import BuildToy

GRAPH = """\
graph: { title: "src/a.c"
node: { title: "root" label: "root\\nsrc/a.c:9:5\\n16 bytes (static)" }
node: { title: "src/a.c:deep" label: "deep\\nsrc/a.c:1:12\\n100 bytes (dynamic,bounded)" }
node: { title: "src/a.c:wide" label: "wide\\nsrc/a.c:5:12\\n104 bytes (static)" }
node: { title: "memcpy" label: "__builtin_memcpy\\n<built-in>" shape : ellipse }
edge: { sourcename: "root" targetname: "src/a.c:deep" label: "src/a.c:10:5" }
edge: { sourcename: "root" targetname: "src/a.c:wide" label: "src/a.c:11:5" }
edge: { sourcename: "src/a.c:deep" targetname: "memcpy" }
}
"""

LISTING = """\
00000100 <f>:
     100:\tpush\t{r4, r5, r6, r7, lr}
     102:\tsub\tsp, #12
     104:\tvpush\t{d8-d9}
     108:\tstrd\tip, lr, [sp, #-16]!
     10c:\tstmdb\tsp!, {r0, r1}
     110:\tbl\t200 <g>
     114:\tbne.n\t110 <f+0x10>
     116:\tadd\tsp, #12
     118:\tb.w\t204 <g+0x4>\t@ tail call
"""


def none() -> frozenset[str]:
    return frozenset()


def test_deepest_path_counts(tmp_path: Path) -> None:
    (tmp_path / "a.ci").write_text(GRAPH)
    frames = read_call_graph([tmp_path / "a.ci"])
    assert external_calls(frames) == {"memcpy"}
    assert worst_case(frames | {"memcpy": Frame(8, True, none())}, "root", none()) == 16 + 100 + 8
    assert worst_case(frames | {"memcpy": Frame(0, True, none())}, "root", none()) == 16 + 104


def test_functions_of_one_name_count_as_the_worse(tmp_path: Path) -> None:
    (tmp_path / "a.ci").write_text(GRAPH)
    (tmp_path / "b.ci").write_text(GRAPH.replace("104 bytes", "40 bytes").replace("16 bytes", "24 bytes"))
    frames = read_call_graph([tmp_path / "a.ci", tmp_path / "b.ci"])
    assert frames["root"].bytes == 24
    assert frames["src/a.c:wide"].bytes == 104


@pytest.mark.parametrize(
    ("frames", "found", "where"),
    [
        (
            {"root": Frame(8, True, frozenset({"f"})), "f": Frame(8, True, frozenset({"root"}))},
            "recursion",
            "root > f > root",
        ),
        ({"root": Frame(8, False, frozenset())}, "a frame of variable size", "root"),
        ({"root": Frame(8, True, frozenset({INDIRECT}))}, "a call through a pointer", "root"),
        ({"root": Frame(8, True, frozenset({"other"}))}, "a function without call graph", "root > other"),
    ],
)
def test_depth_without_bound_is_refused(frames: dict[str, Frame], found: str, where: str) -> None:
    with pytest.raises(InternalError) as caught:
        worst_case(frames, "root", frozenset())
    assert str(caught.value) == (
        f"internal error: stack of {where}\n"
        f"  found    {found}\n"
        "  allowed  frames and calls whose depth is known\n"
        "  do       report this as a bug in mcucompile, with the model"
    )


def test_row_callback_counts_as_the_users() -> None:
    assert worst_case({"root": Frame(8, True, frozenset({INDIRECT}))}, "root", frozenset({"root"})) == 8


def test_disassembled_frame_sums_every_push() -> None:
    f, g = Function("f", range(0x100, 0x11C), True), Function("g", range(0x200, 0x280), True)
    frame = frame_of(f, read_listing(LISTING), (f, g))
    assert frame == Frame(20 + 12 + 16 + 16 + 8, True, frozenset({"g"}))


@pytest.mark.parametrize("instruction", ["sub.w\tsp, sp, r3", "add\tsp, r4", "add.w\tsp, sp, r4"])
def test_variable_frame_in_library_code_has_no_bound(instruction: str) -> None:
    f = Function("f", range(0x100, 0x104), True)
    assert not frame_of(f, read_listing(f"     100:\t{instruction}\n"), (f,)).bounded


def test_call_through_pointer_in_library_code_is_seen() -> None:
    f = Function("f", range(0x100, 0x104), True)
    assert frame_of(f, read_listing("     100:\tblx\tr3\n     102:\tbx\tlr\n"), (f,)).calls == {INDIRECT}


def test_variable_length_array_in_a_model_is_refused(build_toy: BuildToy) -> None:
    with pytest.raises(InternalError, match="a frame of variable size"):
        build_toy("cortex-m4", fault="volatile int8_t more[bytes[0] + 129];\n    more[bytes[1] & 1] = 0;")


def test_recursion_in_a_model_is_refused(build_toy: BuildToy) -> None:
    with pytest.raises(InternalError, match="recursion"):
        build_toy("cortex-m4", fault="bytes[1] = (int8_t)(bytes[0] == 99 ? toy_invoke(bytes + 1) : 0);")


def test_compile_error_shows_what_the_compiler_said(build_toy: BuildToy) -> None:
    with pytest.raises(InternalError, match="'nonsense' undeclared"):
        build_toy("cortex-m4", fault="nonsense = 1;")
