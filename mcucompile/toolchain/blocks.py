"""Basic blocks of what was executed: instructions that always ran one after the other."""

from collections.abc import Iterable

from mcucompile.toolchain.counting import Execution
from mcucompile.toolchain.instruction_classes import classify


def basic_blocks(executions: Iterable[Execution]) -> list[list[Execution]]:
    """The executions of each layer as blocks in the order of memory: all counts of a block are the same."""
    blocks: list[list[Execution]] = []
    for execution in sorted(executions, key=_place):
        if not blocks or not _follows(blocks[-1][-1], execution):
            blocks.append([])
        blocks[-1].append(execution)
    return blocks


def _place(execution: Execution) -> tuple[int, int]:
    return -1 if execution.layer is None else execution.layer, execution.instruction.address


def _follows(last: Execution, execution: Execution) -> bool:
    """Whether `execution` is of the block that ends with `last`."""
    adjacent = execution.previous is not None and execution.previous.address == last.instruction.address
    same = (execution.layer, execution.count) == (last.layer, last.count)
    return adjacent and same and not classify(last.instruction).branches
