"""The lowest offset at which one allocation fits among those that are placed."""

from collections.abc import Mapping

from mcucompile.memory.conflicts import Conflicts


def round_up(value: int, multiple: int) -> int:
    """The least multiple of `multiple` that is at least `value`."""
    return -(-value // multiple) * multiple


def lowest_offset(new: int, placed: Mapping[int, int], conflicts: Conflicts, alignment: int, floor: int = 0) -> int:
    """Where allocation number `new` fits, at `floor` or above. placed: allocation -> offset, multiples of alignment."""
    rules = conflicts.forbidden[new]
    found = floor
    for low, high in sorted([(at - high, at - low) for other, at in placed.items() for low, high in rules[other]]):
        if found <= low:
            break
        if found < high:
            found = round_up(high, alignment)
    if not conflicts.may_coincide[new]:
        return found
    partners = {other: placed[other] for other in conflicts.may_coincide[new] if other in placed}
    for offset in sorted(set(partners.values())):
        excused = {other for other, at in partners.items() if at == offset}
        others = [(other, at) for other, at in placed.items() if other not in excused]
        fits = not any(low < at - offset < high for other, at in others for low, high in rules[other])
        if floor <= offset < found and fits:
            return offset
    return found
