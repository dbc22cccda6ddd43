"""Replays a program on an arena of owners, byte by byte, and names what clashes.

Shares nothing with the planner but the Program and the MemoryPlan. Every byte remembers which row of which tensor was
written to it last; a step that reads a row must find all its bytes still its own.
"""

import numpy as np

from mcucompile.errors import InternalError
from mcucompile.ir.plan import Linear, MemoryPlan, Placement
from mcucompile.ir.program import InputMode, Program, Rows
from mcucompile.ir.tensors import Array

_SCRATCH = "scratch"


def validate_plan(program: Program, plan: MemoryPlan) -> None:
    """Raise InternalError, naming both rows, if a step would read bytes that something else has overwritten.

    Also checked: bounds, alignment, storage sizes, that scratch and live rows do not touch, that a step whose kernel
    declares nothing writes only where none of its inputs lie, and that the output is whole at the end.
    """
    _Replay(program, plan).run()


class _Replay:
    def __init__(self, program: Program, plan: MemoryPlan) -> None:
        self.program = program
        self.plan = plan
        self.rows: list[tuple[str, int]] = [("nothing", 0)]
        self.owner: Array = np.zeros(plan.arena_bytes, np.int32)

    def run(self) -> None:
        self._check_placements()
        program = self.program
        if program.input_mode is not InputMode.EXTERNAL:
            self._write("the caller", program.input, Rows(0, program.input_type.shape.h))
        for number, step in enumerate(program.steps):
            layer = program.layers[step.layer]
            where = f"step {number:02} of {program.name}, {layer.kernel}"
            for name, rows in zip(layer.node.inputs, step.reads, strict=True):
                self._read(where, name, rows)
            self._check_overlap(number, where)
            self._scratch(number)
            self._write(where, layer.node.name, step.rows)
        self._read(f"end of {program.name}", program.output, Rows(0, program.types[program.output].shape.h))

    def _check_placements(self) -> None:
        program, plan = self.program, self.plan
        places: list[tuple[str, int, int]] = [(f"%{n}", p.offset, p.end) for n, p in plan.tensors.items()]
        places += [(f"scratch of step {s.step:02}", s.offset, s.end) for s in plan.scratch]
        for what, begin, end in places:
            good = 0 <= begin <= end <= plan.arena_bytes and begin % program.alignment == 0
            allowed = f"within {plan.arena_bytes} bytes, at a multiple of {program.alignment}"
            _require(good, f"placement of {what}", f"[{begin}, {end})", allowed)
        for name in program.arena_tensors:
            _require(name in plan.tensors, f"placement of %{name}", "none", "one for every tensor in the arena")
            wanted = self._rows_kept(plan.tensors[name], name) * program.types[name].row_bytes
            size = plan.tensors[name].size
            _require(size == wanted, f"placement of %{name}", f"{size} bytes", f"{wanted} bytes")

    def _rows_kept(self, placement: Placement, name: str) -> int:
        storage = placement.storage
        return self.program.types[name].shape.h if isinstance(storage, Linear) else storage.rows

    def _bytes_of(self, name: str, row: int) -> slice:
        placement = self.plan.tensors[name]
        size = self.program.types[name].row_bytes
        begin = placement.offset + row % self._rows_kept(placement, name) * size
        return slice(begin, begin + size)

    def _is_external(self, name: str) -> bool:
        return name == self.program.input and self.program.input_mode is InputMode.EXTERNAL

    def _write(self, where: str, name: str, rows: Rows) -> None:
        _require(not self._is_external(name), where, f"writes %{name}", "the caller's input is never written")
        for row in range(*rows):
            self.rows.append((name, row))
            self.owner[self._bytes_of(name, row)] = len(self.rows) - 1

    def _read(self, where: str, name: str, rows: Rows) -> None:
        if self._is_external(name):
            return
        for row in range(*rows):
            place = self._bytes_of(name, row)
            for owner in np.unique(self.owner[place]):
                other, other_row = self.rows[owner]
                found = f"row {row} of %{name} at [{place.start}, {place.stop}) is read, but row {other_row} of "
                found += f"%{other} lies there" if other != _SCRATCH else "scratch lies there"
                _require(
                    (other, other_row) == (name, row), where, found, "rows that nothing overwrites while they live"
                )

    def _scratch(self, number: int) -> None:
        """Scratch destroys what lies under it."""
        scratch = self.plan.scratch_of(number)
        wanted = self.program.layers[self.program.steps[number].layer].scratch_bytes
        found = 0 if scratch is None else scratch.size
        _require(found == wanted, f"scratch of step {number:02}", f"{found} bytes", f"{wanted} bytes")
        if scratch is not None:
            self.rows.append((_SCRATCH, number))
            self.owner[scratch.offset : scratch.end] = len(self.rows) - 1

    def _check_overlap(self, number: int, where: str) -> None:
        """During a step its inputs, its output and its scratch coexist, but for declared in-place inputs."""
        step = self.program.steps[number]
        layer = self.program.layers[step.layer]
        written = self._extent(layer.node.name, step.rows)
        scratch = self.plan.scratch_of(number)
        work = range(0) if scratch is None else range(scratch.offset, scratch.end)
        name = layer.node.name
        _require(not _meet(written, work), where, f"scratch {_show(work)} meets %{name} {_show(written)}", "apart")
        for index, (source, rows) in enumerate(zip(layer.node.inputs, step.reads, strict=True)):
            if self._is_external(source):
                continue
            read = self._extent(source, rows)
            _require(not _meet(read, work), where, f"scratch {_show(work)} meets %{source} {_show(read)}", "apart")
            in_place = index in layer.overwrites and read == written
            found = f"%{name} {_show(written)} is written over its input %{source} {_show(read)}"
            allowed = "apart, or the same bytes where the kernel declares it"
            _require(in_place or not _meet(read, written), where, found, allowed)

    def _extent(self, name: str, rows: Rows) -> range:
        places = [self._bytes_of(name, row) for row in range(*rows)]
        return range(min(p.start for p in places), max(p.stop for p in places))


def _meet(a: range, b: range) -> bool:
    return max(a.start, b.start) < min(a.stop, b.stop)


def _show(bytes_: range) -> str:
    return f"[{bytes_.start}, {bytes_.stop})"


def _require(condition: bool, where: str, found: str, allowed: str) -> None:
    if not condition:
        raise InternalError.broken(where, found, allowed)
