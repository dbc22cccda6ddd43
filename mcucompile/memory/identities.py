"""A number for every byte that is ever written to the arena, so that an array can say whose bytes lie where."""

import numpy as np
import numpy.typing as npt

from mcucompile.ir.program import Program, Rows

Ids = npt.NDArray[np.int64]
NOBODY = -1


class Identities:
    """Bytes of tensors are numbered one tensor after the other, in HWC order; then the scratch of each step."""

    def __init__(self, program: Program) -> None:
        self._row_bytes = {name: tensor.row_bytes for name, tensor in program.types.items()}
        names = [*program.types, *range(len(program.steps))]
        sizes = [tensor.bytes for tensor in program.types.values()]
        sizes += [program.layers[step.layer].scratch_bytes for step in program.steps]
        starts = np.concatenate(([0], np.cumsum(sizes)))[:-1].tolist()
        self._start: dict[str | int, int] = dict(zip(names, starts, strict=True))
        owners = [(start, name) for start, name, size in zip(starts, names, sizes, strict=True) if size]
        self._starts = np.array([start for start, _ in owners])
        self._owners = [name for _, name in owners]

    def of_rows(self, name: str, rows: Rows) -> Ids:
        """The numbers of all bytes of these rows of tensor `name`."""
        row_bytes = self._row_bytes[name]
        return self._start[name] + np.arange(rows.begin * row_bytes, rows.end * row_bytes)

    def of_scratch(self, step: int, size: int) -> Ids:
        """The numbers of the bytes that the kernel of step number `step` works in."""
        return self._start[step] + np.arange(size)

    def start_of(self, ids: Ids) -> int:
        """The number of the first byte of the tensor or scratch that the first of these bytes belongs to."""
        return int(self._starts[self.owners(ids[:1])[0]])

    def owners(self, ids: Ids) -> Ids:
        """For each byte, a number that all bytes of one tensor or scratch share; NOBODY for unwritten ones."""
        return np.where(ids == NOBODY, NOBODY, np.searchsorted(self._starts, ids, side="right") - 1)

    def describe(self, ids: Ids) -> str:
        """Whose these bytes are: of one tensor, with its rows, or one scratch; "nothing" where nobody wrote."""
        if ids[0] == NOBODY:
            return "nothing"
        owner = self._owners[int(self.owners(ids[:1])[0])]
        if isinstance(owner, int):
            return f"scratch of step {owner:02}"
        first, last = (int(i) - self._start[owner] for i in (ids.min(), ids.max()))
        row_bytes = self._row_bytes[owner]
        return f"%{owner}{Rows(first // row_bytes, last // row_bytes + 1)}"
