"""From an int8 graph to firmware in QEMU, held against the reference: the pipeline's last stages, without ONNX."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from mcucompile import output
from mcucompile.codegen import EmitOptions, emit
from mcucompile.ir.graph import Graph
from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import InputMode, KernelLibrary, Program
from mcucompile.ir.tensors import Array
from mcucompile.lower import lower
from mcucompile.memory import plan_memory, plan_rows, validate_plan
from mcucompile.pipeline import selftest_crc32
from mcucompile.target import Target
from mcucompile.toolchain import Images, build_images
from mcucompile.verification import Verification, verify_image
from tests.emulator.int8_builder import awkward_inputs

Edit = Callable[[Path], None]
Arrange = Callable[[Program], tuple[Program, MemoryPlan]]


def layer_by_layer(program: Program) -> tuple[Program, MemoryPlan]:
    """The steps as they are, in the smallest arena."""
    return program, plan_memory(program)


def row_by_row(program: Program) -> tuple[Program, MemoryPlan]:
    """As `mcucompile build` does it: the steps that need the smallest arena."""
    planned = plan_rows(program)
    return planned.program, planned.plan


@dataclass(frozen=True)
class Built:
    """A graph's program, its memory plan and its images for a target."""

    graph: Graph
    program: Program
    plan: MemoryPlan
    target: Target
    images: Images

    @property
    def layers(self) -> list[str]:
        """The tensor that each layer defines."""
        return [layer.node.name for layer in self.program.layers]

    def verify(self, inputs: Array | None = None) -> Verification:
        """Every layer, on int8 inputs [N, H, W, C], or on the awkward ones."""
        x = awkward_inputs(self.graph.input_type.shape) if inputs is None else inputs
        images = self.images
        return verify_image(self.graph, self.layers, images.verify_elf, self.target, x, images.stack_bytes)

    def assert_bit_exact(self, inputs: Array | None = None) -> None:
        """Fail at the first wrong value."""
        verification = self.verify(inputs)
        assert verification.first_mismatch is None, f"{self.target.name}: {verification.first_mismatch}"
        assert verification.layers == len(self.graph.nodes)


def build_graph(
    graph: Graph,
    target: Target,
    directory: Path,
    mode: InputMode = InputMode.ARENA,
    optimize: str = "speed",
    alignment: int | None = None,
    cmsis_nn: Path | None = None,
    edit: Edit | None = None,
    arrange: Arrange = row_by_row,
) -> Built:
    """Build `graph` in `directory`. alignment: of tensors in the arena, if not the core's. edit: of the sources.

    arrange: chooses steps and places.
    """
    library = KernelLibrary.BUNDLED if cmsis_nn is None else KernelLibrary.CMSIS_NN
    program = lower(graph, target.core, library, mode)
    if alignment is not None:
        program = replace(program, alignment=alignment)
    program, plan = arrange(program)
    validate_plan(program, plan)
    sources = emit(program, plan, EmitOptions(graph.name, target, library, Preprocessing(), selftest_crc32(graph)))
    output.write_sources(directory, sources)
    if edit is not None:
        edit(directory)
    images = build_images(directory, graph.name, target, optimize, cmsis_nn)
    return Built(graph, program, plan, target, images)
