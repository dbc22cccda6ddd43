"""What a layer touches when it makes rows [row, end) of its output: C that finds them at run time."""

from dataclasses import dataclass

from mcucompile.codegen.operands import CALLER_INPUT, Operands, Region, is_callers, place, pointer
from mcucompile.codegen.row_loops import first_variable
from mcucompile.codegen.row_numbers import Affine, first_read, number
from mcucompile.codegen.segment import SegmentCode
from mcucompile.errors import InternalError
from mcucompile.ir.plan import MemoryPlan, ScratchPlacement
from mcucompile.ir.program import Layer, Program, Step
from mcucompile.ir.shapes import Reach, reach

ROW, END = Affine("row", 1, 0), Affine("end", 1, 0)
"""The parameters of a layer's function that say which rows it makes. END: only of a layer whose blocks differ."""


@dataclass(frozen=True)
class RowLayer:
    """A layer of a segment, in whose function `row` and `end` are the block's."""

    program: Program
    plan: MemoryPlan
    code: SegmentCode
    layer: Layer

    @property
    def steps(self) -> list[tuple[int, Step]]:
        """The layer's steps with their numbers."""
        numbers = self.code.numbers
        steps = zip(numbers, self.program.steps[numbers.start : numbers.stop], strict=True)
        return [(number, step) for number, step in steps if step.layer == self.layer.index]

    @property
    def block(self) -> int | None:
        """The height of every block, None if they differ."""
        heights = {step.rows.end - step.rows.begin for _, step in self.steps}
        return heights.pop() if len(heights) == 1 else None

    @property
    def numbers(self) -> tuple[str, ...]:
        """The row numbers that its function takes: of the block, and the fronts of the moving windows it touches."""
        touched = self.operands()
        used = touched.output.variables.union(*(region.variables for region in touched.inputs))
        if touched.preparation or self.block is None:  # the rows read, or the height of the output
            used |= ROW.variables | self.end.variables
        tensors = dict.fromkeys((*self.layer.node.inputs, self.layer.node.name))
        fronts = (first_variable(self.program, name) for name in tensors)
        return tuple(name for name in (ROW.variable, END.variable, *fronts) if name in used)

    @property
    def end(self) -> Affine:
        """The end of the block."""
        return END if self.block is None else ROW.times(1, self.block)

    def operands(self) -> Operands:
        """The operands. Raises InternalError for scratch that moves."""
        node, types = self.layer.node, self.program.types
        output = self._region(node.name, ROW, self._height)
        reaches = [reach(node.operator, types[name].shape) for name in node.inputs]
        inputs, padding, preparation = [], "0", []
        for k, (name, reached) in enumerate(zip(node.inputs, reaches, strict=True)):
            if reached == Reach(1, 0, 1) and all(step.reads[k] == step.rows for _, step in self.steps):
                inputs.append(self._region(name, ROW, self._height))
            elif reached.stride == 0:
                inputs.append(self._region(name, number(0), str(types[name].shape.h)))
            elif (fixed := self._fixed_height(k, reached)) is not None:
                inputs.append(self._region(name, first_read(reached, ROW), str(fixed)))
            else:
                preparation.append(self._source(reached, types[name].shape.h))
                inputs.append(self._region(name, Affine("source.begin", 1, 0), "source.height"))
                padding = "source.padding" if reached.padding else "0"
        callers = is_callers(self.program, node.inputs)
        return Operands(self.layer, tuple(inputs), output, self._scratch(), padding, callers, tuple(preparation))

    @property
    def _height(self) -> str:
        return f"{END} - {ROW}" if self.block is None else str(self.block)

    def _fixed_height(self, k: int, reached: Reach) -> int | None:
        """The rows that every step reads of input k, if they are always as many and never padded."""
        heights = {step.reads[k].end - step.reads[k].begin for _, step in self.steps}
        tops = [first_read(reached, number(step.rows.begin)).offset for _, step in self.steps]
        never_padded = all(top == step.reads[k].begin for top, (_, step) in zip(tops, self.steps, strict=True))
        return heights.pop() if len(heights) == 1 and never_padded else None

    def _source(self, reached: Reach, height: int) -> str:
        numbers = f"{reached.stride}, {reached.padding}, {reached.extent}, {height}"
        remark = "/* stride, padding, kernel, height */"
        return f"const mcu_rows source = mcu_rows_under(row, {self.end}, {numbers}); {remark}"

    def _region(self, name: str, begin: Affine, height: str) -> Region:
        return row_region(self.program, self.plan, self.code, name, begin, height)

    def _scratch(self) -> ScratchPlacement | None:
        """The scratch of every step, which must be the same."""
        by_step = {scratch.step: scratch for scratch in self.plan.scratch}
        found = [by_step.get(number) for number, _ in self.steps]
        places = {None if scratch is None else (scratch.offset, scratch.size) for scratch in found}
        if len(places) != 1:
            text = ", ".join(sorted(map(str, places)))
            raise InternalError.broken(f"scratch of %{self.layer.node.name}", text, "one place for all steps")
        return found[0]


def row_region(program: Program, plan: MemoryPlan, code: SegmentCode, name: str, begin: Affine, height: str) -> Region:
    """Rows of tensor `name` from row `begin` on, as many as `height`, which is C."""
    type_ = program.types[name]
    at = pointer(CALLER_INPUT, 0) if is_callers(program, (name,)) else pointer("base", plan.tensors[name].offset)
    variables: frozenset[str] = frozenset()
    if code.moves(name):
        first = first_variable(program, name)
        at += f" + ({begin} - {first}) * {type_.row_bytes}"
        variables = begin.variables | {first}
    elif begin != number(0) and name not in code.still:
        at += f" + {begin if begin.is_variable else f'({begin})'} * {type_.row_bytes}"
        variables = begin.variables
    shape = type_.shape._replace(h=int(height)) if height.isdigit() else type_.shape
    return Region(shape, at, height, place(program, plan, name), None, variables)
