"""Which kernel files go into src/kernels."""

import pytest

from mcucompile.codegen import emit
from mcucompile.codegen.calls import RENDERERS
from mcucompile.codegen.kernels import kernel_files
from mcucompile.ir.program import KernelLibrary
from mcucompile.resources import resource
from tests.codegen.int8_models import every_kernel_graph, options, plan_of, program_of, tiny_graph

CMSIS_HEADERS = {"arm_nnfunctions.h", "arm_nn_types.h", "arm_nnsupportfunctions.h"}


@pytest.mark.parametrize("kernel", RENDERERS)
def test_every_kernel_we_call_has_a_file(kernel: str) -> None:
    assert (resource("firmware") / "kernels" / f"{kernel}.c").is_file()


def test_calls_and_includes_are_followed() -> None:
    files = set(kernel_files(["arm_convolve_1x1_s8_fast"], KernelLibrary.BUNDLED))
    assert files >= {"arm_convolve_1x1_s8_fast.c", *CMSIS_HEADERS}
    assert "arm_convolve_s8.c" in kernel_files(["arm_convolve_wrapper_s8"], KernelLibrary.BUNDLED)


def test_a_header_brings_its_source() -> None:
    files = {"mcu_pass_dsp.h", "mcu_pass_dsp.c", "mcu_packed.h", "mcu_packed.c"}
    assert files <= kernel_files(["arm_convolve_s8"], KernelLibrary.BUNDLED).keys()


def test_nothing_more_than_needed() -> None:
    files = kernel_files(["arm_softmax_s8"], KernelLibrary.BUNDLED)
    assert [name for name in files if name.endswith(".c")] == ["arm_softmax_s8.c"]
    headers = {"arm_nn_types.h", "arm_nnfunctions.h", "mcu_kernels.h"}
    assert set(kernel_files(["mcu_concat_s8"], KernelLibrary.BUNDLED)) == {*headers, "mcu_concat_s8.c"}


def test_beside_arms_library_only_our_own_kernels() -> None:
    program = program_of(every_kernel_graph())
    sources = emit(program, plan_of(program), options("net", library=KernelLibrary.CMSIS_NN))
    kernels = [name for name in sources.files if name.startswith("src/kernels/")]
    sources_of = [f"src/kernels/mcu_{kernel}_s8.c" for kernel in ("channel_scale", "concat", "lookup", "mean")]
    names = ("dsp", "fixed_point", "kernels", "mean_dsp", "mean_mve", "mul_mve", "requantize_mve", "variants")
    headers = [f"src/kernels/mcu_{name}.h" for name in names]
    assert sorted(kernels) == sorted([*sources_of, *headers])


def test_no_kernel_folder_if_arms_library_has_all() -> None:
    program = program_of(tiny_graph())
    sources = emit(program, plan_of(program), options("tiny", library=KernelLibrary.CMSIS_NN))
    assert not [name for name in sources.files if name.startswith("src/kernels/")]


def test_arms_fully_connected_on_mve_starts_from_the_bias() -> None:
    program = program_of(tiny_graph())
    needed = ".buf = MCU_TABLE(tiny_layer_02_bias), .size = 12}"

    def emitted(target: str, library: KernelLibrary) -> str:
        return emit(program, plan_of(program), options("tiny", target, library)).files["src/tiny.c"]

    assert needed in emitted("cortex-m55", KernelLibrary.CMSIS_NN)
    assert needed not in emitted("cortex-m33", KernelLibrary.CMSIS_NN)
    assert needed not in emitted("cortex-m55", KernelLibrary.BUNDLED)
