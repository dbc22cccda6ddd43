"""An arena that remembers, byte by byte, what was written there last."""

from collections.abc import Sequence

import numpy as np

from mcucompile.errors import InternalError
from mcucompile.ir.plan import Linear, MemoryPlan, RollingWindow
from mcucompile.ir.program import InputMode, Program, Rows, Slide, Step
from mcucompile.memory.identities import NOBODY, Identities, Ids


class Replay:
    """The arena while `program` runs in it. Every method raises InternalError where `plan` fails."""

    def __init__(self, program: Program, plan: MemoryPlan) -> None:
        self._program = program
        self._plan = plan
        self._ids = Identities(program)
        self._arena = np.full(plan.arena_bytes, NOBODY, np.int64)
        self._first_row = dict.fromkeys(plan.tensors, 0)
        self._asked = 0

    def write_rows(self, where: str, name: str, rows: Rows) -> None:
        """Put rows of tensor `name` into the arena."""
        self._arena[self._span(where, name, rows)] = self._ids.of_rows(name, rows)

    def check_rows(self, where: str, name: str, rows: Rows) -> None:
        """Rows of tensor `name` that are about to be read must still be there. An external input always is."""
        if name not in self._plan.tensors:
            return
        span, expected = self._span(where, name, rows), self._ids.of_rows(name, rows)
        wrong = self._arena[span] != expected
        if np.any(wrong):
            clash = self._first_run(wrong, self._arena[span])
            found = f"bytes {self._bytes(span, clash)} hold {self._ids.describe(self._arena[span][clash])}"
            raise InternalError.broken(where, found, f"{self._ids.describe(expected[clash])}, which is read now")

    def run_step(self, number: int, step: Step) -> None:
        """Windows move, input rows are asked for, then one kernel call.

        During it scratch is written while inputs are read and the output is written.
        """
        layer = self._program.layers[step.layer]
        output = layer.node.name
        where = f"memory plan of {self._program.name}, step {number:02} (%{output}{step.rows} by {layer.kernel})"
        for slide in step.slides:
            self._slide(where, slide)
        if self._program.input_mode is InputMode.ROWS:
            self._ask(where, layer.node.inputs, step.reads)
        scratch = self._plan.scratch_of(number)
        if scratch is not None:
            self._arena[scratch.offset : scratch.end] = self._ids.of_scratch(number, scratch.size)
            self._check_untouched(where, output, step.rows, self._ids.of_scratch(number, scratch.size))
        for name, rows in zip(layer.node.inputs, step.reads, strict=True):
            self.check_rows(where, name, rows)
        for name, rows in zip(layer.node.inputs, step.reads, strict=True):
            uses = [i for i, other in enumerate(layer.node.inputs) if other == name]
            declared = all(i in layer.overwrites for i in uses)
            self._check_untouched(where, output, step.rows, self._ids.of_rows(name, rows), in_place=declared)
        self.write_rows(where, output, step.rows)

    def _check_untouched(self, where: str, output: str, rows: Rows, in_use: Ids, *, in_place: bool = False) -> None:
        """The bytes `in_use` during a step must not be replaced by its output.

        in_place: an element may, by the output element of the same number.
        """
        if not in_use.size:
            return
        span, new = self._span(where, output, rows), self._ids.of_rows(output, rows)
        old = self._arena[span]
        wrong = (old >= in_use[0]) & (old <= in_use[-1])
        if in_place:
            wrong &= old - self._ids.start_of(in_use) != new - self._ids.start_of(new)
        if np.any(wrong):
            clash = self._first_run(wrong, old)
            found = f"{self._ids.describe(new[clash])} written to bytes {self._bytes(span, clash)}"
            allowed = f"no byte of {self._ids.describe(old[clash])}, which this step still needs"
            raise InternalError.broken(where, found, allowed)

    def _slide(self, where: str, slide: Slide) -> None:
        """Move rows of a rolling window to its front, whatever they hold by now."""
        name, rows = slide.tensor, slide.rows
        placement = self._plan.tensors.get(name)
        if placement is None or isinstance(placement.storage, Linear) or rows.begin < self._first_row[name]:
            allowed = "a rolling window that moves to later rows"
            raise InternalError.broken(where, f"%{name} slides to rows {rows}", allowed)
        left = self._arena[self._span(where, name, rows)]
        moved = left.copy()
        left[moved == self._ids.of_rows(name, rows)] = NOBODY  # nobody reads the copy that stays behind
        self._first_row[name] = rows.begin
        self._arena[self._span(where, name, rows)] = moved

    def _ask(self, where: str, inputs: Sequence[str], reads: Sequence[Rows]) -> None:
        """The caller writes the rows of the input that nobody has read yet."""
        uses = zip(inputs, reads, strict=True)
        end = max((rows.end for name, rows in uses if name == self._program.input), default=0)
        if end > self._asked:
            self.write_rows(where, self._program.input, Rows(self._asked, end))
            self._asked = end

    def _span(self, where: str, name: str, rows: Rows) -> slice:
        """The bytes of the arena where rows of tensor `name` belong now."""
        placement, row_bytes = self._plan.tensors[name], self._program.types[name].row_bytes
        first = self._first_row[name]
        if isinstance(placement.storage, RollingWindow):
            window = Rows(first, first + placement.storage.rows)
            if rows.begin < window.begin or rows.end > window.end:
                raise InternalError.broken(where, f"%{name}{rows}", f"rows {window}, the window of %{name}")
        begin = placement.offset + (rows.begin - first) * row_bytes
        return slice(begin, begin + (rows.end - rows.begin) * row_bytes)

    def _first_run(self, wrong: np.typing.NDArray[np.bool_], ids: Ids) -> slice:
        """The first stretch of wrong bytes that belong to one tensor or scratch."""
        begin = int(np.argmax(wrong))
        owners = self._ids.owners(ids)
        ends = np.flatnonzero(~wrong[begin:] | (owners[begin:] != owners[begin]))
        return slice(begin, begin + int(ends[0]) if ends.size else len(ids))

    def _bytes(self, span: slice, part: slice) -> str:
        return f"[{span.start + part.start}, {span.start + part.stop})"
