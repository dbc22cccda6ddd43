"""Program: the int8 graph as steps, each making some rows of one layer's output with one kernel call."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from mcucompile.ir.graph import Interface, Node
from mcucompile.ir.tensors import Array, ArrayFields, TensorType


class InputMode(Enum):
    """How the caller hands the input over; see DESIGN.md, "Input modes"."""

    ARENA = "arena"
    EXTERNAL = "external"
    ROWS = "rows"


class KernelLibrary(Enum):
    """Where the kernels come from: `firmware/kernels/`, or Arm's CMSIS-NN that the user installed."""

    BUNDLED = "bundled"
    CMSIS_NN = "cmsis-nn"


class Rows(NamedTuple):
    """Rows [begin, end) of a tensor."""

    begin: int
    end: int

    def __str__(self) -> str:
        return f"[{self.begin}, {self.end})"


@dataclass(frozen=True, eq=False)
class Layer(ArrayFields):
    """One int8 node bound to a kernel.

    kernel: the C function called. input_offsets: added to each input before use (minus its zero point, or 0 where
    the zero point went into `bias`). bias: int32 [O], or None for kernels without one. scratch_bytes: the kernel's
    work space. overwrites: the inputs whose bytes the kernel may replace by its output, element by element.
    """

    index: int
    node: Node
    kernel: str
    input_offsets: tuple[int, ...]
    bias: Array | None = None
    scratch_bytes: int = 0
    overwrites: tuple[int, ...] = ()

    @property
    def output_offset(self) -> int:
        return self.node.type.quantized().zero_point


@dataclass(frozen=True)
class Slide:
    """The rolling window of `tensor` moves on: `rows`, all that it still needs of what it holds, go to its front."""

    tensor: str
    rows: Rows


@dataclass(frozen=True)
class Step:
    """Layer number `layer` makes `rows` of its output, reading `reads[i]` of its i-th input.

    slides: the windows that move before, in this order. Input mode rows: then the input's rows that no earlier step
    read are asked for; then the kernel runs.
    """

    layer: int
    rows: Rows
    reads: tuple[Rows, ...]
    slides: tuple[Slide, ...] = ()


class Segment(NamedTuple):
    """Layers [first, last] whose steps, a run of the program's, are interleaved; one layer with one step stands alone.

    A loop over row blocks of layer `last`, each of which first lets the layers before it make the rows that it reads.
    blocks: how many rows a step of each layer makes at most.
    """

    first: int
    last: int
    blocks: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """Layers, and the steps that run them in order. alignment: bytes, of every tensor and scratch in the arena.

    segments: every layer in one of them, in order; the steps are what they say.
    """

    name: str
    input: str
    input_type: TensorType
    input_mode: InputMode
    origin_input: Interface
    layers: tuple[Layer, ...]
    steps: tuple[Step, ...]
    output: str
    alignment: int
    segments: tuple[Segment, ...] = ()

    def runs_by_rows(self, segment: Segment) -> bool:
        """Whether some layer of `segment` makes its rows in several steps."""
        layers = self.layers[segment.first : segment.last + 1]
        return any(rows < layer.node.type.shape.h for rows, layer in zip(segment.blocks, layers, strict=True))

    @cached_property
    def types(self) -> Mapping[str, TensorType]:
        """The type of every tensor, the input first, in order of definition."""
        return {self.input: self.input_type} | {layer.node.name: layer.node.type for layer in self.layers}

    @cached_property
    def arena_tensors(self) -> tuple[str, ...]:
        """The tensors that live in the arena: all, but for an input that the caller keeps."""
        return tuple(n for n in self.types if n != self.input or self.input_mode is not InputMode.EXTERNAL)
