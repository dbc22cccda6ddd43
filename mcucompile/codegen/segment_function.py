"""The C function of a segment: nested loops that call its layers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mcucompile.codegen.functions import Function, row_layer_signature
from mcucompile.codegen.literals import INDENT
from mcucompile.codegen.operands import CALLER_INPUT, is_callers, pointer
from mcucompile.codegen.options import EmitOptions
from mcucompile.codegen.row_loops import Loop, first_variable, row_variable
from mcucompile.codegen.row_numbers import Affine
from mcucompile.codegen.row_operands import RowLayer, row_region
from mcucompile.codegen.row_windows import Window
from mcucompile.codegen.segment import SegmentCode
from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import Program


@dataclass(frozen=True)
class SegmentFunction:
    """Renders the function of a segment."""

    program: Program
    plan: MemoryPlan
    options: EmitOptions
    code: SegmentCode

    def render(self) -> Function:
        """The function; it returns the model's error codes."""
        parameters, arguments = ["int8_t *base"], ["base"]
        layers = self.program.layers[self.code.segment.first : self.code.segment.last + 1]
        if any(is_callers(self.program, layer.node.inputs) for layer in layers):
            parameters, arguments = [*parameters, f"const int8_t *{CALLER_INPUT}"], [*arguments, CALLER_INPUT]
        if self.code.asking:
            parameters += [f"{self.options.name}_row_fn row", "void *user"]
            arguments += ["row", "user"]
        body = [*self._declarations(), "", *self._loop(self.code.loops), f"return {self.options.names.macro}_OK;"]
        return Function(
            comment=self._comment(),
            type="int",
            name=self.options.names.segment_function(self.code.segment),
            parameters=", ".join(parameters),
            arguments=", ".join(arguments),
            body="\n".join(body).lstrip("\n"),
        )

    def _comment(self) -> str:
        first, last, blocks = self.code.segment
        each = "a row" if blocks[-1] == 1 else f"a block of {blocks[-1]} rows"
        if first == last:
            return f"/* Layer {last:02}, {each} at a time. */"
        return f"/* Layers {first:02} to {last:02}: {each} of the last at a time, after what it reads. */"

    def _declarations(self) -> list[str]:
        """The loops' state: of each layer but the last, and of an input that is asked for."""
        last = self.program.layers[self.code.segment.last].node.name
        tensors = [name for name in self.program.types if name != last]
        lines = []
        for name in tensors:
            variables = [row_variable(self.program, name), first_variable(self.program, name)]
            used = variables if self.code.moves(name) else variables[:1]
            values = [f"{v} = {self.code.start[v]}" for v in used if v in self.code.start]
            lines += [f"int {', '.join(values)};"] if values else []
        return lines

    def _loop(self, loop: Loop) -> list[str]:
        outermost = loop is self.code.loops
        step = loop.end.variable if not loop.is_even else ""
        begin = ", ".join([f"{loop.row} = 0"] * outermost + [step] * bool(step))
        advance = f"{loop.row}++" if loop.block == 1 else f"{loop.row} += {loop.block}"
        head = f"for ({f'int {begin}' if begin else ''}; {loop.row} < {loop.until}; "
        head += f"{loop.row} = {step}) {{" if step else f"{advance}) {{"
        return [head, *self._indented(self._block(loop)), "}"]

    def _block(self, loop: Loop) -> Iterator[str]:
        """What makes one block of a layer."""
        if not loop.is_even:
            yield f"{loop.end} = mcu_min({loop.row} + {loop.block}, {loop.height});"
        name = loop.layer.node.name
        slide = list(self._slide(self.code.windows[name], str(loop.end))) if self.code.moves(name) else []
        early = bool(slide) and self.code.windows[name].at_pull
        if early:
            yield from slide
        for pull in loop.pulls:
            yield from self._loop(pull)
        if not early:
            yield from slide
        if loop.layer.index in self.code.asking:
            yield from self._ask(loop)
        function = self.options.names.layer_function(loop.layer)
        yield f"MCU_RUN({function}({', '.join(self._arguments(loop))}));"
        yield f"MCU_TRACE({', '.join(self._trace(loop))});"

    def _slide(self, window: Window, end: str) -> Iterator[str]:
        row_bytes, first = self.program.types[window.tensor].row_bytes, window.first
        base = pointer("base", self.plan.tensors[window.tensor].offset)
        yield f"if ({end} > {first} + {window.size}) {{"
        yield f"{INDENT}const int kept = {window.kept};"
        yield ""
        yield f"{INDENT}mcu_slide_rows({base}, (kept - {first}) * {row_bytes}, ({window.made} - kept) * {row_bytes});"
        yield f"{INDENT}{first} = kept;"
        yield "}"

    def _ask(self, loop: Loop) -> Iterator[str]:
        """The rows of the input that no earlier block read."""
        source = self.program.input
        row, end = row_variable(self.program, source), f"input_end_{loop.layer.index:02}"
        front = [first_variable(self.program, source)] if self.code.moves(source) else []
        macro, name = self.options.names.macro, self.options.name
        yield f"const int {end} = {loop.rows_read(self.program, source)};"
        yield ""
        yield f"if ({row} < {end}) {{"
        if front:
            yield from self._indented(self._slide(self.code.windows[source], end))
        yield f"{INDENT}if ({name}_pull_rows({', '.join(['base', 'row', 'user', row, end, *front])}) != {macro}_OK) {{"
        yield f"{INDENT}{INDENT}return {macro}_ERROR_ROW;"
        yield f"{INDENT}}}"
        yield f"{INDENT}{row} = {end};"
        yield "}"

    def _indented(self, lines: Iterable[str]) -> list[str]:
        return [f"{INDENT}{line}" if line else "" for line in lines]

    def _arguments(self, loop: Loop) -> list[str]:
        layer = RowLayer(self.program, self.plan, self.code, loop.layer)
        _, arguments = row_layer_signature(layer)
        rows = {"row": loop.row, "end": str(loop.end)}
        return [rows.get(argument, argument) for argument in arguments]

    def _trace(self, loop: Loop) -> list[str]:
        name = loop.layer.node.name
        height = str(loop.block) if loop.is_even else f"{loop.end} - {loop.row}"
        region = row_region(self.program, self.plan, self.code, name, Affine(loop.row, 1, 0), height)
        return [str(loop.layer.index), loop.row, str(loop.end), region.pointer, region.bytes]
